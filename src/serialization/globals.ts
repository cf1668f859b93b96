import { FormatError } from "../errors.js";
import {
	FILE_DTYPE_SIZE,
	type FileDType,
	PlainStorage,
	PlainTensor,
} from "./plain.js";

/** PyTorch's name of each dtype's storage class, as it stands in files. */
export const STORAGE_NAME: Readonly<Record<FileDType, string>> = {
	float32: "FloatStorage",
	int32: "IntStorage",
	uint8: "ByteStorage",
	bool: "BoolStorage",
	float64: "DoubleStorage",
	float16: "HalfStorage",
	bfloat16: "BFloat16Storage",
	int64: "LongStorage",
	int16: "ShortStorage",
	int8: "CharStorage",
};

/** PyTorch's own bound; it also keeps hostile files from costing n² time. */
const MAX_DIMS = 64;

/** A Python global that a pickle may name: never code, always one of ours. */
export class Global {
	constructor(
		readonly name: string,
		/** What calling it gives; undefined if it is not to be called. */
		readonly call?: (args: readonly unknown[]) => unknown,
		/** Set for storage classes. */
		readonly storageDType?: FileDType,
	) {}
}

/**
 * An object of a class that no data has. Only a bound method's name may be taken
 * from it: OneCycleLR's state holds one, and with it the scheduler and its optimizer.
 */
export class Opaque extends Map<unknown, unknown> {
	constructor(readonly name: string) {
		super();
	}
}

/** Those whose objects may stand behind a method, by module. */
const OPAQUE: Readonly<Record<string, string>> = {
	lr_scheduler: "OneCycleLR",
	sgd: "SGD",
	adam: "Adam",
	adamw: "AdamW",
	rmsprop: "RMSprop",
};

/** Whose state names a function of the class itself. */
const SWA = "torch.optim.swa_utils.SWALR";

let globals: ReadonlyMap<string, Global> | undefined;

function makeGlobals(): Map<string, Global> {
	const all = new Map<string, Global>();
	const add = (
		name: string,
		call?: (args: readonly unknown[]) => unknown,
		dtype?: FileDType,
	) => all.set(name, new Global(name, call, dtype));
	add("collections.OrderedDict", orderedDict);
	// MultiStepLR's milestones
	add("collections.Counter", counter);
	add("torch._utils._rebuild_tensor_v2", rebuildTensor);
	// before PyTorch 0.4; a prefix of v2's arguments
	add("torch._utils._rebuild_tensor", rebuildTensor);
	add("torch._utils._rebuild_parameter", rebuildParameter);
	add("torch.Size", tupleOf);
	for (const [module, name] of Object.entries(OPAQUE)) {
		const full = `torch.optim.${module}.${name}`;
		add(full, () => new Opaque(full));
	}
	add(SWA);
	// an optimizer's state, which stays behind its object
	add("collections.defaultdict", () => new Opaque("collections.defaultdict"));
	for (const module of ["__builtin__", "builtins"]) {
		add(`${module}.dict`);
		add(`${module}.getattr`, ([of, method]) => {
			const isOpaque = of instanceof Opaque || of === all.get(SWA);
			if (isOpaque && typeof method === "string") return method;
			throw refused(`${module}.getattr`);
		});
	}
	for (const dtype of Object.keys(STORAGE_NAME) as FileDType[]) {
		add(`torch.${STORAGE_NAME[dtype]}`, undefined, dtype);
		// what old versions wrote for tensors on a GPU
		add(`torch.cuda.${STORAGE_NAME[dtype]}`, undefined, dtype);
	}
	return all;
}

/** @throws FormatError that names the global, unless it is one of ours. */
export function findGlobal(module: string, name: string): Global {
	const full = `${module}.${name}`;
	globals ??= makeGlobals();
	const found = globals.get(full);
	if (found !== undefined) return found;
	throw refused(full);
}

