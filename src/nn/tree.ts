/**
 * What a module consists of: its own properties, in the order in which they
 * were assigned.
 */
import { TorchletError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import type { Module } from "./module.js";
import { stateName } from "./names.js";
import { Parameter } from "./parameter.js";

export type Named<T> = [name: string, value: T];

/** `child` as it is reached from `prefix`: `body.0`. */
export function join(prefix: string, child: string): string {
	return prefix === "" ? child : `${prefix}.${child}`;
}

/** Properties of the module itself that `wanted` accepts, by saved name. */
export function ownProperties<T>(
	module: Module,
	wanted: (value: unknown, key: string) => value is T,
): Named<T>[] {
	const found: Named<T>[] = [];
	for (const key of Object.keys(module)) {
		const value = (module as unknown as Record<string, unknown>)[key];
		if (wanted(value, key)) found.push([stateName(key), value]);
	}
	return found;
}

export function ownParameters(module: Module): Named<Parameter>[] {
	return ownProperties(module, (v): v is Parameter => v instanceof Parameter);
}

/**
 * The module and all below it, before what it contains; each once, unless
 * nobody notes what was seen.
 */
export function walk(
	module: Module,
	prefix: string,
	seen: Set<Module> | null = new Set(),
): Named<Module>[] {
	if (seen?.has(module)) return [];
	seen?.add(module);
	const found: Named<Module>[] = [[prefix, module]];
	for (const [name, child] of module.ownChildren())
		found.push(...walk(child, join(prefix, name), seen));
	return found;
}

/** Tensors that `own` finds in the module and below, each once. */
export function collect<T extends Tensor>(
	module: Module,
	own: (module: Module) => Named<T>[],
	prefix: string,
	recurse: boolean,
): Named<T>[] {
	const modules: Named<Module>[] = recurse
		? walk(module, prefix)
		: [[prefix, module]];
	const seen = new Set<T>();
	const found: Named<T>[] = [];
	for (const [path, part] of modules)
		for (const [name, tensor] of own(part)) {
			if (seen.has(tensor)) continue;
			seen.add(tensor);
			found.push([join(path, name), tensor]);
		}
	return found;
}

/** A module's own field, by the name it has here or in PyTorch. @throws TorchletError */
export function memberOf<T>(
	module: Module,
	name: string,
	kind: string,
	is: (value: unknown) => value is T,
): T {
	const fields = module as unknown as Record<string, unknown>;
	const key =
		name in fields
			? name
			: Object.keys(module).find((field) => stateName(field) === name);
	if (key === undefined)
		throw new TorchletError(
			`${module.constructor.name} has no attribute \`${name}\``,
		);
	const value = fields[key];
	if (!is(value)) throw new TorchletError(`\`${name}\` is not ${kind}`);
	return value;
}
