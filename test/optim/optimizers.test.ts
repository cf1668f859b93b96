import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { expectClose, fixture, type Packed, unpack } from "../nn/support.js";

const { nn, optim } = torch;

interface Row {
	readonly name: "SGD" | "Adam" | "AdamW" | "RMSprop" | "Adagrad";
	readonly options: Record<string, unknown>;
	readonly after: Packed[][];
	readonly state: Record<string, Record<string, Packed | number>>;
	readonly groups: Record<string, unknown>[];
}
const { initial, grads, optimizers, groups } = fixture<{
	initial: Packed[];
	grads: (Packed | null)[][];
	optimizers: Row[];
	groups: Packed[][];
}>("optim.json");

const camel = (o: Record<string, unknown>) =>
	Object.fromEntries(
		Object.entries(o).map(([k, v]) => [
			k.replace(/_(.)/g, (_, c: string) => c.toUpperCase()),
			v,
		]),
	);

const parameters = () => initial.map((p) => new nn.Parameter(unpack(p)));

function setGrads(params: torch.nn.Parameter[], step: number): void {
	params.forEach((p, i) => {
		const grad = grads[step]?.[i];
		p.grad = grad ? unpack(grad) : null;
	});
}

function expectParameters(
	params: torch.nn.Parameter[],
	want: Packed[],
	step: number,
) {
	params.forEach((p, i) => {
		expectClose(
			p,
			want[i] as Packed,
			3e-6,
			`parameter ${i} after step ${step}`,
		);
	});
}

const title = ({ name, options }: Row) => `${name} ${JSON.stringify(options)}`;

describe.each(optimizers.map((row) => [title(row), row] as const))(
	"%s",
	(_, row) => {
		const make = (params: torch.nn.Parameter[]) =>
			new optim[row.name](params, camel(row.options) as { lr: number });

		test("six steps, state and options as PyTorch's", () => {
			const params = parameters();
			const optimizer = make(params);
			for (let step = 0; step < grads.length; step++) {
				setGrads(params, step);
				torch.scope(() => optimizer.step());
				expectParameters(params, row.after[step] as Packed[], step);
			}
			const { state, param_groups } = optimizer.stateDict();
			expect(param_groups).toEqual(row.groups);
			for (const [number, want] of Object.entries(row.state)) {
				const have = state.get(Number(number)) as Record<string, torch.Tensor>;
				// keys in PyTorch's order too
				expect(Object.keys(have)).toEqual(Object.keys(want));
				for (const [key, value] of Object.entries(want))
					if (typeof value === "number") expect(have[key]).toBe(value);
					else expectClose(have[key], value, 3e-6, `${number}.${key}`);
			}
		});

		test("goes on from a saved state as if it had not stopped", () => {
			const params = parameters();
			let optimizer = make(params);
			for (let step = 0; step < grads.length; step++) {
				if (step === 3) {
					const bytes = torch.encode(optimizer.stateDict());
					optimizer = new optim[row.name](params, { lr: 9 });
					optimizer.loadStateDict(torch.decode(bytes));
				}
				setGrads(params, step);
				optimizer.step();
				expectParameters(params, row.after[step] as Packed[], step);
			}
		});

		test("parameters and gradients that are not contiguous", () => {
			// vectors as the first of two columns, the matrix transposed
			const columns = new Map<torch.Tensor, torch.Tensor>();
			const params = initial.map((packed) => {
				const t = unpack(packed);
				if (t.dim() === 2) return new nn.Parameter(t.t().contiguous().t());
				const both = torch.stack([t, t], 1);
				const p = new nn.Parameter(both.select(1, 0));
				columns.set(p, both);
				return p;
			});
			expect(params.some((p) => p.isContiguous())).toBe(false);
			const optimizer = make(params);
			for (let step = 0; step < grads.length; step++) {
				params.forEach((p, i) => {
					const packed = grads[step]?.[i];
					const grad = packed ? unpack(packed) : null;
					p.grad = grad?.dim() === 2 ? grad.t().contiguous().t() : grad;
				});
				optimizer.step();
				expectParameters(params, row.after[step] as Packed[], step);
			}
			for (const [p, both] of columns)
				expectClose(
					both.select(1, 1).contiguous(),
					initial[params.indexOf(p as torch.nn.Parameter)] as Packed,
					0,
				);
		});
	},
);

test("groups with their own options, changed on the way", () => {
	const params = parameters();
	const [a, b, c] = params as [
		torch.nn.Parameter,
		torch.nn.Parameter,
		torch.nn.Parameter,
	];
	const optimizer = new optim.SGD(
		[{ params: [a, b] }, { params: c, lr: 0.5, momentum: 0 }],
		{ lr: 0.1, momentum: 0.9 },
	);
	for (let step = 0; step < groups.length; step++) {
		if (step === 4) {
			(optimizer.paramGroups[0] as { lr: number }).lr = 0.02;
			(optimizer.paramGroups[1] as { momentum: number }).momentum = 0.7;
		}
		setGrads(params, step);
		optimizer.step();
		expectParameters(params, groups[step] as Packed[], step);
	}
});

test("addParamGroup", () => {
	const [a, b] = parameters() as [torch.nn.Parameter, torch.nn.Parameter];
	const optimizer = new optim.Adam([a]);
	optimizer.addParamGroup({ params: b, lr: 0.5 });
	expect(optimizer.paramGroups.map((g) => g.lr)).toEqual([1e-3, 0.5]);
	expect(() => optimizer.addParamGroup({ params: [a] })).toThrow(
		"some parameters appear in more than one parameter group",
	);
});

