import { FormatError } from "../errors.js";
import { Global, Opaque, refused } from "./globals.js";
import { MAX_DEPTH, PlainTensor, type PlainValue, setOwn } from "./plain.js";

/**
 * Turns an unpickled value's Maps into objects where all keys are strings, in place
 * elsewhere, and refuses what is no data: a bare storage, a function.
 */
export function finish(root: unknown): PlainValue {
	const done = new Map<object, PlainValue>();
	const open = new Set<object>();

	const visit = (x: unknown, depth: number): PlainValue => {
		if (
			x === null ||
			typeof x === "string" ||
			typeof x === "number" ||
			typeof x === "bigint" ||
			typeof x === "boolean" ||
			x instanceof PlainTensor
		) {
			return x;
		}
		if (x instanceof Global) {
			throw new FormatError(
				`refused global '${x.name}' as a value: only tensors, dicts, lists, tuples, strings, numbers, booleans and None are loaded`,
			);
		}
		if (x instanceof Opaque) throw refused(x.name);
		if (!Array.isArray(x) && !(x instanceof Map)) {
			throw new FormatError("refused a storage without a tensor");
		}
		const seen = done.get(x);
		if (seen !== undefined) return seen;
		if (open.has(x)) {
			throw new FormatError("refused a list or dict that contains itself");
		}
		if (depth > MAX_DEPTH) {
			throw new FormatError(`refused data over ${MAX_DEPTH} levels deep`);
		}
		open.add(x);
		const result = Array.isArray(x)
			? list(x, depth + 1)
			: dict(x as Map<unknown, unknown>, depth + 1);
		open.delete(x);
		done.set(x, result);
		return result;
	};

	const list = (x: unknown[], depth: number): PlainValue[] => {
		for (const [i, item] of x.entries()) x[i] = visit(item, depth);
		return x as PlainValue[];
	};

	const dict = (x: Map<unknown, unknown>, depth: number): PlainValue => {
		if ([...x.keys()].every((k) => typeof k === "string")) {
			const object: { [key: string]: PlainValue } = {};
			for (const [k, v] of x) setOwn(object, k as string, visit(v, depth));
			return object;
		}
		const map = new Map<PlainValue, PlainValue>();
		for (const [k, v] of x) map.set(visit(k, depth), visit(v, depth));
		return map;
	};

	return visit(root, 0);
}
