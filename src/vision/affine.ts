import { apply } from "../autograd/apply.js";
import { fromArray } from "../creation.js";
import { DTypeError, ShapeError } from "../errors.js";
import { warpImages } from "../ops/augment.js";
import type { Tensor } from "../tensor.js";
import { expandedSize, inverseMatrix, mapOf } from "./affine-map.js";
import { roundEven, uniform } from "./draws.js";
import {
	asFloats,
	type ImageSize,
	ImageTransform,
	tableOf,
} from "./image-transform.js";
import { InterpolationMode } from "./interpolation.js";
import {
	checkFill,
	checkSequence,
	type Fill,
	fillsOf,
	rangeOf,
	shown,
	shownFloats,
} from "./parameters.js";

/** An affine map of one image, and the size of what it gives. */
interface Warp {
	/** As `AugmentKernels.warp` takes it. */
	readonly map: Float32Array;
	readonly size: readonly [height: number, width: number];
}

/** What `RandomAffine` and `RandomRotation` take both. */
interface WarpOptions {
	/** `'nearest'` (default) or `'bilinear'`. */
	readonly interpolation?: InterpolationMode;
	/** Outside of the image: 0 by default; a number, or one for each channel. */
	readonly fill?: Fill | null;
	/** [x, y] of the fixed point in pixels from the upper left corner; the middle by default. */
	readonly center?: readonly number[] | null;
}

abstract class WarpTransform extends ImageTransform<Warp> {
	/** Between pixels. */
	readonly interpolation: InterpolationMode;
	/** Outside of the image. */
	readonly fill: Fill;
	/** The fixed point; null for the middle. */
	readonly center: readonly number[] | null;

	constructor({ interpolation, fill, center }: WarpOptions) {
		super();
		this.interpolation = interpolation ?? InterpolationMode.NEAREST;
		if (this.interpolation !== "nearest" && this.interpolation !== "bilinear")
			throw new ShapeError(
				`Interpolation mode '${this.interpolation}' is unsupported with Tensor input`,
			);
		this.fill = fill ?? 0;
		checkFill(this.fill);
		if (center !== undefined && center !== null)
			checkSequence(center, "center", [2]);
		this.center = center ?? null;
	}

	/** The fixed point in pixels from the middle. */
	protected centerIn(h: number, w: number): readonly [number, number] {
		const [x = 0, y = 0] = this.center ?? [w / 2, h / 2];
		return [x - w * 0.5, y - h * 0.5];
	}

	/** @internal */
	sizeAfter(size: ImageSize, plan: Warp | null): ImageSize {
		return plan ? [size[0], ...plan.size] : size;
	}

	/** @internal */
	run(x: Tensor, plans: readonly (Warp | null)[]): Tensor {
		const warps = plans as readonly Warp[];
		const maps = tableOf(
			warps.map((p) => p.map),
			x,
		);
		const channels = x.shape[1] as number;
		const fills = fromArray(fillsOf(this.fill, channels), [channels], {
			device: x.device,
		});
		return asFloats(x, (floats) =>
			apply(warpImages, [floats, maps, fills], {
				size: (warps[0] as Warp).size,
				bilinear: this.interpolation === "bilinear",
			}),
		);
	}
}

/** What `new RandomAffine(degrees, options)` takes. */
export interface RandomAffineOptions extends WarpOptions {
	/** The most to the sides and up and down, in parts of width and height, 0 to 1. */
	readonly translate?: readonly number[] | null;
	/** Smallest and largest factor. */
	readonly scale?: readonly number[] | null;
	/** Degrees along x (a number: both ways; a range), and along y with four numbers. */
	readonly shear?: number | readonly number[] | null;
}

/**
 * A random turn, shift, scale and shear about the middle. torchvision:
 * `transforms.RandomAffine`, on tensors: the same parameters for the same seed, and the same pixels.
 *
 * ```ts
 * new transforms.RandomAffine(10, { translate: [0.1, 0.1], scale: [0.9, 1.1], interpolation: 'bilinear' })
 * ```
 */
export class RandomAffine extends WarpTransform {
	/** Range of the angle, clockwise. */
	readonly degrees: readonly number[];
	/** The most in parts of width and height; null: no shift. */
	readonly translate: readonly number[] | null;
	/** Range of the factor; null: none. */
	readonly scale: readonly number[] | null;
	/** Ranges of the shear, in degrees; null: none. */
	readonly shear: readonly number[] | null;

	/**
	 * @param degrees range of the angle, or one number for both directions
	 * @throws DTypeError, ShapeError on arguments that torchvision refuses
	 */
	constructor(
		degrees: number | readonly number[],
		options: RandomAffineOptions = {},
	) {
		super(options);
		const { translate = null, scale = null, shear = null } = options;
		this.degrees = rangeOf(degrees, "degrees");
		if (translate !== null) {
			checkSequence(translate, "translate", [2]);
			if (!translate.every((t) => t >= 0 && t <= 1))
				throw new ShapeError("translation values should be between 0 and 1");
		}
		if (scale !== null) {
			checkSequence(scale, "scale", [2]);
			if (scale.some((s) => s <= 0))
				throw new ShapeError("scale values should be positive");
		}
		this.translate = translate;
		this.scale = scale;
		this.shear = shear === null ? null : rangeOf(shear, "shear", [2, 4]);
	}

