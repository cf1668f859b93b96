import { DTypeError, ShapeError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { below, roundEven } from "./draws.js";
import type { ImageSize } from "./image-transform.js";
import { type Fill, shown, shownPair, sizeOf } from "./parameters.js";
import { allOf, type Picks, PickTransform } from "./picks.js";
import type { Image } from "./transform.js";

/** What lies outside of an image: a constant, its edge, or its mirror image with or without the edge. */
export type PaddingMode = "constant" | "edge" | "reflect" | "symmetric";

/** Pixels on all sides, on left/right and top/bottom, or on left, top, right and bottom. */
export type Padding = number | readonly number[];

/** What `new Pad(padding, options)` takes. */
export interface PadOptions {
	/** The constant, 0 by default. Tensors take a number only. */
	readonly fill?: Fill;
	/** `'constant'` by default. */
	readonly paddingMode?: PaddingMode;
}

const MODES: readonly string[] = ["constant", "edge", "reflect", "symmetric"];

/** @throws DTypeError, ShapeError in torchvision's words */
function checkPadding(padding: Padding, fill: unknown, mode: string): void {
	const list = typeof padding === "number" ? [padding] : padding;
	if (!Array.isArray(list) || !list.every(Number.isInteger))
		throw new DTypeError("Got inappropriate padding arg");
	if (typeof fill !== "number" && !Array.isArray(fill))
		throw new DTypeError("Got inappropriate fill arg");
	if (!MODES.includes(mode))
		throw new ShapeError(
			"Padding mode should be either constant, edge, reflect or symmetric",
		);
	if (![1, 2, 4].includes(list.length))
		throw new ShapeError(
			`Padding must be an int or a 1, 2, or 4 element tuple, not a ${list.length} element tuple`,
		);
}

/** The one number that tensors are filled with. @throws DTypeError */
function constantOf(fill: Fill): number {
	if (typeof fill === "number") return fill;
	throw new DTypeError("Got inappropriate fill arg");
}

/** Left, top, right, bottom. */
function sidesOf(padding: Padding): readonly [number, number, number, number] {
	const list = typeof padding === "number" ? [padding] : padding;
	const [left = 0, top = left, right = left, bottom = top] = list;
	return [left, top, right, bottom];
}

/** Longer by `before` and `after`, or shorter where these are negative. @throws ShapeError */
function padded(
	line: Int32Array,
	before: number,
	after: number,
	mode: PaddingMode,
): Int32Array {
	if (before === 0 && after === 0) return line;
	const size = line.length;
	const most = Math.max(before, after);
	const reach = {
		constant: most,
		edge: most,
		reflect: size - 1,
		symmetric: size,
	};
	if (most > reach[mode] || (size === 0 && mode !== "constant"))
		throw new ShapeError(
			`Padding size should be less than the corresponding input dimension, but got: padding (${before}, ${after}) for a size of ${size} in ${mode} mode`,
		);
	const length = size + before + after;
	if (length < 0)
		throw new ShapeError(
			`the padding (${before}, ${after}) takes more than the ${size} pixels that there are`,
		);
	const last = size - 1;
	const source = (i: number): number => {
		if (i >= 0 && i < size) return i;
		if (mode === "constant") return -1;
		if (mode === "edge") return i < 0 ? 0 : last;
		const edge = mode === "symmetric" ? 1 : 0;
		return i < 0 ? -i - edge : 2 * last - i + edge;
	};
	return Int32Array.from({ length }, (_, i) => {
		const from = source(i - before);
		return from < 0 ? -1 : (line[from] as number);
	});
}

function paddedPicks(
	{ rows, cols }: Picks,
	padding: Padding,
	mode: PaddingMode,
): Picks {
	const [left, top, right, bottom] = sidesOf(padding);
	return {
		rows: padded(rows, top, bottom, mode),
		cols: padded(cols, left, right, mode),
	};
}

/**
 * Pixels around an image. torchvision: `transforms.Pad`.
 *
 * ```ts
 * new transforms.Pad([2, 4], { paddingMode: 'reflect' }).forward(image); // [C, H + 8, W + 4]
 * ```
 */
export class Pad extends PickTransform {
	/** As given. */
	readonly padding: Padding;
	/** The constant outside. */
	readonly fill: Fill;
	/** What lies outside. */
	readonly paddingMode: PaddingMode;

	/** @throws DTypeError, ShapeError on arguments that torchvision refuses */
	constructor(padding: Padding, options?: PadOptions);
	constructor(padding: Padding, fill?: Fill, paddingMode?: PaddingMode);
	constructor(
		padding: Padding,
		last: PadOptions | Fill = 0,
		mode: PaddingMode = "constant",
	) {
		super();
		const isFill = typeof last !== "object" || Array.isArray(last);
		const options: PadOptions = isFill
			? { fill: last as Fill, paddingMode: mode }
			: (last as PadOptions);
		this.padding = padding;
		this.fill = options.fill ?? 0;
		this.paddingMode = options.paddingMode ?? "constant";
		checkPadding(padding, this.fill, this.paddingMode);
	}

	protected override get outside(): number {
		return constantOf(this.fill);
	}

	/** @internal */
	plan([, h, w]: ImageSize): Picks {
		const whole = { rows: allOf(h), cols: allOf(w) };
		return paddedPicks(whole, this.padding, this.paddingMode);
	}

	toString(): string {
		return `Pad(padding=${shown(this.padding)}, fill=${shown(this.fill)}, padding_mode=${this.paddingMode})`;
	}
}

/**
 * The middle of an image; where it is smaller, with zeros around. torchvision:
 * `transforms.CenterCrop`.
 */
export class CenterCrop extends PickTransform {
	/** Height and width. */
	readonly size: readonly [number, number];
	readonly #isPair: boolean;

	/** @throws ShapeError unless one or two sizes */
	constructor(size: number | readonly number[]) {
		super();
		this.size = sizeOf(size);
		this.#isPair = typeof size !== "number" && size.length === 2;
	}

	/** @internal */
	plan([, h, w]: ImageSize): Picks {
		return {
			rows: middle(h, this.size[0]),
			cols: middle(w, this.size[1]),
		};
	}

	toString(): string {
		const size = this.#isPair ? shown(this.size) : shownPair(this.size);
		return `CenterCrop(size=${size})`;
	}
}

function middle(size: number, wanted: number): Int32Array {
	const missing = Math.max(wanted - size, 0);
	const line = padded(
		allOf(size),
		missing >> 1,
		(missing + 1) >> 1,
		"constant",
	);
	const start = roundEven((line.length - wanted) / 2);
	return line.subarray(start, start + wanted);
}

/** What `new RandomCrop(size, options)` takes. */
export interface RandomCropOptions extends PadOptions {
	/** Pixels around the image before it is cropped; none by default. */
	readonly padding?: Padding | null;
	/** Pad images that are smaller than `size`, instead of refusing them. */
	readonly padIfNeeded?: boolean;
}

/**
 * A part of an image, anywhere. torchvision: `transforms.RandomCrop`.
 *
 * ```ts
 * new transforms.RandomCrop(28, { padding: 4 })
 * ```
 */
export class RandomCrop extends PickTransform {
	/** Height and width. */
	readonly size: readonly [number, number];
	/** Pixels around the image before it is cropped. */
	readonly padding: Padding | null;
	/** Whether smaller images are padded. */
	readonly padIfNeeded: boolean;
	#padded: (Picks & { readonly h: number; readonly w: number }) | null = null;
	/** The constant outside. */
	readonly fill: Fill;
	/** What lies outside. */
	readonly paddingMode: PaddingMode;

	/** @throws DTypeError, ShapeError on arguments that torchvision refuses */
	constructor(
		size: number | readonly number[],
		options?: RandomCropOptions | Padding | null,
	) {
		super();
		const { padding, padIfNeeded, fill, paddingMode }: RandomCropOptions =
			typeof options === "object" && options && !Array.isArray(options)
				? (options as RandomCropOptions)
				: { padding: (options ?? null) as Padding | null };
		this.size = sizeOf(size);
		this.padding = padding ?? null;
		this.padIfNeeded = padIfNeeded ?? false;
		this.fill = fill ?? 0;
		this.paddingMode = paddingMode ?? "constant";
		checkPadding(this.padding ?? 0, this.fill, this.paddingMode);
	}

	/**
	 * Draws where to crop an image: top, left, height, width. torchvision:
	 * `RandomCrop.get_params`.
	 * @throws ShapeError if the image is smaller than `outputSize`
	 */
	static getParams(
		img: Tensor | Image,
		outputSize: readonly [number, number],
	): [number, number, number, number] {
		const [h, w] =
			"width" in img
				? [img.height, img.width]
				: (img.shape.slice(-2) as [number, number]);
		return drawCrop(h, w, outputSize);
	}

	protected override get outside(): number {
		return constantOf(this.fill);
	}

	/** @internal */
	plan([, h, w]: ImageSize): Picks {
		// the same for all images of a batch but for where it is cropped
		const last = this.#padded;
		const { rows, cols } =
			last?.h === h && last.w === w ? last : this.#pad(h, w);
		const [i, j, height, width] = drawCrop(rows.length, cols.length, this.size);
		return {
			rows: rows.subarray(i, i + height),
			cols: cols.subarray(j, j + width),
		};
	}

	/** The picks of the padded image. */
	#pad(h: number, w: number): Picks {
		const { size, padding, paddingMode: mode } = this;
		let picks: Picks = { rows: allOf(h), cols: allOf(w) };
		if (padding !== null) picks = paddedPicks(picks, padding, mode);
		const [height, width] = [picks.rows.length, picks.cols.length];
		if (this.padIfNeeded && width < size[1])
			picks = paddedPicks(picks, [size[1] - width, 0], mode);
		if (this.padIfNeeded && height < size[0])
			picks = paddedPicks(picks, [0, size[0] - height], mode);
		this.#padded = { h, w, ...picks };
		return picks;
	}

	toString(): string {
		return `RandomCrop(size=${shownPair(this.size)}, padding=${shown(this.padding)})`;
	}
}

function drawCrop(
	h: number,
	w: number,
	[th, tw]: readonly [number, number],
): [number, number, number, number] {
	if (h < th || w < tw)
		throw new ShapeError(
			`Required crop size (${th}, ${tw}) is larger than input image size (${h}, ${w})`,
		);
	if (w === tw && h === th) return [0, 0, h, w];
	const i = below(h - th + 1);
	return [i, below(w - tw + 1), th, tw];
}
