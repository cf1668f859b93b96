import type { DeviceName } from "../backends/backend.js";
import { isCurrent } from "../backends/devices.js";
import { TorchletError } from "../errors.js";
import { formatModule } from "../format.js";
import { disown, stepAside } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { isTensor } from "../tensor-base.js";
import {
	type BackwardHook,
	callWithHooks,
	type ForwardHook,
	type ForwardPreHook,
	type HookHandle,
	ModuleHooks,
} from "./hooks.js";
import { Parameter } from "./parameter.js";
import {
	type LoadResult,
	type LoadStateOptions,
	loadStateDict,
	type StateDict,
	type StateDictOptions,
	type StateSource,
	stateDict,
	typeName,
} from "./state-dict.js";
import {
	collect,
	memberOf,
	type Named,
	ownParameters,
	ownProperties,
	walk,
} from "./tree.js";

/** What `zeroGrad` takes. */
export interface ZeroGradOptions {
	/** Forget the gradients (the default) instead of filling them with zeros. */
	readonly setToNone?: boolean;
}

interface Buffer {
	tensor: Tensor | null;
	readonly persistent: boolean;
}

/**
 * The base of everything that has parameters. Subclasses assign parameters
 * and submodules as fields and define `forward`; both are found among the own
 * properties, in order. PyTorch: `torch.nn.Module`.
 */
export class Module {
	/** Whether layers behave as in training (dropout, batch statistics). */
	training = true;
	readonly #buffers = new Map<string, Buffer>();
	#hooks: ModuleHooks | null = null;

	/** What the module computes. @throws TorchletError unless a subclass says */
	forward(..._inputs: unknown[]): unknown {
		throw new TorchletError(
			`Module [${this.constructor.name}] is missing the required "forward" function`,
		);
	}

	/** `forward` with the hooks around it. */
	call<M extends Module>(
		this: M,
		...inputs: Parameters<M["forward"]>
	): ReturnType<M["forward"]> {
		const run = (args: unknown[]) => this.forward(...args);
		return (
			this.#hooks ? callWithHooks(this, this.#hooks, inputs, run) : run(inputs)
		) as ReturnType<M["forward"]>;
	}

	// What it consists of

	/** @internal submodules of this module itself, those that appear twice too */
	ownChildren(): Named<Module>[] {
		return ownProperties(this, (v): v is Module => v instanceof Module);
	}

	/** @internal buffers of this module itself */
	ownBuffers(persistentOnly = false): Named<Tensor>[] {
		return ownProperties(this, (v, key): v is Tensor => {
			const buffer = this.#buffers.get(key);
			return !!buffer && v != null && (buffer.persistent || !persistentOnly);
		});
	}

	/** All parameters, each once. */
	parameters(recurse = true): Parameter[] {
		return this.namedParameters("", recurse).map(([, p]) => p);
	}

	/** `[name, parameter]` pairs; a shared parameter has its first name. */
	namedParameters(prefix = "", recurse = true): Named<Parameter>[] {
		return collect(this, ownParameters, prefix, recurse);
	}

	/** Tensors that are part of the state without being trained. */
	buffers(recurse = true): Tensor[] {
		return this.namedBuffers("", recurse).map(([, b]) => b);
	}

	/** `[name, buffer]` pairs; a shared buffer has its first name. */
	namedBuffers(prefix = "", recurse = true): Named<Tensor>[] {
		return collect(this, (m) => m.ownBuffers(), prefix, recurse);
	}

	/** The submodules directly below, each once. */
	children(): Module[] {
		return this.namedChildren().map(([, m]) => m);
	}

	/** `[name, module]` pairs of the submodules directly below, each once. */
	namedChildren(): Named<Module>[] {
		const seen = new Set<Module>();
		return this.ownChildren().filter(
			([, m]) => !seen.has(m) && seen.add(m) !== undefined,
		);
	}

	/** This module and all below it, each once. */
	modules(): Module[] {
		return this.namedModules().map(([, m]) => m);
	}

	/**
	 * `[name, module]` pairs of this module and all below it, each once, or
	 * under each of its names if `removeDuplicate` is false.
	 */
	namedModules(
		prefix = "",
		{ removeDuplicate = true }: { readonly removeDuplicate?: boolean } = {},
	): Named<Module>[] {
		return walk(this, prefix, removeDuplicate ? new Set() : null);
	}