	/**
	 * Draws angle, [x, y] in pixels, scale and shear. torchvision:
	 * `RandomAffine.get_params`.
	 * @param imgSize width and height
	 */
	static getParams(
		degrees: readonly number[],
		translate: readonly number[] | null,
		scaleRanges: readonly number[] | null,
		shears: readonly number[] | null,
		imgSize: readonly number[],
	): [
		angle: number,
		translations: [number, number],
		scale: number,
		shear: [number, number],
	] {
		const draw = (list: readonly number[], at: number) =>
			uniform(list[at] as number, list[at + 1] as number);
		const shift = (i: number): number => {
			const most = (translate?.[i] ?? 0) * (imgSize[i] ?? 0);
			return roundEven(uniform(-most, most));
		};
		const angle = draw(degrees, 0);
		const tx = translate ? shift(0) : 0;
		const ty = translate ? shift(1) : 0;
		const scale = scaleRanges ? draw(scaleRanges, 0) : 1;
		const shearX = shears ? draw(shears, 0) : 0;
		const shearY = shears?.length === 4 ? draw(shears, 2) : 0;
		return [angle, [tx, ty], scale, [shearX, shearY]];
	}

	/** @internal */
	plan([, h, w]: ImageSize): Warp {
		const [angle, shift, scale, shear] = RandomAffine.getParams(
			this.degrees,
			this.translate,
			this.scale,
			this.shear,
			[w, h],
		);
		const center = this.centerIn(h, w);
		const matrix = inverseMatrix(center, angle, shift, scale, shear);
		return { map: mapOf(matrix, h, w), size: [h, w] };
	}

	toString(): string {
		const { translate, scale, shear, interpolation, fill, center } = this;
		const parts = [`degrees=${shownFloats(this.degrees)}`];
		if (translate) parts.push(`translate=${shown(translate)}`);
		if (scale) parts.push(`scale=${shown(scale)}`);
		if (shear) parts.push(`shear=${shownFloats(shear)}`);
		if (interpolation !== "nearest")
			parts.push(`interpolation=${interpolation}`);
		if (fill !== 0) parts.push(`fill=${shown(fill)}`);
		if (center) parts.push(`center=${shown(center)}`);
		return `RandomAffine(${parts.join(", ")})`;
	}
}

/** What `new RandomRotation(degrees, options)` takes. */
export interface RandomRotationOptions extends WarpOptions {
	/** Make the result as large as the turned image; for a turn about the middle. */
	readonly expand?: boolean;
}

/**
 * A random turn, counter-clockwise. torchvision: `transforms.RandomRotation`,
 * on tensors. With `expand` each image gets a size of its own, so that a `Resize` or a crop has to
 * follow before images can be a batch.
 */
export class RandomRotation extends WarpTransform {
	/** Range of the angle. */
	readonly degrees: readonly number[];
	/** Whether the result is large enough for the whole turned image. */
	readonly expand: boolean;

	/**
	 * @param degrees range of the angle, or one number for both directions
	 * @throws DTypeError, ShapeError on arguments that torchvision refuses
	 */
	constructor(
		degrees: number | readonly number[],
		options: RandomRotationOptions = {},
	) {
		super(options);
		this.degrees = rangeOf(degrees, "degrees");
		this.expand = options.expand ?? false;
		if (typeof this.expand !== "boolean")
			throw new DTypeError("Argument expand should be true or false");
	}

	/** Draws the angle. torchvision: `RandomRotation.get_params`. */
	static getParams(degrees: readonly number[]): number {
		return uniform(degrees[0] as number, degrees[1] as number);
	}

	/** @internal */
	override get varies(): boolean {
		return this.expand;
	}

	/** @internal */
	plan([, h, w]: ImageSize): Warp {
		const angle = RandomRotation.getParams(this.degrees);
		const matrix = inverseMatrix(
			this.centerIn(h, w),
			-angle,
			[0, 0],
			1,
			[0, 0],
		);
		return {
			map: mapOf(matrix, h, w),
			size: this.expand ? expandedSize(matrix, h, w) : [h, w],
		};
	}

	toString(): string {
		const { degrees, interpolation, expand, center, fill } = this;
		const parts = [
			`degrees=${shownFloats(degrees)}`,
			`interpolation=${interpolation}`,
			`expand=${shown(expand)}`,
		];
		if (center) parts.push(`center=${shown(center)}`);
		parts.push(`fill=${shown(fill)}`);
		return `RandomRotation(${parts.join(", ")})`;
	}
}
