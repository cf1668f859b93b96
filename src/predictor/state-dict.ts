/**
 * A small reader of state dicts, for `torchlet/predictor`, which has no room for
 * the one that `torch.load` uses. It reads what `torch.save(model.state_dict())`
 * and safetensors write, and refuses everything else.
 */
import { FormatError } from "../errors.js";

export interface WeightTensor {
	readonly shape: readonly number[];
	/** In row-major order. */
	readonly values: Float32Array;
}

/** Tensors by their names, dots between levels, in the file's order. */
export type StateDict = Map<string, WeightTensor>;

/** Bytes per element of the types that weights have. */
const SIZES = { F64: 8, F32: 4, F16: 2, BF16: 2 } as const;

type FloatType = keyof typeof SIZES;

/** PyTorch's storage classes for these. */
const STORAGES: Readonly<Record<string, FloatType>> = {
	"torch.FloatStorage": "F32",
	"torch.DoubleStorage": "F64",
	"torch.HalfStorage": "F16",
	"torch.BFloat16Storage": "BF16",
};

/** Deeper dicts than this hold something other than weights. */
const MAX_DEPTH = 8;

function half(h: number): number {
	const exponent = (h >> 10) & 31;
	const mantissa = h & 1023;
	const size =
		exponent === 0
			? mantissa * 2 ** -24
			: exponent === 31
				? mantissa
					? Number.NaN
					: Infinity
				: (1024 + mantissa) * 2 ** (exponent - 25);
	return h & 0x8000 ? -size : size;
}

/** Little-endian elements as float32: the bytes themselves where they can be. */
function toFloats(type: FloatType, bytes: Uint8Array): Float32Array {
	if (type === "F32" && bytes.byteOffset % 4 === 0)
		return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
	const { buffer } = new Uint8Array(bytes);
	if (type === "F32") return new Float32Array(buffer);
	if (type === "F64") return new Float32Array(new Float64Array(buffer));
	const halves = new Uint16Array(buffer);
	if (type === "F16") return Float32Array.from(halves, half);
	return new Float32Array(Uint32Array.from(halves, (h) => h << 16).buffer);
}

/** A strided view of a storage, made contiguous. @throws FormatError */
function tensorOf(
	storage: Float32Array,
	offset: number,
	shape: readonly number[],
	strides: readonly number[],
): WeightTensor {
	const counts = [offset, ...shape, ...strides];
	const numel = shape.reduce((a, b) => a * b, 1);
	const last = shape.reduce(
		(at, n, i) => at + (n - 1) * (strides[i] as number),
		offset,
	);
	if (
		!counts.every((n) => Number.isSafeInteger(n) && n >= 0) ||
		shape.length > 8 ||
		shape.length !== strides.length ||
		(numel > 0 && last >= storage.length) ||
		// stride 0 could make much of little
		numel > storage.length
	)
		throw new FormatError(
			`a tensor of size [${shape}] and stride [${strides}] does not fit its storage of ${storage.length}`,
		);
	// rows one after the other, as almost always
	let step = 1;
	const isDense = shape.every((_, i) => {
		const d = shape.length - 1 - i;
		const fits = shape[d] === 1 || strides[d] === step;
		step *= shape[d] as number;
		return fits;
	});
	if (isDense)
		return { shape, values: storage.subarray(offset, offset + numel) };
	const values = new Float32Array(numel);
	for (let i = 0; i < numel; i++) {
		let at = offset;
		for (let d = shape.length - 1, rest = i; d >= 0; d--) {
			const n = shape[d] as number;
			at += (rest % n) * (strides[d] as number);
			rest = Math.floor(rest / n);
		}
		values[i] = storage[at] as number;
	}
	return { shape, values };
}

let decoder: TextDecoder | null = null;

const text = (bytes: Uint8Array) => {
	decoder ??= new TextDecoder();
	return decoder.decode(bytes);
};

const viewOf = (bytes: Uint8Array) =>
	new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Where each stored file of a zip archive lies. @throws FormatError */
