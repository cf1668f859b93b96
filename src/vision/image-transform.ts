import { fromArray } from "../creation.js";
import { DTypeError } from "../errors.js";
import { scope } from "../scope.js";
import { Tensor } from "../tensor.js";
import { checkImage, type Image, Printed } from "./transform.js";

/** Channels, height and width of an image. */
export type ImageSize = readonly [
	channels: number,
	height: number,
	width: number,
];

/**
 * A transform of pixels that knows what it will do to an image of some size
 * before it sees one: for a batch, the plans of all images are made first, image by image as
 * PyTorch draws them, and then one kernel runs over the batch.
 *
 * `Plan` is what is done to one image; null leaves it as it is.
 */
export abstract class ImageTransform<Plan> extends Printed {
	/** @internal draws what is random, from the global generator */
	abstract plan(size: ImageSize): Plan | null;

	/** @internal what `plan` makes of an image's size */
	abstract sizeAfter(size: ImageSize, plan: Plan | null): ImageSize;

	/**
	 * @internal
	 * @param x contiguous images [N, C, H, W]
	 * @param plans for each image, or one for all; not all of them null
	 */
	abstract run(x: Tensor, plans: readonly (Plan | null)[]): Tensor;

	/** What becomes of the result for an image `img` given by the user. */
	protected into(_img: Tensor, y: Tensor): Tensor {
		return y;
	}

	/** @internal whether images of one size can become images of several */
	get varies(): boolean {
		return false;
	}

	/** @internal whether it takes tensors only, no `Image` */
	get tensorsOnly(): boolean {
		return false;
	}

	/** @internal false for subclasses with a `forward` of their own */
	get isPlain(): boolean {
		return this.forward === ImageTransform.prototype.forward;
	}

	/**
	 * Transforms an image. A tensor of more dimensions than [C, H, W] is
	 * transformed as one image would be, all of it in the same way, as torchvision does;
	 * `mapImages` treats each image on its own. There is no gradient.
	 *
	 * @param img `[..., C, H, W]` of any dtype on the cpu, or an `Image`, which
	 * is treated as torchvision treats a uint8 tensor of its pixels
	 * @throws DTypeError if it is neither; DeviceError on another device;
	 * ShapeError where the sizes do not fit the transform
	 */
	forward(img: Tensor): Tensor;
	forward(img: Image): Image;
	forward(img: Tensor | Image): Tensor | Image {
		if (!(img instanceof Tensor)) return this.forwardImage(img);
		const { shape } = img;
		if (shape.length < 2) throw new DTypeError("Tensor is not a torch image.");
		const size = shape.slice(-3) as number[];
		if (size.length < 3) size.unshift(1);
		const [c, h, w] = size as unknown as ImageSize;
		const plan = this.plan([c, h, w]);
		if (plan === null) return img;
		const outer = shape.slice(0, -3);
		const n = outer.reduce((a, b) => a * b, 1);
		return scope(() => {
			const x = img.detach().reshape([n, c, h, w]).contiguous();
			const y = this.run(x, [plan]);
			return this.into(
				img,
				y.view([...shape.slice(0, -2), ...y.shape.slice(-2)]),
			);
		});
	}

	private forwardImage(img: Image): Image {
		if (this.tensorsOnly)
			throw new DTypeError(
				`img should be Tensor Image. Got ${img?.constructor?.name ?? img}. Put ToTensor before ${this.constructor.name}.`,
			);
		const { data, width, height, channels } = checkImage(img);
		const plan = this.plan([channels, height, width]);
		if (plan === null) return img;
		return scope(() => {
			const bytes = Uint8Array.from(data);
			const x = fromArray(bytes, [1, height, width, channels]);
			const y = this.run(x.permute(0, 3, 1, 2).contiguous(), [plan]);
			const [, , h, w] = y.shape as readonly number[];
			return {
				data: y.permute(0, 2, 3, 1).contiguous().dataSync() as Uint8Array,
				width: w as number,
				height: h as number,
				channels,
			};
		});
	}
}

/**
 * Runs a kernel that knows only floats. Other dtypes go there and come back
 * rounded, as in torchvision.
 */
export function asFloats(x: Tensor, run: (x: Tensor) => Tensor): Tensor {
	if (x.dtype === "float32") return run(x);
	return run(x.to("float32")).round().to(x.dtype);
}

/** Rows side by side as a table [rows, length]; one row if all are the same one. */
export function tableOf<T extends Int32Array | Float32Array>(
	rows: readonly T[],
	like: Tensor,
): Tensor {
	const first = rows[0] as T;
	const one = rows.every((row) => row === first);
	const count = one ? 1 : rows.length;
	const all =
		first instanceof Int32Array
			? new Int32Array(count * first.length)
			: new Float32Array(count * first.length);
	for (let i = 0; i < count; i++) all.set(rows[i] as T, i * first.length);
	return fromArray(all, [count, first.length], { device: like.device });
}
