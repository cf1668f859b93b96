import { noGrad } from "../autograd/mode.js";
import { twoDevices } from "../backends/two-devices.js";
import { FormatError, ShapeError } from "../errors.js";
import { sameShape, showShape } from "../layout.js";
import { scope } from "../scope.js";
import type { Saved } from "../serialization/index.js";
import { Tensor } from "../tensor.js";
import type { Module } from "./module.js";
import { join, type Named, ownParameters } from "./tree.js";

/** Tensors by name, in the order of the modules. */
export type StateDict = Record<string, Tensor>;

/** What can be loaded: a state dict, or what `torch.load` gives for one. */
export type StateSource =
	| Readonly<Record<string, unknown>>
	| ReadonlyMap<unknown, unknown>
	| Saved;

/** What `stateDict` takes. */
export interface StateDictOptions {
	/** In front of every name. */
	readonly prefix?: string;
	/** The parameters themselves, with their graph, not detached. */
	readonly keepVars?: boolean;
}

/** What `loadStateDict` takes besides the state. */
export interface LoadStateOptions {
	/** Whether the names must be exactly the module's; true unless said otherwise. */
	readonly strict?: boolean;
}

/** What `loadStateDict` gives. */
export interface LoadResult {
	/** Keys that the module has and the state dict lacks. */
	readonly missingKeys: readonly string[];
	/** Keys that the state dict has and the module lacks. */
	readonly unexpectedKeys: readonly string[];
}

/** What `loadStateDict` gives; printed as PyTorch's. */
class LoadedKeys implements LoadResult {
	constructor(
		readonly missingKeys: readonly string[],
		readonly unexpectedKeys: readonly string[],
	) {}

	toString(): string {
		const { missingKeys, unexpectedKeys } = this;
		if (missingKeys.length + unexpectedKeys.length === 0)
			return "<All keys matched successfully>";
		const list = (keys: readonly string[]) =>
			`[${keys.map((key) => `'${key}'`).join(", ")}]`;
		return `_IncompatibleKeys(missing_keys=${list(missingKeys)}, unexpected_keys=${list(unexpectedKeys)})`;
	}

	[Symbol.for("nodejs.util.inspect.custom")](): string {
		return this.toString();
	}

	[Symbol.for("Deno.customInspect")](): string {
		return this.toString();
	}
}

interface Entry {
	readonly name: string;
	readonly tensor: Tensor;
	readonly mayLack: boolean;
}

/** Shared tensors and modules come under each of their names, as in PyTorch. */
function entriesOf(module: Module, prefix: string, into: Entry[]): Entry[] {
	const own: Named<Tensor>[] = [
		...ownParameters(module),
		...module.ownBuffers(true),
	];
	for (const [name, tensor] of own)
		into.push({
			name: join(prefix, name),
			tensor,
			mayLack: module.mayLack(name),
		});
	for (const [name, child] of module.ownChildren())
		entriesOf(child, join(prefix, name), into);
	return into;
}

export function stateDict(
	module: Module,
	{ prefix = "", keepVars = false }: StateDictOptions = {},
): StateDict {
	const state: StateDict = {};
	for (const { name, tensor } of entriesOf(module, "", []))
		state[prefix + name] = keepVars ? tensor : tensor.detach();
	return state;
}

export function loadStateDict(
	module: Module,
	state: StateSource,
	{ strict = true }: LoadStateOptions = {},
): LoadResult {
	const given = sourceEntries(state);
	const entries = entriesOf(module, "", []);
	const copies: { readonly to: Tensor; readonly from: Tensor }[] = [];
	const missing: string[] = [];
	const misfits: string[] = [];
	let sizesDiffer = false;
	for (const { name, tensor, mayLack } of entries) {
		if (!given.has(name)) {
			if (!mayLack) missing.push(name);
			continue;
		}
		const value = given.get(name);
		if (!(value instanceof Tensor)) {
			misfits.push(
				`While copying the parameter named "${name}", expected torch.Tensor or Tensor-like object from checkpoint but received ${typeName(value)}`,
			);
			continue;
		}
		value.assertAlive();
		const problem = misfit(name, tensor, value);
		if (problem === null) copies.push({ to: tensor, from: value });
		else {
			sizesDiffer = true;
			misfits.push(problem);
		}
	}
	const known = new Set(entries.map((entry) => entry.name));
	const unexpected = [...given.keys()].filter((key) => !known.has(key));
	const problems = strict
		? [...keyProblems(missing, unexpected), ...misfits]
		: misfits;
	if (problems.length > 0)
		throw new (sizesDiffer ? ShapeError : FormatError)(
			`Error(s) in loading state_dict for ${module.constructor.name}:\n\t${problems.join("\n\t")}`,
		);
	for (const { to, from } of copies) assertReachable(to, from);
	for (const { to, from } of copies) overwrite(to, from);
	return new LoadedKeys(missing, unexpected);
}

function sourceEntries(state: StateSource): Map<string, unknown> {
	if (typeof state !== "object" || state === null || state instanceof Tensor)
		throw new FormatError(
			`Expected state_dict to be dict-like, got ${typeName(state)}.`,
		);
	return state instanceof Map
		? new Map([...state].map(([k, v]) => [String(k), v]))
		: new Map(Object.entries(state));
}

function keyProblems(
	missing: readonly string[],
	unexpected: readonly string[],
): string[] {
	const list = (keys: readonly string[]) =>
		keys.map((key) => `"${key}"`).join(", ");
	const problems: string[] = [];
	if (missing.length > 0)
		problems.push(`Missing key(s) in state_dict: ${list(missing)}. `);
	if (unexpected.length > 0)
		problems.push(`Unexpected key(s) in state_dict: ${list(unexpected)}. `);
	return problems;
}

function misfit(name: string, to: Tensor, from: Tensor): string | null {
	if (fits(to, from)) return null;
	return `size mismatch for ${name}: copying a param with shape torch.Size(${showShape(from.shape)}) from checkpoint, the shape in current model is torch.Size(${showShape(to.shape)}).`;
}

/** Very old files have single numbers as one-element vectors. */
function fits(to: Tensor, from: Tensor): boolean {
	return (
		sameShape(to.shape, from.shape) ||
		(to.shape.length === 0 && sameShape(from.shape, [1]))
	);
}

/** @internal what a value is, for complaints */
export function typeName(value: unknown): string {
	if (value === null) return "null";
	return typeof value === "object"
		? ((value as object).constructor?.name ?? "object")
		: typeof value;
}

function assertReachable(to: Tensor, from: Tensor): void {
	if (to.device === from.device || from.storage.backend.readSync) return;
	throw twoDevices(
		to.device,
		from.device,
		` Move the state dict with await t.to('${to.device}') first`,
	);
}

/** @internal `to`'s memory gets the values of `from`, whatever its device */
export function overwrite(to: Tensor, from: Tensor): void {
	scope(() =>
		noGrad(() => {
			const values = from.detach().reshape(to.shape).to(to.dtype);
			if (values.device === to.device) {
				to.detach().copy_(values);
				return;
			}
			const there = to.newEmpty(to.shape);
			const host = values.dataSync();
			there.storage.backend.write(
				there.storage.handle,
				0,
				new Uint8Array(host.buffer, host.byteOffset, host.byteLength),
			);
			to.detach().copy_(there);
		}),
	);
}
