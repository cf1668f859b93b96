/** An optimizer's state in the layout and spelling of PyTorch's files. */
import { tensor } from "../creation.js";
import {
	DeviceError,
	FormatError,
	ShapeError,
	TorchletError,
} from "../errors.js";
import { sameShape, showShape } from "../layout.js";
import { overwrite } from "../nn/state-dict.js";
import { scope } from "../scope.js";
import { Tensor } from "../tensor.js";
import { camelCase, snakeCase } from "./names.js";
import type { ParameterState, ParamGroup } from "./optimizer.js";

/** How a count of steps is saved: not at all, as a number, as a tensor. */
export type StepCount = "nothing" | "number" | "tensor";

/** What `stateDict()` gives and `torch.save` writes. */
export interface OptimizerState {
	/** By number of the parameter, counted through all groups. */
	readonly state: Map<number, Record<string, Tensor | number | null>>;
	/** Settings of each group, and the numbers of its parameters. */
	readonly param_groups: Record<string, unknown>[];
}

export function optimizerState(
	groups: readonly ParamGroup[],
	state: ReadonlyMap<Tensor, ParameterState>,
	counts: StepCount,
): OptimizerState {
	const numbers = new Map<Tensor, number>();
	let next = 0;
	const param_groups = groups.map((group) => {
		for (const p of group.params) {
			if (!numbers.has(p)) numbers.set(p, next);
			next++;
		}
		const { params, ...options } = group;
		return {
			...respell(options, snakeCase),
			params: params.map((p) => numbers.get(p)),
		};
	});
	const packed: OptimizerState["state"] = new Map();
	for (const [p, number] of numbers) {
		const own = state.get(p);
		if (!own) continue;
		// PyTorch's order: the count comes first
		const { step, ...tensors } = own;
		const entry = respell(
			step === undefined ? tensors : { step, ...tensors },
			snakeCase,
		) as ParameterState;
		if (counts === "tensor" && typeof entry.step === "number")
			entry.step = tensor(entry.step);
		packed.set(number, entry);
	}
	return { state: packed, param_groups };
}

function respell(
	values: object,
	spelling: (name: string) => string,
): Record<string, unknown> {
	return Object.fromEntries(
		Object.entries(values).map(([key, value]) => [spelling(key), value]),
	);
}

/** Entries of a dict, which a file gives as an object or a Map. */
function entriesOf(dict: unknown, what: string): [unknown, unknown][] {
	if (dict instanceof Map) return [...dict];
	if (typeof dict === "object" && dict !== null && !Array.isArray(dict))
		return Object.entries(dict);
	throw new FormatError(`${what} should be a dict, but is ${typeof dict}`);
}

interface SavedGroup {
	readonly options: Record<string, unknown>;
	readonly params: readonly unknown[];
}

function savedGroups(value: unknown): SavedGroup[] {
	if (!Array.isArray(value))
		throw new FormatError("an optimizer's state dict has a list param_groups");
	return value.map((group) => {
		const { params, ...options } = respell(
			Object.fromEntries(entriesOf(group, "a parameter group")),
			camelCase,
		);
		if (!Array.isArray(params))
			throw new FormatError("a saved parameter group has a list params");
		return { params, options };
	});
}

/** Options that the optimizer knows must be of the type they have there. */
function assertOptions(
	group: ParamGroup,
	options: Record<string, unknown>,
): void {
	for (const [name, value] of Object.entries(options)) {
		const own = (group as unknown as Record<string, unknown>)[name];
		if (own === undefined || own === null) continue;
		// newer versions of PyTorch have None where 1.13 has False
		if (value === null && typeof own === "boolean") continue;
		if (
			typeof value !== typeof own ||
			(Array.isArray(own) &&
				!(Array.isArray(value) && value.length === own.length))
		)
			throw new FormatError(
				`the saved option ${snakeCase(name)} is ${String(value)}, where this optimizer has ${String(own)}`,
			);
	}
}

export function loadOptimizerState(
	groups: readonly ParamGroup[],
	state: Map<Tensor, ParameterState>,
	source: unknown,
): void {
	const parts = new Map(entriesOf(source, "an optimizer's state dict"));
	const saved = savedGroups(parts.get("param_groups"));
	if (saved.length !== groups.length)
		throw new TorchletError(
			"loaded state dict has a different number of parameter groups",
		);
	const byNumber = new Map<string, Tensor>();
	groups.forEach((group, i) => {
		const { params, options } = saved[i] as SavedGroup;
		if (params.length !== group.params.length)
			throw new TorchletError(
				"loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
			);
		assertOptions(group, options);
		params.forEach((number, j) => {
			byNumber.set(String(number), group.params[j] as Tensor);
		});
	});
	const entries = entriesOf(parts.get("state"), "state");
	const wanted: [Tensor, [string, unknown][]][] = [];
	for (const [number, values] of entries) {
		const p = byNumber.get(String(number));
		if (!p) continue;
		const own = entriesOf(values, `state of parameter ${String(number)}`).map(
			([key, value]): [string, unknown] => [String(key), value],
		);
		for (const [key, value] of own) assertValue(p, key, value);
		wanted.push([p, own]);
	}

	const fresh = wanted.map(([p, own]): [Tensor, ParameterState] => [
		p,
		copyState(p, own),
	]);
	for (const own of state.values())
		for (const value of Object.values(own))
			if (value instanceof Tensor) value.dispose();
	state.clear();
	for (const [p, own] of fresh) state.set(p, own);
	groups.forEach((group, i) => {
		Object.assign(group, (saved[i] as SavedGroup).options);
	});
}

function assertValue(p: Tensor, key: string, value: unknown): void {
	if (value === null || typeof value === "number") return;
	if (!(value instanceof Tensor))
		throw new FormatError(
			`an optimizer's state holds tensors and numbers, but ${key} is ${typeof value}`,
		);
	value.assertAlive();
	if (key === "step" ? value.numel() !== 1 : !sameShape(value.shape, p.shape))
		throw new ShapeError(
			`the saved ${key} has shape ${showShape(value.shape)}, but its parameter has shape ${showShape(p.shape)}`,
		);
	if (key === "step" && !value.storage.backend.readSync)
		throw new DeviceError(
			`the saved step is on ${value.device}: counts are kept on the cpu, move it with await t.to('cpu') first`,
		);
	if (value.device !== p.device && !value.storage.backend.readSync)
		throw new DeviceError(
			`the saved ${key} is on ${value.device}, its parameter on ${p.device}: move it with await t.to('${p.device}') first`,
		);
}

function copyState(
	p: Tensor,
	values: readonly [string, unknown][],
): ParameterState {
	const own: ParameterState = {};
	for (const [key, value] of values) {
		const name = camelCase(key);
		if (!(value instanceof Tensor)) own[name] = value as number | null;
		else if (key === "step")
			own[name] = scope(() => value.dataSync()[0] as number);
		else {
			const copy = p.newEmpty(p.shape);
			overwrite(copy, value);
			own[name] = copy.keep();
		}
	}
	return own;
}