function readZip(bytes: Uint8Array): Map<string, Uint8Array> {
	const view = viewOf(bytes);
	let end = bytes.length - 22;
	while (view.getUint32(end, true) !== 0x06054b50) end--;
	let count = view.getUint16(end + 10, true);
	let at = view.getUint32(end + 16, true);
	const files = new Map<string, Uint8Array>();
	for (; count > 0; count--) {
		const nameEnd = at + 46 + view.getUint16(at + 28, true);
		const name = text(bytes.subarray(at + 46, nameEnd));
		const size = view.getUint32(at + 24, true);
		const header = view.getUint32(at + 42, true);
		if (view.getUint16(at + 10, true) !== 0 || size === 0xffffffff)
			throw new FormatError(
				`'${name}' in it is compressed or beyond 4 GB. Load it with torch.load and pass the module`,
			);
		const start =
			header +
			30 +
			view.getUint16(header + 26, true) +
			view.getUint16(header + 28, true);
		if (start + size > bytes.length)
			throw new FormatError(`'${name}' in it ends beyond the file`);
		files.set(name, bytes.subarray(start, start + size));
		at =
			nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
	}
	return files;
}

/** A name in a pickle: never code. */
class Name {
	constructor(readonly text: string) {}
}

type Items = unknown[];

/** @throws FormatError, RangeError, TypeError on malformed pickles */
function unpickle(
	bytes: Uint8Array,
	storageOf: (type: FloatType, key: string) => Float32Array,
): unknown {
	const view = viewOf(bytes);
	const memo: Items = [];
	let stack: Items = [];
	const outer: Items[] = [];
	let pos = 0;

	const skip = (n: number) => {
		pos += n;
		return pos - n;
	};
	const u8 = () => view.getUint8(skip(1));
	const u32 = () => view.getUint32(skip(4), true);
	const string = (n: number) => {
		const start = skip(n);
		return text(bytes.subarray(start, pos));
	};
	const line = () => {
		const start = pos;
		while (u8() !== 10);
		return text(bytes.subarray(start, pos - 1));
	};
	const push = (x: unknown) => void stack.push(x);
	const top = () => stack.at(-1);
	const toMark = (): Items => {
		const items = stack;
		stack = outer.pop() as Items;
		return items;
	};
	const setItems = (items: Items) => {
		for (let i = 0; i < items.length; i += 2)
			(top() as Map<unknown, unknown>).set(items[i], items[i + 1]);
	};

	/** What names stand for, when they are called. */
	const call = (name: unknown, args: Items): unknown => {
		const called = name instanceof Name ? name.text : "";
		if (called === "collections.OrderedDict") return new Map();
		if (called === "torch._utils._rebuild_parameter") return args[0];
		if (called === "torch._utils._rebuild_tensor_v2")
			return tensorOf(...(args as Parameters<typeof tensorOf>));
		throw new FormatError(
			`it names '${called.slice(0, 200)}', which is no data. Save model.state_dict() instead of the model`,
		);
	};

	for (;;) {
		const op = u8();
		switch (op) {
			case 0x80: // PROTO
				u8();
				break;
			case 0x95: // FRAME
				skip(8);
				break;
			case 0x2e: // STOP
				return stack.pop();
			case 0x4e: // NONE
				push(null);
				break;
			case 0x88: // NEWTRUE
			case 0x89: // NEWFALSE
				push(op === 0x88);
				break;
			case 0x4b: // BININT1
				push(u8());
				break;
			case 0x4d: // BININT2
				push(view.getUint16(skip(2), true));
				break;
			case 0x4a: // BININT
				push(view.getInt32(skip(4), true));
				break;
			case 0x47: // BINFLOAT
				push(view.getFloat64(skip(8)));
				break;
			case 0x8a: {
				// LONG1: sizes beyond 2³¹, versions
				let value = 0;
				for (let n = u8(), i = 0; i < n; i++) value += u8() * 256 ** i;
				push(value);
				break;
			}
			case 0x8c: // SHORT_BINUNICODE
				push(string(u8()));
				break;
			case 0x58: // BINUNICODE
				push(string(u32()));
				break;
			case 0x7d: // EMPTY_DICT
				push(new Map());
				break;
			case 0x5d: // EMPTY_LIST
			case 0x29: // EMPTY_TUPLE
				push([]);
				break;
			case 0x28: // MARK
				outer.push(stack);
				stack = [];
				break;
			case 0x74: {
				// TUPLE
				const items = toMark();
				push(items);
				break;
			}
			case 0x85: // TUPLE1
			case 0x86: // TUPLE2
			case 0x87: // TUPLE3
				push(stack.splice(0x84 - op));
				break;
			case 0x61: {
				// APPEND
				const item = stack.pop();
				(top() as Items).push(item);
				break;
			}
			case 0x65: {
				// APPENDS
				const items = toMark();
				for (const item of items) (top() as Items).push(item);
				break;
			}
			case 0x73: // SETITEM
				setItems(stack.splice(-2));
				break;
			case 0x75: // SETITEMS
				setItems(toMark());
				break;
			case 0x71: // BINPUT
				memo[u8()] = top();
				break;
			case 0x72: // LONG_BINPUT
				memo[u32()] = top();
				break;
			case 0x94: // MEMOIZE
				memo.push(top());
				break;
			case 0x68: // BINGET
				push(memo[u8()]);
				break;
			case 0x6a: // LONG_BINGET
				push(memo[u32()]);
				break;
			case 0x63: {
				// GLOBAL
				const module = line();
				push(new Name(`${module}.${line()}`));
				break;
			}
			case 0x93: // STACK_GLOBAL
				push(new Name(stack.splice(-2).join(".")));
				break;
			case 0x52: // REDUCE
			case 0x81: {
				// NEWOBJ
				const args = stack.pop() as Items;
				push(call(stack.pop(), args));
				break;
			}
			case 0x62: // BUILD: a state dict's _metadata
				stack.pop();
				break;
			case 0x51: {
				// BINPERSID: ("storage", class, key, device, numel)
				const [, type, key] = stack.pop() as [unknown, Name, string];
				const found = STORAGES[type.text];
				if (found === undefined)
					throw new FormatError(
						`it holds a ${type.text}, but weights are floats`,
					);
				push(storageOf(found, key));
				break;
			}
			default:
				throw new FormatError(`it has the pickle opcode ${op} at ${pos - 1}`);
		}
	}
}