	/**
	 * The module below this one that a path names, as `body.0`; itself for "".
	 * @throws TorchletError if there is none
	 */
	getSubmodule(target: string): Module {
		let found: Module = this;
		for (const name of target === "" ? [] : target.split("."))
			found = memberOf(found, name, "an nn.Module", isModule);
		return found;
	}

	/** The parameter that a path names, as `body.0.weight`. @throws TorchletError */
	getParameter(target: string): Parameter {
		const [module, name] = this.#ownerOf(target);
		return memberOf(module, name, "an nn.Parameter", isParameter);
	}

	/** The buffer that a path names, as `bn.running_mean`. @throws TorchletError */
	getBuffer(target: string): Tensor {
		const [module, name] = this.#ownerOf(target);
		const buffers = new Set<unknown>(module.ownBuffers().map(([, b]) => b));
		return memberOf(module, name, "a buffer", (v): v is Tensor =>
			buffers.has(v),
		);
	}

	#ownerOf(target: string): [Module, string] {
		const dot = target.lastIndexOf(".");
		return [
			this.getSubmodule(target.slice(0, Math.max(dot, 0))),
			target.slice(dot + 1),
		];
	}

	/**
	 * As `this[name] = parameter`.
	 * @throws TorchletError if the name is taken or it is no parameter
	 */
	registerParameter(name: string, parameter: Parameter | null): void {
		this.#assertName("parameter", name, isParameter);
		if (parameter !== null && !isParameter(parameter))
			throw new TorchletError(
				`cannot assign '${typeName(parameter)}' object to parameter '${name}' (torch.nn.Parameter or None required)`,
			);
		Object.assign(this, { [name]: parameter });
	}

	/**
	 * As `this[name] = module`.
	 * @throws TorchletError if the name is taken or it is no module
	 */
	registerModule(name: string, module: Module): void {
		if (!isModule(module))
			throw new TorchletError(`${typeName(module)} is not a Module subclass`);
		this.#assertName("module", name, isModule);
		Object.assign(this, { [name]: module });
	}

	/** PyTorch's older name of `registerModule`. */
	addModule(name: string, module: Module): void {
		this.registerModule(name, module);
	}

	/**
	 * Makes `this[name]` a tensor that belongs to the state (unless not
	 * `persistent`) and moves with the module. What is assigned to it later is
	 * kept from the scope in which it was made.
	 * @throws TorchletError if the name is taken
	 */
	registerBuffer(
		name: string,
		tensor: Tensor | null,
		{ persistent = true }: { readonly persistent?: boolean } = {},
	): void {
		if (!this.#buffers.has(name)) this.#assertName("buffer", name);
		if (tensor !== null && !isTensor(tensor))
			throw new TorchletError(
				`cannot assign '${typeName(tensor)}' object to buffer '${name}' (torch Tensor or None required)`,
			);
		const buffer: Buffer = { tensor: tensor?.keep() ?? null, persistent };
		this.#buffers.set(name, buffer);
		Object.defineProperty(this, name, {
			get: () => buffer.tensor,
			set: (value: Tensor | null) => {
				buffer.tensor = value?.keep() ?? null;
			},
			enumerable: true,
			configurable: true,
		});
	}

	#assertName(
		kind: string,
		name: string,
		replaces: (value: unknown) => boolean = () => false,
	): void {
		if (typeof name !== "string")
			throw new TorchletError(
				`${kind} name should be a string. Got ${typeName(name)}`,
			);
		if (name.includes("."))
			throw new TorchletError(
				`${kind} name can't contain "."${kind === "module" ? `, got: ${name}` : ""}`,
			);
		if (name === "")
			throw new TorchletError(`${kind} name can't be empty string ""`);
		// A field that is declared without a value is there, and undefined.
		const taken = (this as unknown as Record<string, unknown>)[name];
		if (taken !== undefined && taken !== null && !replaces(taken))
			throw new TorchletError(`attribute '${name}' already exists`);
	}

	// Modes

	/** Sets the module, and all below it, to training (or not). */
	train(mode = true): this {
		for (const module of this.modules()) module.training = mode;
		return this;
	}

	/** `train(false)`. */
	eval(): this {
		return this.train(false);
	}

	/** Whether the parameters are trained, from now on. */
	requiresGrad_(value = true): this {
		for (const p of this.parameters()) p.requiresGrad_(value);
		return this;
	}

	/** Forgets the parameters' gradients, or fills them with zeros. */
	zeroGrad(options: boolean | ZeroGradOptions = {}): void {
		for (const p of this.parameters()) clearGrad(p, options);
	}

	/** Calls `fn` with every submodule, and this module last. */
	apply(fn: (module: Module) => void): this {
		for (const child of this.children()) child.apply(fn);
		fn(this);
		return this;
	}

	/**
	 * Moves parameters, their gradients and buffers. They stay the same
	 * objects, so optimizers go on with them. If it fails, nothing was moved.
	 * @throws DeviceError
	 */
	to(device: DeviceName): Promise<this> {
		return stepAside(this.#moveTo(device));
	}

	async #moveTo(device: DeviceName): Promise<this> {
		const tensors = [...this.parameters(), ...this.buffers()].filter(
			(t) => !isCurrent(t.storage.backend, device),
		);
		const moved: [Tensor, Tensor, Tensor | null][] = [];
		for (const t of tensors) {
			const there = await t.to(device);
			// looked at only now: another task may have had it freed meanwhile
			const grad = t.peekGrad();
			moved.push([t, there, grad ? await grad.to(device) : null]);
		}
		for (const [t, there, grad] of moved) {
			t.setData(there);
			there.dispose();
			if (!grad) continue;
			disown(grad);
			t.setGrad(grad);
		}
		return this;
	}

	// State

	/**
	 * Parameters and buffers by name, detached, over the same memory.
	 * @returns an object whose keys are PyTorch's: `fc1.weight`, `bn.running_mean`
	 */
	stateDict(options?: StateDictOptions): StateDict {
		return stateDict(this, options);
	}

	/**
	 * Overwrites parameters and buffers with those of a state dict.
	 * @throws ShapeError if sizes differ, FormatError if keys are missing or
	 * unexpected (unless `strict` is false): then nothing was changed
	 */
	loadStateDict(state: StateSource, options?: LoadStateOptions): LoadResult {
		return loadStateDict(this, state, options);
	}

	/** @internal whether a state dict may lack this tensor of the module itself */
	mayLack(_name: string): boolean {
		return false;
	}

	// Hooks

	get #hookLists(): ModuleHooks {
		this.#hooks ??= new ModuleHooks();
		return this.#hooks;
	}

	/** Before `call`'s forward; what it returns takes the inputs' place. */
	registerForwardPreHook(hook: ForwardPreHook): HookHandle {
		return this.#hookLists.add("before", hook);
	}

	/** After `call`'s forward; what it returns takes the output's place. */
	registerForwardHook(hook: ForwardHook): HookHandle {
		return this.#hookLists.add("after", hook);
	}

	/**
	 * When the gradients with respect to the inputs are known; what it returns
	 * takes their place.
	 */
	registerFullBackwardHook(hook: BackwardHook): HookHandle {
		return this.#hookLists.add("backward", hook);
	}

	// Printing

	/** What the module says of itself between the brackets. */
	extraRepr(): string {
		return "";
	}

	/** As PyTorch prints it. */
	toString(): string {
		return formatModule(
			this.constructor.name,
			this.extraRepr(),
			this.ownChildren().map(([name, m]) => [name, m.toString()] as const),
		);
	}

	[Symbol.for("nodejs.util.inspect.custom")](): string {
		return this.toString();
	}

	[Symbol.for("Deno.customInspect")](): string {
		return this.toString();
	}
}

function isModule(value: unknown): value is Module {
	return value instanceof Module;
}

function isParameter(value: unknown): value is Parameter {
	return value instanceof Parameter;
}

/** @internal */
export function clearGrad(t: Tensor, options: boolean | ZeroGradOptions): void {
	if (typeof options === "object" ? (options.setToNone ?? true) : options) {
		t.dropGrad();
		return;
	}
	const grad = t.peekGrad();
	if (grad === null) return;
	grad.storage.backend.fill(grad, 0);
	grad.storage.version++;
}
