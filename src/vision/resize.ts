import { apply } from "../autograd/apply.js";
import { ShapeError } from "../errors.js";
import { pickPixels, resampleImages } from "../ops/augment.js";
import type { Tensor } from "../tensor.js";
import { type ImageSize, ImageTransform, tableOf } from "./image-transform.js";
import { InterpolationMode } from "./interpolation.js";
import { shown } from "./parameters.js";
import { nearestIndices, type Taps, tapsOf } from "./taps.js";

type HeightWidth = readonly [height: number, width: number];

/** What `new Resize(size, options)` takes. */
export interface ResizeOptions {
	/** `'bilinear'` by default; `'nearest'`, `'bicubic'`. */
	readonly interpolation?: InterpolationMode;
	/** The most that the longer edge may have, if `size` is one number. */
	readonly maxSize?: number | null;
	/** Smooth what is made smaller, as image editors do; off by default, as on tensors in torchvision 0.14. */
	readonly antialias?: boolean | null;
}

/**
 * Another height and width. torchvision: `transforms.Resize`, on tensors.
 *
 * ```ts
 * new transforms.Resize([14, 14], { antialias: true })
 * ```
 */
export class Resize extends ImageTransform<HeightWidth> {
	/** Height and width; one number is the shorter edge. */
	readonly size: number | readonly number[];
	/** Between pixels. */
	readonly interpolation: InterpolationMode;
	/** The most that the longer edge may have. */
	readonly maxSize: number | null;
	/** Whether what is made smaller is smoothed. */
	readonly antialias: boolean | null;

	/**
	 * @param size [height, width], or the shorter edge, the other one following it
	 * @throws ShapeError on arguments that torchvision refuses
	 */
	constructor(
		size: number | readonly number[],
		options: ResizeOptions | InterpolationMode = {},
	) {
		super();
		const given =
			typeof options === "string" ? { interpolation: options } : options;
		this.size = size;
		this.interpolation = given.interpolation ?? InterpolationMode.BILINEAR;
		this.maxSize = given.maxSize ?? null;
		this.antialias = given.antialias ?? null;
		const count = typeof size === "number" ? 1 : size.length;
		if (count !== 1 && count !== 2)
			throw new ShapeError(
				"If size is a sequence, it should have 1 or 2 values",
			);
		if (this.maxSize !== null && count !== 1)
			throw new ShapeError(
				"max_size should only be passed if size specifies the length of the smaller edge, i.e. size should be an int or a sequence of length 1 in torchscript mode.",
			);
		const modes: readonly string[] = Object.values(InterpolationMode);
		if (!modes.includes(this.interpolation))
			throw new ShapeError(
				`Interpolation mode '${this.interpolation}' is unsupported with Tensor input`,
			);
		if (this.antialias && this.interpolation === "nearest")
			throw new ShapeError(
				"Antialias option is supported for bilinear and bicubic interpolation modes only",
			);
	}

	/** @internal */
	plan([, h, w]: ImageSize): HeightWidth | null {
		const size = resized(h, w, this.size, this.maxSize);
		if (!size.every((n) => Number.isInteger(n) && n > 0) || h === 0 || w === 0)
			throw new ShapeError(
				`Input and output sizes should be greater than 0, but got input (H: ${h}, W: ${w}) output (H: ${size[0]}, W: ${size[1]})`,
			);
		return size[0] === h && size[1] === w ? null : size;
	}

	/** @internal */
	sizeAfter([c, h, w]: ImageSize, plan: HeightWidth | null): ImageSize {
		return [c, ...(plan ?? [h, w])];
	}

	/** @internal all images of a batch have one size, and so one plan */
	run(x: Tensor, plans: readonly (HeightWidth | null)[]): Tensor {
		const [height, width] = plans[0] as HeightWidth;
		const [h, w] = x.shape.slice(2) as [number, number];
		const { interpolation: mode } = this;
		if (mode === "nearest") {
			const rows = tableOf([nearestIndices(h, height)], x);
			const cols = tableOf([nearestIndices(w, width)], x);
			return apply(pickPixels, [x, rows, cols], { fill: 0 });
		}
		const smooth = this.antialias === true;
		let y: Tensor = x.to("float32");
		if (w !== width || !smooth)
			y = resample(y, 3, tapsOf(mode, w, width, smooth));
		if (h !== height || !smooth)
			y = resample(y, 2, tapsOf(mode, h, height, smooth));
		if (x.dtype === "float32") return y;
		// a cubic curve swings beyond what a byte holds
		const fits =
			mode === "bicubic" && x.dtype === "uint8" ? y.clamp(0, 255) : y;
		return fits.round().to(x.dtype);
	}

	toString(): string {
		return `Resize(size=${shown(this.size)}, interpolation=${this.interpolation}, max_size=${shown(this.maxSize)}, antialias=${shown(this.antialias)})`;
	}
}

function resample(x: Tensor, dim: 2 | 3, { indices, weights }: Taps): Tensor {
	const inputs = [x, tableOf(indices, x), tableOf(weights, x)] as const;
	return apply(resampleImages, inputs, { dim });
}

/** Source: torchvision's `_compute_resized_output_size`. */
function resized(
	h: number,
	w: number,
	size: number | readonly number[],
	maxSize: number | null,
): HeightWidth {
	const list = typeof size === "number" ? [size] : size;
	if (list.length === 2) return [list[0] as number, list[1] as number];
	const wanted = list[0] as number;
	const [shorter, longer] = w <= h ? [w, h] : [h, w];
	let short = wanted;
	let long = Math.trunc((wanted * longer) / shorter);
	if (maxSize !== null) {
		if (maxSize <= wanted)
			throw new ShapeError(
				`max_size = ${maxSize} must be strictly greater than the requested size for the smaller edge size = ${wanted}`,
			);
		if (long > maxSize) {
			short = Math.trunc((maxSize * short) / long);
			long = maxSize;
		}
	}
	return w <= h ? [long, short] : [short, long];
}