/** @internal the error for a global that is no data */
export function refused(global: string): FormatError {
	return new FormatError(
		`refused global '${global.slice(0, 200)}': only tensors, dicts, lists, tuples, strings, numbers, booleans and None are loaded, and no code is run; save model.state_dict() instead of the model`,
	);
}

function orderedDict(args: readonly unknown[]): Map<unknown, unknown> {
	const made = new Map<unknown, unknown>();
	const pairs = args[0];
	if (pairs === undefined) return made;
	// Python 2 pickled the pairs as the constructor's argument
	if (!Array.isArray(pairs)) throw bad("OrderedDict", "no list of pairs");
	for (const pair of pairs as unknown[]) {
		if (!Array.isArray(pair) || pair.length !== 2) {
			throw bad("OrderedDict", "no list of pairs");
		}
		made.set(pair[0], pair[1]);
	}
	// the pairs are ours now: a second use would let a small file grow to n²
	pairs.length = 0;
	return made;
}

function counter(args: readonly unknown[]): unknown {
	if (args.length !== 1 || !(args[0] instanceof Map))
		throw bad("Counter", "no dict of counts");
	return args[0];
}

function tupleOf(args: readonly unknown[]): unknown {
	if (args.length !== 1 || !Array.isArray(args[0])) {
		throw bad("torch.Size", "no tuple of sizes");
	}
	return args[0];
}

function rebuildTensor(args: readonly unknown[]): PlainTensor {
	const [storage, offset, shape, strides, requiresGrad = false] = args;
	if (!(storage instanceof PlainStorage)) throw bad("tensor", "no storage");
	if (!isCount(offset)) throw bad("tensor", "a bad storage offset");
	if (!isCounts(shape)) throw bad("tensor", "a bad size");
	if (!isCounts(strides)) throw bad("tensor", "a bad stride");
	if (typeof requiresGrad !== "boolean") {
		throw bad("tensor", "a bad requires_grad");
	}
	return new PlainTensor(
		storage.dtype,
		// not copied: one long tuple, used often, would cost n² memory
		shape,
		strides,
		offset,
		storage,
		requiresGrad,
	);
}

function rebuildParameter(args: readonly unknown[]): PlainTensor {
	const [t, requiresGrad] = args;
	if (!(t instanceof PlainTensor) || typeof requiresGrad !== "boolean") {
		throw bad("parameter", "no tensor");
	}
	return new PlainTensor(
		t.dtype,
		t.shape,
		t.strides,
		t.offset,
		t.storage,
		requiresGrad,
	);
}

/**
 * Checks that a view stays within its storage's bytes, which must be there.
 * @throws FormatError with the sizes that disagree.
 */
export function checkTensor(t: PlainTensor): void {
	const { shape, strides, offset, storage } = t;
	const have = storage.bytes.length / FILE_DTYPE_SIZE[storage.dtype];
	const text = `tensor of size [${shape.join(", ")}] and stride [${strides.join(", ")}] at offset ${offset}`;
	if (shape.length !== strides.length) {
		throw new FormatError(`the file holds a ${text}: lengths differ`);
	}
	let numel = 1;
	let last = offset;
	for (const [i, size] of shape.entries()) {
		numel *= size;
		last += (size - 1) * (strides[i] ?? 0);
	}
	if (!Number.isSafeInteger(numel)) {
		throw new FormatError(`the file holds a ${text}: too many elements`);
	}
	if (numel > 0 ? last >= have : offset > have) {
		throw new FormatError(
			`the file holds a ${text}, but its storage '${storage.key ?? "?"}' has only ${have} elements`,
		);
	}
}

function isCount(x: unknown): x is number {
	return typeof x === "number" && Number.isSafeInteger(x) && x >= 0;
}

function isCounts(x: unknown): x is number[] {
	return Array.isArray(x) && x.length <= MAX_DIMS && x.every(isCount);
}

function bad(what: string, found: string): FormatError {
	return new FormatError(`malformed ${what} in the pickle: ${found}`);
}
