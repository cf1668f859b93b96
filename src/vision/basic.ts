import { fromArray } from "../creation.js";
import { DatasetError, DTypeError, ShapeError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import {
	applyTransform,
	checkImage,
	type Image,
	Printed,
	pythonNumber,
	type Transform,
} from "./transform.js";

/** Several transforms in a row. `Out` is what the last one gives. */
export class Compose<Out = Tensor> extends Printed {
	constructor(
		/** The transforms, in order. */ readonly transforms: readonly Transform[],
	) {
		super();
		const wrong = transforms.findIndex(
			(t) => typeof t !== "function" && typeof t?.forward !== "function",
		);
		if (wrong >= 0) {
			throw new DatasetError(
				`Compose: transform ${wrong} should be a function or have a forward method, got ${typeof transforms[wrong]}.`,
			);
		}
	}

	/** Applies the transforms one after the other. */
	forward(input: unknown): Out {
		return this.transforms.reduce<unknown>(
			(value, transform) => applyTransform(transform, value),
			input,
		) as Out;
	}

	toString(): string {
		const lines = this.transforms.map((t) => `\n    ${nameOf(t)}`);
		return `Compose(${lines.join("")}\n)`;
	}
}

/** Pixels 0..255 in rows to a float32 tensor [C, H, W] in 0..1. */
export class ToTensor extends Printed {
	/** @throws ShapeError if the sizes do not fit `data`; DTypeError if it is no 8-bit image */
	forward(image: Image): Tensor {
		const { data, width, height, channels } = checkImage(image);
		const plane = width * height;
		const out = new Float32Array(channels * plane);
		for (let c = 0; c < channels; c++) {
			for (let i = 0; i < plane; i++) {
				out[c * plane + i] = (data[i * channels + c] ?? 0) / 255;
			}
		}
		return fromArray(out, [channels, height, width]);
	}

	toString(): string {
		return "ToTensor()";
	}
}

/** (x - mean) / std for each channel of a float tensor [..., C, H, W]. */
export class Normalize extends Printed {
	/** Mean of each channel. */
	readonly mean: readonly number[];
	/** Standard deviation of each channel. */
	readonly std: readonly number[];

	/**
	 * @param mean one number per channel, or one for all
	 * @param std likewise, none of them zero in float32
	 */
	constructor(
		mean: number | readonly number[],
		std: number | readonly number[],
	) {
		super();
		this.mean = typeof mean === "number" ? [mean] : [...mean];
		this.std = typeof std === "number" ? [std] : [...std];
		if (this.mean.length === 0 || this.std.length === 0) {
			throw new ShapeError(
				`Normalize: expected a mean and a std per channel, but found ${this.mean.length} and ${this.std.length}.`,
			);
		}
		if (this.std.some((s) => Math.fround(s) === 0)) {
			throw new DatasetError(
				"std evaluated to zero after conversion to torch.float32, leading to division by zero.",
			);
		}
	}

	/** @throws DTypeError, ShapeError */
	forward(x: Tensor): Tensor {
		if (x.dtype !== "float32") {
			throw new DTypeError(
				`Input tensor should be a float tensor. Got torch.${x.dtype}.`,
			);
		}
		if (x.dim() < 3) {
			throw new ShapeError(
				`Expected tensor to be a tensor image of size (..., C, H, W). Got tensor.size() = torch.Size([${x.shape.join(", ")}])`,
			);
		}
		const perChannel = (values: readonly number[]) =>
			fromArray(Float32Array.from(values), [values.length, 1, 1], {
				device: x.device,
			});
		return x.sub(perChannel(this.mean)).div(perChannel(this.std));
	}

	toString(): string {
		const list = (values: readonly number[]) =>
			`[${values.map(pythonNumber).join(", ")}]`;
		return `Normalize(mean=${list(this.mean)}, std=${list(this.std)})`;
	}
}

/** A function of your own as a transform. */
export class Lambda<In, Out> extends Printed {
	constructor(/** The function. */ readonly lambd: (input: In) => Out) {
		super();
		if (typeof lambd !== "function") {
			throw new DatasetError(
				`Argument lambd should be callable, got ${typeof lambd}`,
			);
		}
	}

	/** Applies the function. */
	forward(input: In): Out {
		return this.lambd(input);
	}

	toString(): string {
		return "Lambda()";
	}
}

function nameOf(transform: Transform): string {
	return typeof transform === "function"
		? `<function ${transform.name || "<lambda>"}>`
		: String(transform);
}
