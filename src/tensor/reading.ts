import { ITEM_SIZE, type TypedArray, typedView } from "../dtype.js";
import { AutogradError, DeviceError } from "../errors.js";
import { stepAside } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { TensorGradient } from "./gradient.js";

/** Methods that read the elements. */
export abstract class TensorReading extends TensorGradient {
	/** @internal a contiguous layout, over this storage or a temporary copy's */
	protected abstract dense(): Tensor;

	/**
	 * The elements in row-major order, as a copy: Float32Array, Int32Array, or
	 * Uint8Array for uint8 and bool.
	 */
	data(): Promise<TypedArray> {
		this.assertAlive();
		const source = this.dense();
		const { backend, handle } = source.storage;
		const size = ITEM_SIZE[this.dtype];
		const n = this.numel();
		const read =
			backend.readSync !== undefined
				? backend.readSync(handle, source.layout.offset * size, n * size)
				: backend.read(handle, source.layout.offset * size, n * size);
		const typed =
			read instanceof Uint8Array
				? this.typed(read)
				: read.then((bytes) => this.typed(bytes));
		if (source !== this.self) source.dispose();
		return stepAside(typed);
	}

	/** As `data()`, at once. @throws DeviceError on a device that cannot */
	dataSync(): TypedArray {
		this.assertAlive();
		const { backend } = this.storage;
		if (backend.readSync === undefined)
			throw new DeviceError(
				`a ${backend.device} tensor cannot be read synchronously. Use await data(), await item() or await tolist()`,
			);
		const source = this.dense();
		const size = ITEM_SIZE[this.dtype];
		const bytes = backend.readSync(
			source.storage.handle,
			source.layout.offset * size,
			this.numel() * size,
		);
		if (source !== this.self) source.dispose();
		return this.typed(bytes);
	}

	private typed(bytes: Uint8Array): TypedArray {
		return typedView(this.dtype, bytes.buffer, bytes.byteOffset, this.numel());
	}

	/**
	 * The one element, as a number, or as a boolean if that is its type.
	 * @throws AutogradError if there is not exactly one
	 */
	item(): Promise<number> {
		this.assertScalar();
		const { backend } = this.storage;
		if (backend.readSync !== undefined)
			return stepAside(this.itemSync() as number);
		const size = ITEM_SIZE[this.dtype];
		return stepAside(
			backend
				.read(this.storage.handle, this.layout.offset * size, size)
				.then((bytes) => this.scalarOf(bytes) as number),
		);
	}

	/** As `item()`, at once. @throws DeviceError on a device that cannot */
	itemSync(): number {
		this.assertScalar();
		const { backend } = this.storage;
		if (backend.readSync === undefined) return this.dataSync()[0] as number;
		const size = ITEM_SIZE[this.dtype];
		if (backend.readItem && this.dtype !== "bool")
			return backend.readItem(
				this.storage.handle,
				this.layout.offset * size,
				this.dtype,
			);
		return this.scalarOf(
			backend.readSync(this.storage.handle, this.layout.offset * size, size),
		) as number;
	}

	private assertScalar(): void {
		this.assertAlive();
		if (this.numel() !== 1)
			throw new AutogradError(
				`a Tensor with ${this.numel()} elements cannot be converted to Scalar. Use data() or tolist() for all of them`,
			);
	}

	private scalarOf(bytes: Uint8Array): number | boolean {
		const value = typedView(this.dtype, bytes.buffer, bytes.byteOffset, 1)[0];
		return this.dtype === "bool" ? value !== 0 : (value as number);
	}
}
