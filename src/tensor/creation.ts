import { allocate, allocateAs } from "../autograd/apply.js";
import type { DeviceName } from "../backends/backend.js";
import { readyBackend } from "../backends/devices.js";
import type { DType, TypedArray } from "../dtype.js";
import { hostValues, type NestedValues } from "../host-values.js";
import type { Shape } from "../layout.js";
import { resultLayout } from "../ops/operands.js";
import type { Tensor } from "../tensor.js";
import { TensorReading } from "./reading.js";

/** What `newZeros` and its like take last. */
export interface NewOptions {
	/** Type of the elements; this tensor's unless said otherwise. */
	readonly dtype?: DType;
	/** Where the elements are; with this tensor's unless said otherwise. */
	readonly device?: DeviceName;
	/** Whether operations are recorded for gradients; float32 only. */
	readonly requiresGrad?: boolean;
}

/** More sizes, and options last. */
type NewRest = readonly (number | DType | NewOptions)[];

function isNumber(value: unknown): value is number {
	return typeof value === "number";
}

/** New tensors of a tensor's own dtype and device. */
export abstract class TensorCreation extends TensorReading {
	/**
	 * Undefined contents, of this tensor's dtype and on its device unless the
	 * options say otherwise. PyTorch: `torch.Tensor.new_empty`.
	 * @param shape sizes, spread or as an array
	 */
	newEmpty(shape: Shape | number, ...rest: NewRest): Tensor {
		this.assertAlive();
		const [first] = rest;
		const array = typeof shape !== "number";
		if (array && (first === undefined || typeof first === "string"))
			return allocate(this.storage.backend, shape, first ?? this.dtype);
		const list = array ? shape : [shape, ...rest.filter(isNumber)];
		const last = rest[rest.length - 1];
		const options = typeof last === "object" ? last : {};
		const backend =
			options.device === undefined || options.device === this.device
				? this.storage.backend
				: readyBackend(options.device);
		const t = allocate(backend, list, options.dtype ?? this.dtype);
		return options.requiresGrad ? t.requiresGrad_(true) : t;
	}

	/**
	 * A tensor full of `value`, of this one's dtype and on its device unless the
	 * options say otherwise. PyTorch: `torch.Tensor.new_full`.
	 */
	newFull(shape: Shape, value: number, options?: DType | NewOptions): Tensor {
		const t =
			options === undefined
				? this.newEmpty(shape)
				: this.newEmpty(shape, options);
		return t.filled(value);
	}

	/** @internal a new tensor's contents */
	filled(value: number): Tensor {
		this.storage.backend.fill(this, value);
		this.madeBy = "full";
		return this.self;
	}

	/**
	 * Zeros of this tensor's dtype and on its device, unless the options say
	 * otherwise. PyTorch: `torch.Tensor.new_zeros`.
	 */
	newZeros(shape: Shape | number, ...rest: NewRest): Tensor {
		return this.newEmpty(shape, ...rest).filled(0);
	}

	/**
	 * Ones of this tensor's dtype and on its device, unless the options say
	 * otherwise. PyTorch: `torch.Tensor.new_ones`.
	 */
	newOnes(shape: Shape | number, ...rest: NewRest): Tensor {
		return this.newEmpty(shape, ...rest).filled(1);
	}

	/**
	 * The values of nested arrays, in this tensor's dtype and on its device, unless
	 * the options say otherwise. PyTorch: `torch.Tensor.new_tensor`.
	 * @throws ShapeError on ragged nesting; DTypeError for values that do not fit
	 */
	newTensor(values: NestedValues, options: NewOptions = {}): Tensor {
		const { host, shape, dtype } = hostValues(
			values,
			options.dtype ?? this.dtype,
		);
		const t = this.newEmpty(shape, { ...options, dtype, requiresGrad: false });
		t.storage.backend.write(
			t.storage.handle,
			0,
			new Uint8Array(host.buffer, host.byteOffset, host.byteLength),
		);
		return options.requiresGrad ? t.requiresGrad_(true) : t;
	}

	/**
	 * Zeros of the shape, dtype and device of a tensor. PyTorch:
	 * `torch.Tensor.zeros_like`.
	 */
	zerosLike(): Tensor {
		return this.newLike().filled(0);
	}

	/**
	 * Ones of the shape, dtype and device of a tensor. PyTorch:
	 * `torch.Tensor.ones_like`.
	 */
	onesLike(): Tensor {
		return this.newLike().filled(1);
	}

	/** @internal host values on this tensor's device */
	newFrom(values: TypedArray, shape: Shape, dtype: DType = this.dtype): Tensor {
		const t = this.newEmpty(shape, dtype);
		t.storage.backend.write(
			t.storage.handle,
			0,
			new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
		);
		return t;
	}

	/** @internal 0, 1, … n - 1 as int32, on this tensor's device */
	newCounting(n: number): Tensor {
		return this.newFrom(
			Int32Array.from({ length: n }, (_, i) => i),
			[n],
			"int32",
		);
	}

	/** @internal undefined contents, in this one's order of memory, on its device */
	newLike(dtype: DType = this.dtype): Tensor {
		this.assertAlive();
		return allocateAs(
			this.storage.backend,
			resultLayout(this.shape, this.self),
			dtype,
		);
	}
}
