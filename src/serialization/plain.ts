import { FormatError } from "../errors.js";

/** Element types that weight files hold: all of PyTorch's but complex ones. */
export type FileDType =
	| "float32"
	| "int32"
	| "uint8"
	| "bool"
	| "float64"
	| "float16"
	| "bfloat16"
	| "int64"
	| "int16"
	| "int8";

/** Bytes per element. */
export const FILE_DTYPE_SIZE: Readonly<Record<FileDType, number>> = {
	float32: 4,
	int32: 4,
	uint8: 1,
	bool: 1,
	float64: 8,
	float16: 2,
	bfloat16: 2,
	int64: 8,
	int16: 2,
	int8: 1,
};

/**
 * A block of little-endian elements. Tensors that share memory share one
 * object of this class, in files too.
 */
export class PlainStorage {
	constructor(
		readonly dtype: FileDType,
		/** Length is a multiple of the element size; any alignment. */
		public bytes: Uint8Array,
		/** The storage's name in the file it came from. */
		readonly key?: string,
	) {}
}

/** A tensor as data: a strided view of a storage. Strides, offset in elements. */
export class PlainTensor {
	constructor(
		readonly dtype: FileDType,
		readonly shape: readonly number[],
		readonly strides: readonly number[],
		readonly offset: number,
		readonly storage: PlainStorage,
		readonly requiresGrad = false,
	) {}
}

/** An array that is to be a Python tuple; other arrays become lists. */
export class Tuple<T> {
	constructor(readonly items: readonly T[]) {}
}

/** What weight files hold, with `T` where the tensors are. */
export type Plain<T> =
	| T
	| string
	| number
	| bigint
	| boolean
	| null
	| Plain<T>[]
	| Map<Plain<T>, Plain<T>>
	| { [key: string]: Plain<T> };

export type PlainValue = Plain<PlainTensor>;

/** Python itself stops at about as many levels. */
export const MAX_DEPTH = 500;

/** `child` as it is reached from `path`, for messages: `model.fc1.weight`. */
export function pathOf(path: string, child: unknown): string {
	return path === "" ? String(child) : `${path}.${String(child)}`;
}

/** ` (at 'fc1.weight')`, or nothing at the root. */
export function at(path: string): string {
	return path === "" ? "" : ` (at '${path}')`;
}

/** An own property, whatever its name: `__proto__` must not reach a prototype. */
export function setOwn(
	target: Record<string, unknown>,
	key: string,
	value: unknown,
): void {
	Object.defineProperty(target, key, {
		value,
		writable: true,
		enumerable: true,
		configurable: true,
	});
}

/** `{…}` and `Object.create(null)`, not instances of classes. */
export function isPlainObject(x: object): x is Record<string, unknown> {
	const proto: unknown = Object.getPrototypeOf(x);
	return (
		proto === null ||
		proto === Object.prototype ||
		// objects from another realm, a worker's or an iframe's
		Object.getPrototypeOf(proto) === null
	);
}

/**
 * Copies a tree of dicts, lists and plain values with each leaf replaced.
 * What is shared stays shared, so the cost is that of the distinct objects.
 * Tuples become arrays, as everywhere when data comes out of a file.
 *
 * @param leaf is asked about every object first, with its path
 * (`model.fc1.weight`); `undefined` means that it is no leaf.
 * @throws FormatError for what no weight file can hold, with its path.
 */
export function mapLeaves<R extends object>(
	root: unknown,
	leaf: (value: object, path: string) => R | undefined,
): Plain<R> {
	const done = new Map<object, Plain<R>>();
	const open = new Set<object>();

	const visit = (x: unknown, path: string, depth: number): Plain<R> => {
		if (x === null || typeof x === "string" || typeof x === "number") return x;
		if (typeof x === "boolean" || typeof x === "bigint") return x;
		if (typeof x !== "object") throw unsupported(x, path);
		const seen = done.get(x);
		if (seen !== undefined) return seen;
		if (open.has(x)) {
			throw new FormatError(
				`a ${Array.isArray(x) ? "list" : "dict"} contains itself${at(path)}; weight files hold trees only`,
			);
		}
		if (depth > MAX_DEPTH) {
			throw new FormatError(
				`nested more than ${MAX_DEPTH} levels deep${at(path.slice(0, 80))}`,
			);
		}
		open.add(x);
		const result = leaf(x, path) ?? inside(x, path, depth + 1);
		open.delete(x);
		done.set(x, result);
		return result;
	};

	const inside = (x: object, path: string, depth: number): Plain<R> => {
		if (Array.isArray(x)) {
			return x.map((item, i) => visit(item, pathOf(path, i), depth));
		}
		if (x instanceof Tuple) {
			return x.items.map((item, i) => visit(item, pathOf(path, i), depth));
		}
		if (x instanceof Map) {
			const copy = new Map<Plain<R>, Plain<R>>();
			for (const [k, v] of x) {
				copy.set(
					visit(k, pathOf(path, "key"), depth),
					visit(v, pathOf(path, k), depth),
				);
			}
			return copy;
		}
		if (!isPlainObject(x)) throw unsupported(x, path);
		const copy: { [key: string]: Plain<R> } = {};
		for (const [k, v] of Object.entries(x)) {
			setOwn(copy, k, visit(v, pathOf(path, k), depth));
		}
		return copy;
	};

	return visit(root, "", 0);
}

/** The error for a value that no weight file can hold. */
export function unsupported(x: unknown, path: string): FormatError {
	const what =
		typeof x === "object" && x !== null
			? `an object of class ${x.constructor?.name ?? "unknown"}`
			: x === undefined
				? "undefined"
				: `a ${typeof x}`;
	return new FormatError(
		`cannot save ${what}${at(path)}: files hold tensors, dicts (objects, Maps), lists, strings, numbers, booleans and null; for a module save its stateDict()`,
	);
}
