import { FormatError } from "../errors.js";
import { STORAGE_NAME } from "./globals.js";
import {
	at,
	FILE_DTYPE_SIZE,
	isPlainObject,
	MAX_DEPTH,
	type PlainStorage,
	PlainTensor,
	pathOf,
	Tuple,
	unsupported,
} from "./plain.js";

/** Gives the key under which the file will hold a storage. */
export type StorageNamer = (storage: PlainStorage) => string;

/** The data of an object that is a tensor to the caller; undefined for others. */
export type ToPlain = (value: object) => PlainTensor | undefined;

/**
 * Writes data as a pickle of protocol 2, which every PyTorch reads.
 *
 * Objects and Maps become dicts, arrays lists, {@link Tuple}s tuples. An
 * object that holds tensors only is a state dict and becomes an OrderedDict,
 * as PyTorch's own are. What is shared stays shared.
 *
 * @throws FormatError for values that are no data, with their path.
 */
export function pickle(
	value: unknown,
	nameOf: StorageNamer,
	toPlain: ToPlain = () => undefined,
): Uint8Array {
	const writer = new Writer(nameOf, toPlain);
	writer.byte(0x80, 2); // PROTO 2
	writer.value(value, "", 0);
	writer.byte(0x2e); // STOP
	return writer.bytes();
}

class Writer {
	private out = new Uint8Array(4096);
	private view = new DataView(this.out.buffer);
	private length = 0;
	private readonly memo = new Map<unknown, number>();
	/** Apart from the memo, where a string of the user's could equal a name. */
	private readonly globals = new Map<string, number>();
	private readonly leaves = new Map<object, PlainTensor | undefined>();
	private readonly open = new Set<object>();

	constructor(
		private readonly nameOf: StorageNamer,
		private readonly toPlain: ToPlain,
	) {}

	bytes(): Uint8Array {
		return this.out.slice(0, this.length);
	}

	value(x: unknown, path: string, depth: number): void {
		if (x === null) this.byte(0x4e);
		else if (x === true) this.byte(0x88);
		else if (x === false) this.byte(0x89);
		else if (typeof x === "number") this.number(x);
		else if (typeof x === "bigint") this.long(x);
		else if (typeof x === "string") this.string(x);
		else if (typeof x === "object") this.object(x, path, depth);
		else throw unsupported(x, path);
	}

	private object(x: object, path: string, depth: number): void {
		if (this.recall(this.memo, x)) return;
		if (this.open.has(x)) {
			throw new FormatError(
				`cannot save a list or dict that contains itself${at(path)}`,
			);
		}
		if (depth > MAX_DEPTH) {
			throw new FormatError(
				`cannot save data over ${MAX_DEPTH} levels deep${at(path.slice(0, 80))}`,
			);
		}
		this.open.add(x);
		const tensor = this.leaf(x);
		if (tensor) this.tensor(tensor, path);
		else if (Array.isArray(x)) this.list(x, path, depth + 1);
		else if (x instanceof Tuple) this.tuple(x, path, depth + 1);
		else if (x instanceof Map) this.dict([...x], false, path, depth + 1);
		else if (isPlainObject(x)) {
			const entries = Object.entries(x);
			const ordered =
				entries.length > 0 && entries.every(([, v]) => this.leaf(v));
			this.dict(entries, ordered, path, depth + 1);
		} else throw unsupported(x, path);
		this.open.delete(x);
		this.remember(this.memo, x);
	}

	private leaf(x: unknown): PlainTensor | undefined {
		if (x instanceof PlainTensor) return x;
		if (typeof x !== "object" || x === null) return undefined;
		if (!this.leaves.has(x)) this.leaves.set(x, this.toPlain(x));
		return this.leaves.get(x);
	}

	private list(items: unknown[], path: string, depth: number): void {
		this.byte(0x5d); // EMPTY_LIST
		if (items.length === 0) return;
		this.byte(0x28); // MARK
		for (const [i, item] of items.entries()) {
			this.value(item, pathOf(path, i), depth);
		}
		this.byte(0x65); // APPENDS
	}

	private tuple(x: Tuple<unknown>, path: string, depth: number): void {
		this.byte(0x28); // MARK
		for (const [i, item] of x.items.entries()) {
			this.value(item, pathOf(path, i), depth);
		}
		this.byte(0x74); // TUPLE
	}

	private dict(
		entries: [unknown, unknown][],
		ordered: boolean,
		path: string,
		depth: number,
	): void {
		if (ordered) {
			this.global("collections", "OrderedDict");
			this.byte(0x29, 0x52); // EMPTY_TUPLE REDUCE
		} else this.byte(0x7d); // EMPTY_DICT
		if (entries.length === 0) return;
		this.byte(0x28); // MARK
		for (const [k, v] of entries) {
			// Python could not hash them
			if (typeof k === "object" && k !== null && !(k instanceof Tuple)) {
				throw new FormatError(
					`cannot save a dict with an object as key${at(path)}: keys are strings, numbers, booleans, null or tuples`,
				);
			}
			this.value(k, pathOf(path, "key"), depth);
			this.value(v, pathOf(path, k), depth);
		}
		this.byte(0x75); // SETITEMS
	}

