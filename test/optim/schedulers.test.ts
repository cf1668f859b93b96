import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { evaluate, fixture } from "../nn/support.js";

const { nn, optim } = torch;
const S = optim.lrScheduler;
const { SWALR } = optim.swaUtils;

type Trace = [lr: number, momentum: number][][];
interface Row {
	readonly js: string;
	readonly trace: { readonly SGD: Trace; readonly Adam: Trace };
}
const { schedulers, plateaus, metrics } = fixture<{
	schedulers: Row[];
	plateaus: Row[];
	metrics: number[];
}>("optim.json");

type Kind = "SGD" | "Adam";
const kinds: Kind[] = ["SGD", "Adam"];

function makeOptimizer(kind: Kind) {
	const groups = [
		{ params: [new nn.Parameter(torch.ones(1))], lr: 0.4 },
		{ params: [new nn.Parameter(torch.ones(1))], lr: 0.04 },
	];
	return kind === "SGD"
		? new optim.SGD(groups, { momentum: 0.9 })
		: new optim.Adam(groups);
}

const now = (o: { paramGroups: readonly object[] }) =>
	(o.paramGroups as { lr: number; momentum?: number; betas?: number[] }[]).map(
		({ lr, momentum, betas }): [number, number] => [
			lr,
			momentum ?? (betas?.[0] as number),
		],
	);

function expectTrace(have: Trace, want: Trace): void {
	expect(have.length).toBe(want.length);
	want.forEach((groups, step) => {
		groups.forEach(([lr, momentum], i) => {
			const [a, b] = (have[step] as Trace[number])[i] as [number, number];
			expect(Math.abs(a - lr), `lr ${i} of step ${step}`).toBeLessThan(1e-12);
			expect(Math.abs(b - momentum), `momentum ${i}`).toBeLessThan(1e-12);
		});
	});
}

describe.each(kinds)("over %s, as in PyTorch", (kind) => {
	test.each(schedulers)("$js", ({ js, trace }) => {
		const o = makeOptimizer(kind);
		let s = evaluate(js, {
			S,
			SWALR,
			o,
		}) as torch.optim.lrScheduler.LRScheduler;
		const have = [now(o)];
		for (let i = 1; i < trace[kind].length; i++) {
			o.step();
			// half-way, a new scheduler goes on from the saved state
			if (i === 4) {
				const state = s.stateDict();
				const lrs = now(o);
				s = evaluate(js, { S, SWALR, o }) as typeof s;
				s.loadStateDict(torch.decode(torch.encode(state)));
				o.paramGroups.forEach((g, j) => {
					g.lr = (lrs[j] as [number, number])[0];
				});
			}
			s.step();
			have.push(now(o));
			expect(s.getLastLr()).toEqual(o.paramGroups.map((g) => g.lr));
		}
		expectTrace(have, trace[kind]);
	});

	test.each(plateaus)("$js", ({ js, trace }) => {
		const o = makeOptimizer(kind);
		let s = evaluate(js, { S, o }) as torch.optim.lrScheduler.ReduceLROnPlateau;
		const have = [now(o)];
		metrics.forEach((metric, i) => {
			if (i === 7) {
				const state = s.stateDict();
				s = evaluate(js, { S, o }) as typeof s;
				s.loadStateDict(torch.decode(torch.encode(state)));
			}
			s.step(metric);
			have.push(now(o));
		});
		expectTrace(have, trace[kind]);
	});
});

test("refused, in PyTorch's words", () => {
	const o = makeOptimizer("SGD");
	expect(() => new S.LinearLR(o, { startFactor: 2 })).toThrow(
		"Starting multiplicative factor expected to be between 0 and 1.",
	);
	expect(() => new S.LambdaLR(o, [(e) => e])).toThrow(
		"Expected 2 lr_lambdas, but got 1",
	);
	expect(() => new S.ReduceLROnPlateau(o, { factor: 1 })).toThrow(
		"Factor should be < 1.0.",
	);
	expect(() => new S.OneCycleLR(o, 1)).toThrow(
		"You must define either total_steps OR (epochs AND steps_per_epoch)",
	);
	const once = new S.OneCycleLR(o, 1, { totalSteps: 1 });
	once.step();
	expect(() => once.step()).toThrow(
		"Tried to step 3 times. The specified number of total steps is 1",
	);
	expect(() => new S.StepLR(makeOptimizer("SGD"), 1, { lastEpoch: 3 })).toThrow(
		"param 'initial_lr' is not specified in param_groups[0] when resuming an optimizer",
	);
	expect(() => new S.StepLR(o, 1).loadStateDict({})).toThrow(torch.FormatError);
});

test("required arguments may be named", () => {
	const { lrScheduler } = torch.optim;
	const optimizer = () =>
		new torch.optim.SGD([new torch.nn.Parameter(torch.ones(1))], {
			lr: 0.1,
			momentum: 0.9,
		});
	const rates = (scheduler: torch.optim.lrScheduler.LRScheduler) =>
		Array.from({ length: 6 }, () => {
			const [lr] = scheduler.getLastLr();
			scheduler.optimizer.step();
			scheduler.step();
			return lr;
		});
	const S = lrScheduler;
	const pairs = [
		[
			new S.StepLR(optimizer(), { stepSize: 2, gamma: 0.5 }),
			new S.StepLR(optimizer(), 2, 0.5),
		],
		[
			new S.MultiStepLR(optimizer(), { milestones: [1, 3] }),
			new S.MultiStepLR(optimizer(), [1, 3]),
		],
		[
			new S.ExponentialLR(optimizer(), { gamma: 0.5 }),
			new S.ExponentialLR(optimizer(), 0.5),
		],
		[
			new S.CosineAnnealingLR(optimizer(), { tMax: 4, etaMin: 0.01 }),
			new S.CosineAnnealingLR(optimizer(), 4, 0.01),
		],
		[
			new S.OneCycleLR(optimizer(), { maxLr: 1, totalSteps: 12 }),
			new S.OneCycleLR(optimizer(), 1, 12),
		],
	] as const;
	for (const [named, placed] of pairs)
		expect(rates(named)).toEqual(rates(placed));
	expect(() => new S.StepLR(optimizer(), {} as never)).toThrow(
		"missing 1 required positional argument: 'stepSize'",
	);
});
