/**
 * The arrays that an optimizer's kernel gets, made once and used in every
 * step for as long as the same parameters have gradients.
 */
import type { Backend } from "../backends/backend.js";
import { twoDevices } from "../backends/two-devices.js";
import { ShapeError } from "../errors.js";
import { sameShape, showShape } from "../layout.js";
import { Tensor } from "../tensor.js";
import type { ParameterState } from "./optimizer.js";

/** Parameters of one device that have made the same number of steps. */
export class Run {
	readonly params: Tensor[] = [];
	readonly grads: Tensor[] = [];
	/** State tensors of every parameter, a list for each name. */
	readonly columns: Tensor[][];
	readonly states: ParameterState[] = [];

	constructor(
		readonly backend: Backend,
		/** How many steps these parameters have made. */
		public step: number,
		/** Whether the state tensors were made for this step. */
		readonly fresh: boolean,
		columns: number,
	) {
		this.columns = Array.from({ length: columns }, () => []);
	}
}

export class StepPlan {
	readonly runs: Run[] = [];
	private size = 0;
	/** What holds for one step only: copies of what is not contiguous. */
	private readonly copies: { readonly to: Tensor; readonly from: Tensor }[] =
		[];
	private readonly temporary: Tensor[] = [];
	private once = false;

	/**
	 * @param columns names of the state tensors, in the kernel's order
	 * @param counts whether the state has a count of steps
	 * @param state gets what is missing; tensors are filled with `initial`
	 * @throws TensorDisposedError, DeviceError, ShapeError, OutOfMemoryError:
	 * then nothing was changed
	 */
	constructor(
		params: readonly Tensor[],
		private readonly flags: number,
		private readonly columns: readonly string[],
		private readonly counts: boolean,
		private readonly state: Map<Tensor, ParameterState>,
		initial: number,
	) {
		const wanted = params.filter((p) => p.peekGrad() !== null);
		for (const p of wanted) {
			assertUsable(p, p.peekGrad() as Tensor);
			for (const name of columns) assertFits(p, name, state.get(p)?.[name]);
		}
		const made: [ParameterState, string][] = [];
		try {
			for (const p of wanted) this.add(p, initial, made);
		} catch (error) {
			for (const [state, name] of made) {
				(state[name] as Tensor).dispose();
				delete state[name];
			}
			for (const copy of this.temporary) copy.dispose();
			throw error;
		}
	}

	private add(
		p: Tensor,
		initial: number,
		made: [ParameterState, string][],
	): void {
		const state = this.state.get(p) ?? {};
		this.state.set(p, state);
		const before = made.length;
		for (const name of this.columns) {
			if (state[name] != null) continue;
			state[name] = p.newFull(p.shape, initial).keep();
			made.push([state, name]);
		}
		const fresh = made.length > before;
		if (this.counts) state.step ??= 0;
		const run = this.runFor(p, Number(state.step ?? 0), fresh);
		run.params.push(this.dense(p, true));
		run.grads.push(this.dense(p.peekGrad() as Tensor, false));
		run.states.push(state);
		this.columns.forEach((name, i) => {
			(run.columns[i] as Tensor[]).push(
				this.dense(state[name] as Tensor, true),
			);
		});
		this.size++;
		// State that is new now is like any other in the next step.
		if (fresh) this.once = true;
	}

	private runFor(p: Tensor, step: number, fresh: boolean): Run {
		const { backend } = p.storage;
		let run = this.runs.find(
			(r) => r.backend === backend && r.step === step && r.fresh === fresh,
		);
		if (!run) {
			run = new Run(backend, step, fresh, this.columns.length);
			this.runs.push(run);
		}
		return run;
	}

	/** Kernels take contiguous memory: others work on a copy, which goes back. */
	private dense(t: Tensor, writeBack: boolean): Tensor {
		if (t.layout.isContiguous) return t;
		const copy = t.newEmpty(t.shape);
		t.storage.backend.copy(t, copy);
		this.temporary.push(copy);
		if (writeBack) this.copies.push({ to: t, from: copy });
		this.once = true;
		return copy;
	}

	/** Whether the arrays still hold; puts the present gradients into them. */
	fits(params: readonly Tensor[], flags: number): boolean {
		if (this.once || flags !== this.flags) return false;
		let size = 0;
		for (let i = 0; i < params.length; i++)
			if ((params[i] as Tensor).peekGrad() !== null) size++;
		if (size !== this.size) return false;
		for (const run of this.runs)
			for (let i = 0; i < run.params.length; i++) {
				const p = run.params[i] as Tensor;
				const grad = p.peekGrad();
				if (
					grad === null ||
					!grad.layout.isContiguous ||
					p.storage.backend !== run.backend
				)
					return false;
				assertUsable(p, grad);
				run.grads[i] = grad;
			}
		return true;
	}

	/** After the kernels: counts the step and raises the versions. */
	finish(): void {
		for (const { to, from } of this.copies) to.storage.backend.copy(from, to);
		for (const copy of this.temporary) copy.dispose();
		for (const run of this.runs)
			for (let i = 0; i < run.params.length; i++) {
				(run.params[i] as Tensor).storage.version++;
				const state = run.states[i] as ParameterState;
				if (this.counts) state.step = run.step;
			}
		for (const { to } of this.copies) to.storage.version++;
	}
}

/** @throws TensorDisposedError, DeviceError */
function assertUsable(p: Tensor, grad: Tensor): void {
	p.assertAlive();
	grad.assertAlive();
	if (p.storage.backend !== grad.storage.backend)
		throw twoDevices(p.device, grad.device);
}

/** @throws ShapeError, DeviceError on state that is not this parameter's */
function assertFits(p: Tensor, name: string, value: unknown): void {
	if (!(value instanceof Tensor)) return;
	value.assertAlive();
	if (!sameShape(value.shape, p.shape) || value.dtype !== p.dtype)
		throw new ShapeError(
			`the optimizer's state ${name} has shape ${showShape(value.shape)} (${value.dtype}), but its parameter has shape ${showShape(p.shape)} (${p.dtype})`,
		);
	if (value.storage.backend !== p.storage.backend)
		throw twoDevices(
			p.device,
			value.device,
			` Move the model before its optimizer's first step`,
		);
}