test("a step raises versions, so that an older graph says so", () => {
	const w = new nn.Parameter(torch.ones(2));
	const optimizer = new optim.SGD([w], { lr: 1 });
	const loss = w.mul(w).sum();
	loss.backward(null, { retainGraph: true });
	optimizer.step();
	expect(w.tolistSync()).toEqual([-1, -1]);
	expect(() => loss.backward()).toThrow(/modified by an inplace operation/);
});

test("a closure runs with gradients, and its loss is returned", () => {
	const w = new nn.Parameter(torch.full([1], 3));
	const optimizer = new optim.SGD([w], { lr: 0.5 });
	const loss = torch.noGrad(() =>
		optimizer.step(() => {
			optimizer.zeroGrad();
			const value = w.mul(w).sum();
			value.backward();
			return value.itemSync();
		}),
	);
	expect(loss).toBe(9);
	expect(w.itemSync()).toBe(0);
});

test("zeroGrad frees gradients that nobody has seen, and keeps others", () => {
	const w = new nn.Parameter(torch.ones(1000));
	const optimizer = new optim.SGD([w], { lr: 0.1 });
	w.sum().backward();
	const before = torch.memory().bytes;
	optimizer.zeroGrad();
	expect(torch.memory().bytes).toBeLessThan(before);
	w.sum().backward();
	const seen = w.grad as torch.Tensor;
	optimizer.zeroGrad();
	expect(w.grad).toBeNull();
	expect(seen.sum().itemSync()).toBe(1000);
	w.sum().backward();
	optimizer.zeroGrad({ setToNone: false });
	expect(w.grad?.sum().itemSync()).toBe(0);
});

test("a thousand steps cost no memory", () => {
	const w = new nn.Parameter(torch.ones(50));
	const optimizer = new optim.Adam([w], { amsgrad: true });
	const turn = () =>
		torch.scope(() => {
			optimizer.zeroGrad();
			w.mul(w).sum().backward();
			optimizer.step();
		});
	for (let i = 0; i < 3; i++) turn();
	const { bytes, tensors } = torch.memory();
	for (let i = 0; i < 1000; i++) turn();
	expect(torch.memory()).toMatchObject({ bytes, tensors });
});

describe("refused, in PyTorch's words", () => {
	const w = () => [new nn.Parameter(torch.ones(2))];
	test.each<[string, () => unknown]>([
		["Invalid learning rate: -1", () => new optim.SGD(w(), { lr: -1 })],
		[
			"Invalid momentum value: -0.5",
			() => new optim.SGD(w(), { lr: 1, momentum: -0.5 }),
		],
		[
			"Invalid weight_decay value: -1",
			() => new optim.SGD(w(), { lr: 1, weightDecay: -1 }),
		],
		[
			"Nesterov momentum requires a momentum and zero dampening",
			() => new optim.SGD(w(), { lr: 1, nesterov: true }),
		],
		[
			"parameter group didn't specify a value of required optimization parameter lr",
			() => new optim.SGD(w()),
		],
		[
			"optimizer got an empty parameter list",
			() => new optim.SGD([], { lr: 1 }),
		],
		[
			"params argument given to the optimizer should be an iterable of Tensors or dicts",
			() => new optim.SGD(torch.ones(2), { lr: 1 }),
		],
		[
			"optimizer can only optimize Tensors, but one of the params is number",
			() => new optim.SGD([3] as unknown as torch.Tensor[], { lr: 1 }),
		],
		[
			"can't optimize a non-leaf Tensor",
			() => new optim.SGD([(w()[0] as torch.Tensor).mul(2)], { lr: 1 }),
		],
		[
			"Invalid beta parameter at index 0: 1",
			() => new optim.Adam(w(), { betas: [1, 0.9] }),
		],
		["Invalid epsilon value: -1", () => new optim.AdamW(w(), { eps: -1 })],
		["Invalid alpha value: -1", () => new optim.RMSprop(w(), { alpha: -1 })],
		[
			"Invalid lr_decay value: -1",
			() => new optim.Adagrad(w(), { lrDecay: -1 }),
		],
	])("%s", (message, make) => {
		expect(make).toThrow(message);
		expect(make).toThrow(torch.TorchletError);
	});

	test("a freed parameter, before anything is written", () => {
		const [a, b] = parameters() as [torch.nn.Parameter, torch.nn.Parameter];
		const optimizer = new optim.SGD([a, b], { lr: 1, momentum: 0.9 });
		a.grad = torch.ones(3);
		b.grad = torch.ones(2, 4);
		optimizer.step();
		const before = a.dataSync();
		b.grad.dispose();
		expect(() => optimizer.step()).toThrow(torch.TensorDisposedError);
		expect(a.dataSync()).toEqual(before);
	});
});

test("the learning rate may come by position", () => {
	for (const name of ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"] as const) {
		const p = new nn.Parameter(torch.ones(2));
		expect(new optim[name]([p], 0.25).paramGroups[0]?.lr).toBe(0.25);
	}
});

test("zeroGrad(false) fills with zeros", () => {
	const p = new nn.Parameter(torch.ones(2));
	const optimizer = new optim.SGD([p], { lr: 1 });
	p.sum().backward();
	optimizer.zeroGrad(false);
	expect(p.grad?.tolistSync()).toEqual([0, 0]);
	optimizer.zeroGrad(true);
	expect(p.grad).toBeNull();
});
