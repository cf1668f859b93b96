import { apply } from "../autograd/apply.js";
import { fromArray, randn } from "../creation.js";
import { DTypeError, ShapeError } from "../errors.js";
import { eraseBoxes } from "../ops/augment.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { below, happens, roundEven, uniform } from "./draws.js";
import { type ImageSize, ImageTransform } from "./image-transform.js";
import { type Fill, shown, shownPair } from "./parameters.js";

/** A box, and what it is filled with: [C, h, w], or null for the same in all images. */
interface Box {
	readonly place: readonly [
		top: number,
		left: number,
		height: number,
		width: number,
	];
	readonly noise: Float32Array | null;
}

const SCALE: readonly number[] = [0.02, 0.33];
const RATIO: readonly number[] = [0.3, 3.3];

/** What `new RandomErasing(options)` takes. */
export interface RandomErasingOptions {
	/** Probability that an image has a box erased; 0.5 by default. */
	readonly p?: number;
	/** Smallest and largest part of the image's area; [0.02, 0.33] by default. */
	readonly scale?: readonly number[];
	/** Smallest and largest ratio of height to width; [0.3, 3.3] by default. */
	readonly ratio?: readonly number[];
	/** 0 by default; a number, one for each channel, or `'random'`: normal noise. */
	readonly value?: Fill | "random";
	/** Erase in the tensor that is given, instead of a copy. */
	readonly inplace?: boolean;
}

/**
 * A box anywhere in the image is painted over. For tensors, after `ToTensor`.
 * torchvision: `transforms.RandomErasing`.
 */
export class RandomErasing extends ImageTransform<Box> {
	/** Probability that an image has a box erased. */
	readonly p: number;
	/** Smallest and largest part of the image's area. */
	readonly scale: readonly number[];
	/** Smallest and largest ratio of height to width. */
	readonly ratio: readonly number[];
	/** What the box is filled with. */
	readonly value: Fill | "random";
	/** Whether the given tensor itself is changed. */
	readonly inplace: boolean;

	/** @throws DTypeError, ShapeError on arguments that torchvision refuses */
	constructor(
		p: number | RandomErasingOptions = {},
		more: Omit<RandomErasingOptions, "p"> = {},
	) {
		super();
		const options: RandomErasingOptions =
			typeof p === "number" ? { ...more, p } : p;
		this.p = options.p ?? 0.5;
		this.scale = options.scale ?? SCALE;
		this.ratio = options.ratio ?? RATIO;
		this.value = options.value ?? 0;
		this.inplace = options.inplace ?? false;
		const { value, scale, ratio } = this;
		if (typeof value === "string" && value !== "random")
			throw new ShapeError("If value is str, it should be 'random'");
		if (!["number", "string"].includes(typeof value) && !Array.isArray(value))
			throw new DTypeError(
				"Argument value should be either a number or str or a sequence",
			);
		if (!Array.isArray(scale))
			throw new DTypeError("Scale should be a sequence");
		if (!Array.isArray(ratio))
			throw new DTypeError("Ratio should be a sequence");
		if ((scale[0] as number) < 0 || (scale[1] as number) > 1)
			throw new ShapeError("Scale should be between 0 and 1");
		if (this.p < 0 || this.p > 1)
			throw new ShapeError(
				"Random erasing probability should be between 0 and 1",
			);
	}

	/**
	 * Draws a box and what fills it: top, left, height, width, and a tensor
	 * [C, 1, 1] or [C, h, w]. torchvision: `RandomErasing.get_params`.
	 * @param value the fill, or null for noise
	 * @returns the whole image and itself where ten attempts found no box that fits
	 */
	static getParams(
		img: Tensor,
		scale: readonly number[],
		ratio: readonly number[],
		value: readonly number[] | null = null,
	): [number, number, number, number, Tensor] {
		const [c, h, w] = img.shape.slice(-3) as [number, number, number];
		const box = drawBox([c, h, w], scale, ratio, value === null);
		if (box === null) return [0, 0, h, w, img];
		const { place, noise } = box;
		return noise
			? [...place, fromArray(noise, [c, place[2], place[3]])]
			: [
					...place,
					fromArray(Float32Array.from(value ?? []), [value?.length ?? 0, 1, 1]),
				];
	}

	/** @internal */
	override get tensorsOnly(): boolean {
		return true;
	}

	/** @internal */
	plan(size: ImageSize): Box | null {
		if (!happens(this.p)) return null;
		const { value } = this;
		if (Array.isArray(value) && value.length !== 1 && value.length !== size[0])
			throw new ShapeError(
				`If value is a sequence, it should have either a single value or ${size[0]} (number of input channels)`,
			);
		return drawBox(size, this.scale, this.ratio, value === "random");
	}

	/** @internal */
	sizeAfter(size: ImageSize): ImageSize {
		return size;
	}

	/** @internal */
	run(x: Tensor, plans: readonly (Box | null)[]): Tensor {
		const [n = 0, channels = 0] = x.shape;
		const fill = this.value === "random" ? [] : [this.value].flat();
		const values = Array.from(
			{ length: channels },
			(_, c) => (fill[c % fill.length] ?? 0) as number,
		);
		const parts: Float32Array[] = [Float32Array.from(values)];
		let used = channels;
		const boxes = new Int32Array(n * 6);
		for (let i = 0; i < n; i++) {
			const plan = plans.length === 1 ? plans[0] : plans[i];
			if (!plan) continue;
			const { place, noise } = plan;
			boxes.set([...place, noise ? used : 0, noise ? 1 : 0], 6 * i);
			if (!noise || (plans.length === 1 && i < n - 1)) continue;
			parts.push(noise);
			used += noise.length;
		}
		const all = new Float32Array(used);
		let at = 0;
		for (const part of parts) {
			all.set(part, at);
			at += part.length;
		}
		const on = { device: x.device };
		return apply(
			eraseBoxes,
			[
				x.to("float32"),
				fromArray(boxes, [n, 6], on),
				fromArray(all, [used], on),
			],
			undefined,
		).to(x.dtype);
	}

	protected override into(img: Tensor, y: Tensor): Tensor {
		return this.inplace ? img.copy_(y) : y;
	}

	toString(): string {
		const range = (values: readonly number[]) =>
			values === SCALE || values === RATIO ? shownPair(values) : shown(values);
		const { p, scale, ratio, value, inplace } = this;
		return `RandomErasing(p=${shown(p)}, scale=${range(scale)}, ratio=${range(ratio)}, value=${shown(value)}, inplace=${shown(inplace)})`;
	}
}

/** Source: torchvision's `RandomErasing.get_params`, draw for draw. */
function drawBox(
	[c, imgH, imgW]: ImageSize,
	scale: readonly number[],
	ratio: readonly number[],
	isNoise: boolean,
): Box | null {
	const area = imgH * imgW;
	const log = (i: number) =>
		Math.fround(Math.log(Math.fround(ratio[i] as number)));
	const [narrow, wide] = [log(0), log(1)];
	for (let attempt = 0; attempt < 10; attempt++) {
		const erased = area * uniform(scale[0] as number, scale[1] as number);
		const aspect = Math.fround(Math.exp(uniform(narrow, wide)));
		const h = roundEven(Math.sqrt(erased * aspect));
		const w = roundEven(Math.sqrt(erased / aspect));
		if (!(h < imgH && w < imgW)) continue;
		const noise = isNoise
			? scope(() => randn(c, h, w).dataSync() as Float32Array)
			: null;
		const i = below(imgH - h + 1);
		return { place: [i, below(imgW - w + 1), h, w], noise };
	}
	return null;
}
