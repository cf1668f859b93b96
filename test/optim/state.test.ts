import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { temporaryFolder } from "../helpers/folder.js";
import { python } from "../helpers/python.js";

const { nn, optim } = torch;

const MAKE = {
	SGD: (p: torch.Tensor[]) =>
		new optim.SGD(p, { lr: 0.1, momentum: 0.9, weightDecay: 0.01 }),
	Adam: (p: torch.Tensor[]) => new optim.Adam(p, { lr: 0.1, amsgrad: true }),
	AdamW: (p: torch.Tensor[]) => new optim.AdamW(p, { lr: 0.1 }),
	RMSprop: (p: torch.Tensor[]) =>
		new optim.RMSprop(p, { lr: 0.1, momentum: 0.5, centered: true }),
	Adagrad: (p: torch.Tensor[]) =>
		new optim.Adagrad(p, { lr: 0.1, lrDecay: 0.1 }),
};
type Name = keyof typeof MAKE;
const names = Object.keys(MAKE) as Name[];

const loss = (w: torch.Tensor) =>
	w
		.mul(w)
		.mul(torch.tensor([1, 2, 3]))
		.sum();

function run(w: torch.Tensor, optimizer: torch.optim.Optimizer, steps: number) {
	for (let i = 0; i < steps; i++) {
		optimizer.zeroGrad();
		loss(w).backward();
		optimizer.step();
	}
}

const start = () => new nn.Parameter(torch.tensor([1, -2, 0.5]));
const folder = temporaryFolder();

const PYTHON = `
import sys, json, torch
out = {}
for name in ${JSON.stringify(names)}:
    def run(w, o, n):
        for _ in range(n):
            o.zero_grad(); (w * w * torch.tensor([1., 2., 3.])).sum().backward(); o.step()
    # ours, gone on with
    saved = torch.load(sys.argv[1] + '/' + name + '.pth')
    w = torch.nn.Parameter(saved['w'].detach().clone())
    o = getattr(torch.optim, name)([w], lr=9)
    o.load_state_dict(saved['o'])
    run(w, o, 3)
    ours = w.tolist()
    # theirs, for us
    w = torch.nn.Parameter(torch.tensor([1., -2., 0.5]))
    options = {'SGD': dict(momentum=0.9, weight_decay=0.01), 'Adam': dict(amsgrad=True), 'AdamW': {},
               'RMSprop': dict(momentum=0.5, centered=True), 'Adagrad': dict(lr_decay=0.1)}[name]
    o = getattr(torch.optim, name)([w], lr=0.1, **options)
    run(w, o, 2)
    keys = list(o.state_dict()['param_groups'][0])
    torch.save({'w': w.detach(), 'o': o.state_dict()}, sys.argv[1] + '/theirs-' + name + '.pth')
    run(w, o, 3)
    out[name] = [ours, w.tolist(), keys]
print(json.dumps(out))
`;

test("PyTorch's optimizers go on from our state, and ours from PyTorch's", async () => {
	for (const name of names) {
		const w = start();
		const optimizer = MAKE[name]([w]);
		run(w, optimizer, 2);
		writeFileSync(
			join(folder, `${name}.pth`),
			torch.encode({ w: w.detach(), o: optimizer.stateDict() }),
		);
	}
	const answers = JSON.parse(python(PYTHON, [folder])) as Record<
		Name,
		[number[], number[], string[]]
	>;
	for (const name of names) {
		const [ours, theirs, keys] = answers[name];
		const saved = (await torch.load(join(folder, `theirs-${name}.pth`))) as {
			w: torch.Tensor;
			o: unknown;
		};
		const w = new nn.Parameter(saved.w);
		const optimizer = new optim[name]([w], { lr: 9 });
		optimizer.loadStateDict(saved.o);
		run(w, optimizer, 3);
		const [group] = MAKE[name]([start()]).stateDict().param_groups;
		expect(Object.keys(group ?? {}), name).toEqual(keys);
		const values = [...w.dataSync()];
		expect(ours.length).toBe(3);
		values.forEach((v, i) => {
			expect(v, name).toBeCloseTo(theirs[i] as number, 5);
			expect(v, name).toBeCloseTo(ours[i] as number, 5);
		});
	}
});

test("a state that does not fit is refused, and nothing is changed", () => {
	const w = start();
	const optimizer = MAKE.Adam([w]);
	run(w, optimizer, 1);
	const before = w.dataSync();
	const good = optimizer.stateDict();
	const bad: [unknown, string][] = [
		[
			{ ...good, param_groups: [] },
			"loaded state dict has a different number of parameter groups",
		],
		[
			{ ...good, param_groups: [{ ...good.param_groups[0], params: [0, 1] }] },
			"loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
		],
		[
			{ ...good, param_groups: [{ ...good.param_groups[0], lr: "fast" }] },
			"the saved option lr is fast",
		],
		[
			{ ...good, state: new Map([[0, { step: 1, exp_avg: torch.ones(2) }]]) },
			"the saved exp_avg has shape [2], but its parameter has shape [3]",
		],
		[{ ...good, state: { 0: { exp_avg: "x" } } }, "exp_avg is string"],
		[{ state: good.state }, "param_groups"],
		[7, "an optimizer's state dict should be a dict, but is number"],
	];
	for (const [state, message] of bad)
		expect(() => optimizer.loadStateDict(state)).toThrow(message);
	expect(w.dataSync()).toEqual(before);
	// the state is still good: a twin that never saw the bad ones goes the same way
	const other = start();
	const twin = MAKE.Adam([other]);
	run(other, twin, 2);
	run(w, optimizer, 1);
	expect(w.dataSync()).toEqual(other.dataSync());
	expect(optimizer.state.get(w)?.step).toBe(2);
	expect(optimizer.paramGroups[0]?.lr).toBe(0.1);
});

test("a loaded state is a copy", () => {
	const w = start();
	const a = MAKE.SGD([w]);
	run(w, a, 1);
	const b = MAKE.SGD([w]);
	b.loadStateDict(a.stateDict());
	const buffer = b.state.get(w)?.momentumBuffer as torch.Tensor;
	const before = buffer.dataSync();
	run(w, a, 1);
	expect(buffer.dataSync()).toEqual(before);
});

test("state made within a scope outlives it", () => {
	const w = start();
	const optimizer = torch.scope(() => {
		const o = MAKE.RMSprop([w]);
		run(w, o, 1);
		return o;
	});
	torch.scope(() => optimizer.loadStateDict(optimizer.stateDict()));
	run(w, optimizer, 1);
	expect(optimizer.state.get(w)?.step).toBe(2);
});
