import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import * as torch from "../../src/index.js";
import { temporaryFolder } from "../helpers/folder.js";
import { python } from "../helpers/python.js";
import { evaluate } from "../nn/support.js";

const { nn, optim } = torch;

/** In Python and in JavaScript. */
const SCHEDULERS = [
	["StepLR(o, 2, 0.5)", "new S.StepLR(o, 2, 0.5)"],
	["MultiStepLR(o, [1, 5, 5], 0.3)", "new S.MultiStepLR(o, [1, 5, 5], 0.3)"],
	["ExponentialLR(o, 0.9)", "new S.ExponentialLR(o, 0.9)"],
	["CosineAnnealingLR(o, 5)", "new S.CosineAnnealingLR(o, 5)"],
	["LinearLR(o, 0.25, 1.0, 6)", "new S.LinearLR(o, 0.25, 1, 6)"],
	["LambdaLR(o, lambda e: 0.95 ** e)", "new S.LambdaLR(o, (e) => 0.95 ** e)"],
	[
		"OneCycleLR(o, 1.0, total_steps=12)",
		"new S.OneCycleLR(o, 1, { totalSteps: 12 })",
	],
	[
		"swa_utils.SWALR(o, 0.05, anneal_epochs=5)",
		"new SWALR(o, 0.05, { annealEpochs: 5 })",
	],
	[
		"ReduceLROnPlateau(o, factor=0.5, patience=0, cooldown=1)",
		"new S.ReduceLROnPlateau(o, { factor: 0.5, patience: 0, cooldown: 1 })",
	],
] as const;
const METRICS = [1, 1, 1, 0.5, 0.6, 0.7, 0.4, 0.5, 0.5];
const SAVED_AFTER = 3;

interface Scheduler {
	step(metric?: number): void;
	stateDict(): Record<string, unknown>;
	loadStateDict(state: unknown): void;
	getLastLr(): number[];
}

function make(js: string) {
	const p = [new nn.Parameter(torch.ones(1)), new nn.Parameter(torch.ones(1))];
	const o = new optim.SGD(
		[
			{ params: [p[0] as torch.Tensor], lr: 0.4 },
			{ params: [p[1] as torch.Tensor], lr: 0.04 },
		],
		{ momentum: 0.9 },
	);
	o.step();
	const { lrScheduler: S, swaUtils } = optim;
	const s = evaluate(js, { S, o, SWALR: swaUtils.SWALR }) as Scheduler;
	return { o, s };
}

function go(s: Scheduler, o: torch.optim.SGD, from: number, to: number) {
	const rates: number[][] = [];
	for (const metric of METRICS.slice(from, to)) {
		o.step();
		s.step(metric);
		rates.push(o.paramGroups.map(({ lr }) => lr));
	}
	return rates;
}

const PYTHON = `
import sys, json, torch, warnings
warnings.filterwarnings("ignore")
from torch.optim.lr_scheduler import *
from torch.optim import swa_utils
METRICS = ${JSON.stringify(METRICS)}
def make(python):
    p = [torch.nn.Parameter(torch.ones(1)) for _ in range(2)]
    o = torch.optim.SGD([{"params": p[:1], "lr": 0.4}, {"params": p[1:], "lr": 0.04}], lr=1, momentum=0.9)
    o.step()
    return o, eval(python, {**globals(), "o": o})
def go(s, o, at, to):
    rates = []
    for m in METRICS[at:to]:
        o.step()
        s.step(m) if isinstance(s, ReduceLROnPlateau) else s.step()
        rates.append([g["lr"] for g in o.param_groups])
    return rates
out = []
for i, (python, _) in enumerate(${JSON.stringify(SCHEDULERS)}):
    # ours, gone on with
    saved = torch.load(f"{sys.argv[1]}/{i}.pth")
    o, s = make(python)
    o.load_state_dict(saved["o"]); s.load_state_dict(saved["s"])
    ours = go(s, o, ${SAVED_AFTER}, None)
    last = s._last_lr
    # theirs, for us, with the functions that OneCycleLR and SWALR put there
    o, s = make(python)
    go(s, o, 0, ${SAVED_AFTER})
    state = s.state_dict()
    torch.save({"o": o.state_dict(), "s": state}, f"{sys.argv[1]}/theirs-{i}.pth")
    out.append({"ours": ours, "last": last, "theirs": go(s, o, ${SAVED_AFTER}, None), "keys": list(state)})
print(json.dumps(out))
`;

test("PyTorch's schedulers go on from our state, and ours from PyTorch's", async () => {
	const folder = temporaryFolder();
	const own = SCHEDULERS.map(([, js], i) => {
		const { o, s } = make(js);
		go(s, o, 0, SAVED_AFTER);
		const state = { o: o.stateDict(), s: s.stateDict() };
		writeFileSync(join(folder, `${i}.pth`), torch.encode(state));
		return go(s, o, SAVED_AFTER, METRICS.length);
	});
	const answers = JSON.parse(python(PYTHON, [folder])) as {
		ours: number[][];
		last: number[];
		theirs: number[][];
		keys: string[];
	}[];
	for (const [i, [name, js]] of SCHEDULERS.entries()) {
		const { ours, last, theirs } = answers[i] as (typeof answers)[0];
		const { o, s } = make(js);
		const saved = (await torch.load(join(folder, `theirs-${i}.pth`))) as {
			o: unknown;
			s: unknown;
		};
		o.loadStateDict(saved.o);
		s.loadStateDict(saved.s);
		const gone = go(s, o, SAVED_AFTER, METRICS.length);
		const wanted = own[i] as number[][];
		expect(new Set(wanted.map(String)).size, name).toBeGreaterThan(1);
		wanted.forEach((rates, step) => {
			rates.forEach((rate, group) => {
				const what = `${name}, step ${step}, group ${group}`;
				for (const [who, list] of Object.entries({ ours, theirs, gone }))
					expect(list[step]?.[group], `${who}: ${what}`).toBeCloseTo(rate, 8);
			});
		});
		last.forEach((rate, group) => {
			expect(s.getLastLr()[group], name).toBeCloseTo(rate, 8);
		});
	}
});