function flatten(
	x: unknown,
	path: string,
	found: StateDict,
	depth: number,
): StateDict {
	if (x instanceof Map && depth < MAX_DEPTH)
		for (const [k, v] of x)
			flatten(v, path ? `${path}.${k}` : String(k), found, depth + 1);
	else if (typeof x === "object" && x && "values" in x && "shape" in x)
		found.set(path, x as WeightTensor);
	return found;
}

function readPth(bytes: Uint8Array): StateDict {
	const files = readZip(bytes);
	const pickle = [...files.keys()].find((n) => /^[^/]+\/data\.pkl$/.test(n));
	if (pickle === undefined || files.has(pickle.replace("data", "constants")))
		throw new FormatError("it is no state dict that torch.save wrote");
	const storages = new Map<string, Float32Array>();
	const value = unpickle(files.get(pickle) as Uint8Array, (type, key) => {
		const name = pickle.replace("data.pkl", `data/${key}`);
		const storage =
			storages.get(name) ?? toFloats(type, files.get(name) as Uint8Array);
		storages.set(name, storage);
		return storage;
	});
	return flatten(value, "", new Map(), 0);
}

/** The header's length in 8 bytes, a JSON header, the data. */
function readSafetensors(bytes: Uint8Array): StateDict {
	const start = 8 + Number(viewOf(bytes).getBigUint64(0, true));
	const header = JSON.parse(text(bytes.subarray(8, start))) as Record<
		string,
		{ dtype: FloatType; shape: number[]; data_offsets: [number, number] }
	>;
	delete header.__metadata__;
	// names are sorted in the header, but the data need not be
	const entries = Object.entries(header).sort(
		(a, b) => a[1].data_offsets[0] - b[1].data_offsets[0],
	);
	const found: StateDict = new Map();
	for (const [name, { dtype, shape, data_offsets }] of entries) {
		if (!Object.hasOwn(SIZES, dtype))
			throw new FormatError(`'${name}' holds ${dtype}, but weights are floats`);
		const [from, to] = data_offsets;
		const strides = shape.map((_, i) =>
			shape.slice(i + 1).reduce((a, b) => a * b, 1),
		);
		const data = bytes.subarray(start + from, start + to);
		found.set(name, tensorOf(toFloats(dtype, data), 0, shape, strides));
	}
	return found;
}

/** @throws FormatError for anything but a state dict, and for damaged files */
export function readStateDict(bytes: Uint8Array): StateDict {
	const kind =
		bytes[0] === 0x50 && bytes[1] === 0x4b
			? ".pth"
			: bytes[8] === 0x7b
				? ".safetensors"
				: null;
	if (kind === null)
		throw new FormatError(
			"createPredictor: these bytes are no predictor.toBytes(), no .pth of PyTorch 1.6 or later and no .safetensors",
		);
	try {
		return kind === ".pth" ? readPth(bytes) : readSafetensors(bytes);
	} catch (cause) {
		throw new FormatError(
			`createPredictor: cannot read this ${kind} file: ${cause instanceof FormatError ? cause.message : "it is damaged or cut short"}`,
			{ cause },
		);
	}
}
