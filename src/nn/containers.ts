import { ShapeError, TorchletError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";

/** A module from a tensor to a tensor, which is what `Sequential` takes. */
interface Layer extends Module {
	forward(x: Tensor): Tensor;
}

/** Place `index` of `length`, counted from the back if negative. @throws ShapeError */
function place(index: number, length: number): number {
	const at = index < 0 ? index + length : index;
	if (!Number.isInteger(at) || at < 0 || at >= length)
		throw new ShapeError(`index ${index} is out of range`);
	return at;
}

/** Submodules with an order: their names are `"0"`, `"1"`, … or given ones. */
abstract class ModuleSequence<M extends Module> extends Module {
	/** How many modules there are. */
	get length(): number {
		return this.ownChildren().length;
	}

	/** The module at a place; counted from the back if negative. @throws ShapeError */
	at(index: number): M {
		const all = this.ownChildren();
		return (all[place(index, all.length)] as [string, Module])[1] as M;
	}

	/** Adds a module at the end. */
	append(module: M): this {
		this.registerModule(String(this.length), module);
		return this;
	}

	/** Adds modules at the end. */
	extend(modules: Iterable<M>): this {
		for (const module of modules) this.append(module);
		return this;
	}

	/** @throws ShapeError */
	insert(index: number, module: M): this {
		const all = [...this];
		const at = index < 0 ? Math.max(index + all.length, 0) : index;
		if (at > all.length) throw new ShapeError(`index ${index} is out of range`);
		all.splice(at, 0, module);
		all.forEach((m, i) => {
			Object.assign(this, { [i]: m });
		});
		return this;
	}

	/** Puts another module in a place. @throws ShapeError if there is no such place */
	set(index: number, module: M): this {
		const names = this.ownChildren().map(([name]) => name);
		const name = names[place(index, names.length)] as string;
		return Object.assign(this, { [name]: module });
	}

	/** Takes a module out, by default the last; those behind it move up. @throws ShapeError */
	pop(index = -1): M {
		const all = this.ownChildren();
		const at = place(index, all.length);
		for (const [name] of all)
			delete (this as unknown as Record<string, unknown>)[name];
		const [taken] = all.splice(at, 1) as [[string, Module]];
		this.extend(all.map(([, module]) => module as M));
		return taken[1] as M;
	}

	/** As `pop(index)`, which gives back the module. @throws ShapeError */
	delete(index: number): void {
		this.pop(index);
	}

	/** The modules from `start` to before `end`, as an array's `slice`, under their names. */
	slice(start?: number, end?: number): this {
		const some = new (this.constructor as new () => this)();
		for (const [name, module] of this.ownChildren().slice(start, end))
			some.registerModule(
				this.isNamed ? name : String(some.length),
				module as M,
			);
		return some;
	}

	/** @internal whether a part keeps its modules' names */
	protected get isNamed(): boolean {
		return false;
	}

	*[Symbol.iterator](): IterableIterator<M> {
		for (const [, module] of this.ownChildren()) yield module as M;
	}
}

/**
 * Modules one after another: each gets what the one before gives.
 * PyTorch: `torch.nn.Sequential`.
 */
export class Sequential extends ModuleSequence<Module> {
	/** Modules, or one object or Map whose keys name them. */
	constructor(
		...modules:
			| readonly Module[]
			| readonly [Readonly<Record<string, Module>>]
			| readonly [ReadonlyMap<string, Module>]
	) {
		super();
		const [first] = modules;
		if (first !== undefined && !(first instanceof Module))
			for (const [name, module] of first instanceof Map
				? first
				: Object.entries(first))
				this.registerModule(name, module);
		else this.extend(modules as readonly Module[]);
	}

	protected override get isNamed(): boolean {
		return true;
	}

	override forward(x: Tensor): Tensor {
		let y = x;
		for (const [, module] of this.ownChildren()) y = (module as Layer).call(y);
		return y;
	}
}

/** An array of modules that registers them. PyTorch: `torch.nn.ModuleList`. */
export class ModuleList<M extends Module = Module> extends ModuleSequence<M> {
	constructor(modules: Iterable<M> = []) {
		super();
		this.extend(modules);
	}
}

/**
 * Modules by name, registered. PyTorch: `torch.nn.ModuleDict`. Names that are
 * whole numbers come first, in JavaScript's order of properties.
 */
export class ModuleDict<M extends Module = Module> extends Module {
	constructor(
		modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]> = {},
	) {
		super();
		this.update(modules);
	}

	/** Adds modules, or replaces those of the same names. */
	update(
		modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]>,
	): void {
		const entries =
			Symbol.iterator in modules
				? (modules as Iterable<readonly [string, M]>)
				: Object.entries(modules as Readonly<Record<string, M>>);
		for (const [name, module] of entries) this.set(name, module);
	}

	/** @throws TorchletError if the name is that of something else */
	set(name: string, module: M): this {
		if (this.has(name)) Object.assign(this, { [name]: module });
		else this.registerModule(name, module);
		return this;
	}

	/** The module of a name, or undefined. */
	get(name: string): M | undefined {
		return this.ownChildren().find(([key]) => key === name)?.[1] as
			| M
			| undefined;
	}

	/** Whether a name has a module. */
	has(name: string): boolean {
		return this.get(name) !== undefined;
	}

	/** Takes the module of a name away; whether there was one. */
	delete(name: string): boolean {
		return (
			this.has(name) &&
			delete (this as unknown as Record<string, unknown>)[name]
		);
	}

	/** Takes the module of a name away and gives it. @throws TorchletError if there is none */
	pop(name: string): M {
		const module = this.get(name);
		if (!module) throw new TorchletError(`'${name}'`);
		this.delete(name);
		return module;
	}

	/** Takes all modules away. */
	clear(): void {
		for (const name of this.keys()) this.delete(name);
	}

	/** How many modules there are. */
	get size(): number {
		return this.ownChildren().length;
	}

	/** The names, in order. */
	keys(): string[] {
		return this.ownChildren().map(([name]) => name);
	}

	/** The modules, in order. */
	values(): M[] {
		return this.ownChildren().map(([, module]) => module as M);
	}

	/** `[name, module]` pairs, in order. */
	entries(): [string, M][] {
		return this.ownChildren() as [string, M][];
	}

	[Symbol.iterator](): IterableIterator<[string, M]> {
		return this.entries()[Symbol.iterator]();
	}
}