const CYCLES = `
import sys, json, torch, warnings
warnings.filterwarnings("ignore")
from torch.optim.lr_scheduler import OneCycleLR
def make(**options):
    o = torch.optim.Adam([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    return o, OneCycleLR(o, 1.0, total_steps=12, **options)
o, s = make(pct_start=0.4, anneal_strategy="linear", three_phase=True)
o.step()
for _ in range(2): s.step()
torch.save({"o": o.state_dict(), "s": s.state_dict()}, sys.argv[1])
phases = s.state_dict()["_schedule_phases"]
saved = torch.load(sys.argv[1])
o, s = make()
o.load_state_dict(saved["o"]); s.load_state_dict(saved["s"])
rates = []
for _ in range(8):
    o.step(); s.step(); rates.append([o.param_groups[0]["lr"], o.param_groups[0]["betas"][0]])
print(json.dumps({"phases": phases, "rates": rates}))
torch.save(o, sys.argv[1] + ".whole")
`;

test("a saved OneCycleLR says how it goes, whatever the one that loads it was made with", async () => {
	const file = join(temporaryFolder(), "cycle.pth");
	const want = JSON.parse(python(CYCLES, [file]));
	const o = new optim.Adam([new nn.Parameter(torch.ones(1))], { lr: 0.1 });
	const s = new optim.lrScheduler.OneCycleLR(o, 1, { totalSteps: 12 });
	const saved = (await torch.load(file)) as { o: unknown; s: unknown };
	o.loadStateDict(saved.o);
	s.loadStateDict(saved.s);
	want.phases.forEach((phase: Record<string, unknown>, i: number) => {
		const own = (s.stateDict()._schedule_phases as (typeof phase)[])[i];
		expect(own).toEqual({
			...phase,
			end_step: expect.closeTo(Number(phase.end_step), 10),
		});
	});
	for (const [rate, beta] of want.rates) {
		o.step();
		s.step();
		expect(o.paramGroups[0]?.lr).toBeCloseTo(rate, 10);
		expect(o.paramGroups[0]?.betas[0]).toBeCloseTo(beta, 10);
	}
	// the optimizer behind the method is no data by itself
	await expect(torch.load(`${file}.whole`)).rejects.toThrow(
		/refused global 'torch\.optim\.adam\.Adam'/,
	);
});

const PRINTS = `
import torch, warnings
warnings.filterwarnings("ignore")
from torch.optim.lr_scheduler import *
p = [torch.nn.Parameter(torch.ones(1)) for _ in range(2)]
o = torch.optim.SGD([{"params": p[:1]}, {"params": p[1:], "lr": 1e-12}], lr=0.1)
s = StepLR(o, 1, 0.5, verbose=True)
for _ in range(2): s.step()
s.print_lr(True, 1, 123456.0, 7)
s.print_lr(True, 1, 0.0, 7.5)
s.print_lr(False, 1, 0.0, 7)
r = ReduceLROnPlateau(o, patience=0, verbose=True)
for m in (1, 1, 1): r.step(m)
`;

test("verbose schedulers print what PyTorch's print; a step too early is warned of", () => {
	const printed: string[] = [];
	const log = vi.spyOn(console, "log").mockImplementation((text) => {
		printed.push(text);
	});
	const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
	try {
		const p = [torch.ones(1), torch.ones(1)].map((t) => new nn.Parameter(t));
		const o = new optim.SGD(
			[{ params: p.slice(0, 1) }, { params: p.slice(1), lr: 1e-12 }],
			{ lr: 0.1 },
		);
		const { StepLR, ReduceLROnPlateau } = optim.lrScheduler;
		const s = new StepLR(o, 1, { gamma: 0.5, verbose: true });
		for (let i = 0; i < 2; i++) s.step();
		expect(warn).toHaveBeenCalledTimes(1);
		expect(warn.mock.calls[0]?.[0]).toMatch(
			/^Detected call of `lrScheduler.step\(\)` before `optimizer.step\(\)`/,
		);
		s.printLr(true, 1, 123456, 7);
		s.printLr(true, 1, 0, 7.5);
		s.printLr(false, 1, 0, 7);
		const r = new ReduceLROnPlateau(o, { patience: 0, verbose: true });
		for (const m of [1, 1, 1]) r.step(m);
		const inOrder = new StepLR(o, 1);
		o.step();
		inOrder.step();
		expect(warn).toHaveBeenCalledTimes(1);
	} finally {
		log.mockRestore();
		warn.mockRestore();
	}
	expect(`${printed.join("\n")}\n`).toBe(python(PRINTS, []));
});