	private tensor(t: PlainTensor, path: string): void {
		const { storage } = t;
		const numel = storage.bytes.length / FILE_DTYPE_SIZE[storage.dtype];
		if (!Number.isInteger(numel) || storage.dtype !== t.dtype) {
			throw new FormatError(
				`cannot save a ${t.dtype} tensor over ${storage.bytes.length} bytes of ${storage.dtype}${at(path)}`,
			);
		}
		this.global("torch._utils", "_rebuild_tensor_v2");
		this.byte(0x28); // MARK
		this.byte(0x28); // MARK
		this.string("storage");
		this.global("torch", STORAGE_NAME[storage.dtype]);
		this.string(this.nameOf(storage));
		this.string("cpu");
		this.number(numel);
		this.byte(0x74, 0x51); // TUPLE BINPERSID
		this.number(t.offset);
		this.tuple(new Tuple(t.shape), path, 0);
		this.tuple(new Tuple(t.strides), path, 0);
		this.byte(t.requiresGrad ? 0x88 : 0x89);
		// backward hooks: none
		this.global("collections", "OrderedDict");
		this.byte(0x29, 0x52); // EMPTY_TUPLE REDUCE
		this.byte(0x74, 0x52); // TUPLE REDUCE
	}

	/** A whole number is Python's int, but for -0, which only a float can be. */
	private number(x: number): void {
		if (!Number.isInteger(x) || Object.is(x, -0)) this.float(x);
		else if (x >= 0 && x < 0x100)
			this.byte(0x4b, x); // BININT1
		else if (x >= -(2 ** 31) && x < 2 ** 31) {
			this.byte(0x4a); // BININT
			this.uint32(x >>> 0);
		} else if (Number.isSafeInteger(x)) this.long(BigInt(x));
		// beyond 2⁵³ a double stands for a magnitude, not for an integer
		else this.float(x);
	}

	private float(x: number): void {
		this.byte(0x47); // BINFLOAT
		const p = this.grow(8);
		this.view.setFloat64(p, x, false);
	}

	private long(x: bigint): void {
		let size = 1;
		while (BigInt.asIntN(8 * size, x) !== x) size++;
		if (size > 255) {
			throw new FormatError("cannot save an integer of more than 255 bytes");
		}
		this.byte(0x8a, size); // LONG1
		for (let i = 0; i < size; i++) {
			this.byte(Number((x >> BigInt(8 * i)) & 255n));
		}
	}

	private string(x: string): void {
		if (this.recall(this.memo, x)) return;
		const text = new TextEncoder().encode(x);
		this.byte(0x58); // BINUNICODE
		this.uint32(text.length);
		this.raw(text);
		this.remember(this.memo, x);
	}

	private global(module: string, name: string): void {
		const key = `${module}\n${name}\n`;
		if (this.recall(this.globals, key)) return;
		this.byte(0x63); // GLOBAL
		this.raw(new TextEncoder().encode(key));
		this.remember(this.globals, key);
	}

	private recall<K>(memo: Map<K, number>, x: K): boolean {
		const index = memo.get(x);
		if (index === undefined) return false;
		this.indexed(0x68, 0x6a, index); // BINGET LONG_BINGET
		return true;
	}

	private remember<K>(memo: Map<K, number>, x: K): void {
		const index = this.memo.size + this.globals.size;
		memo.set(x, index);
		this.indexed(0x71, 0x72, index); // BINPUT LONG_BINPUT
	}

	private indexed(shortOp: number, longOp: number, index: number): void {
		if (index < 256) this.byte(shortOp, index);
		else {
			this.byte(longOp);
			this.uint32(index);
		}
	}

	private uint32(x: number): void {
		const p = this.grow(4);
		this.view.setUint32(p, x, true);
	}

	private raw(bytes: Uint8Array): void {
		const p = this.grow(bytes.length);
		this.out.set(bytes, p);
	}

	byte(...values: number[]): void {
		const p = this.grow(values.length);
		for (const [i, b] of values.entries()) this.out[p + i] = b;
	}

	/** Makes room, which may replace `out` and `view`; gives where it starts. */
	private grow(count: number): number {
		const start = this.length;
		this.length += count;
		if (this.length > this.out.length) {
			const bigger = new Uint8Array(2 * this.length);
			bigger.set(this.out);
			this.out = bigger;
			this.view = new DataView(bigger.buffer);
		}
		return start;
	}
}