/**
 * An array of parameters that registers them; tensors become parameters.
 * PyTorch: `torch.nn.ParameterList`.
 */
export class ParameterList extends Module {
	constructor(parameters: Iterable<Tensor> = []) {
		super();
		this.extend(parameters);
	}

	/** How many parameters there are. */
	get length(): number {
		return [...this].length;
	}

	/** The parameter at a place; counted from the back if negative. @throws ShapeError */
	at(index: number): Parameter {
		const all = [...this];
		return all[place(index, all.length)] as Parameter;
	}

	/** Adds a parameter at the end. */
	append(value: Tensor): this {
		const parameter = value instanceof Parameter ? value : new Parameter(value);
		this.registerParameter(String(this.length), parameter);
		return this;
	}

	/** Adds parameters at the end. */
	extend(values: Iterable<Tensor>): this {
		for (const value of values) this.append(value);
		return this;
	}

	*[Symbol.iterator](): IterableIterator<Parameter> {
		for (const key of Object.keys(this)) {
			const value = (this as unknown as Record<string, unknown>)[key];
			if (value instanceof Parameter) yield value;
		}
	}

	override toString(): string {
		const lines = [...this].map(
			(p, i) =>
				`    (${i}): Parameter containing: [torch.${p.dtype} of size ${p.shape.join("x")}]\n`,
		);
		return `ParameterList(${lines.length > 0 ? "\n" : ""}${lines.join("")})`;
	}
}
