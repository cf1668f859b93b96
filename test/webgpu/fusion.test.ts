import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { readyBackend } from "../../src/backends/devices.js";
import type { WebgpuBackend } from "../../src/backends/webgpu/index.js";
import * as torch from "../../src/index.js";
import { openGpu } from "../helpers/webgpu.js";

const device = "webgpu";
type T = torch.Tensor;
let gpu: WebgpuBackend;

beforeAll(async () => {
	torch.webgpu.configure({ gpu: openGpu() });
	(await torch.tensor([0]).to(device)).dispose();
	gpu = readyBackend(device) as WebgpuBackend;
});

/** Launches until everything that `body` leaves is in memory. */
function launches(body: () => unknown): number {
	gpu.flush();
	const before = gpu.stats.dispatches;
	torch.scope(() => {
		const kept = torch.scope(body);
		gpu.flush();
		return void kept;
	});
	return gpu.stats.dispatches - before;
}

const inputs = (n: number, ...shape: number[]) =>
	Array.from({ length: n }, (_, k) =>
		torch
			.arange(
				shape.reduce((a, b) => a * b, 1),
				{ dtype: "float32", device },
			)
			.mul(0.37 + k)
			.sin()
			.view(shape),
	);

describe("launches", () => {
	test.each<[string, number, () => unknown]>([
		[
			"a chain",
			1,
			() => (inputs(1, 5, 8)[0] as T).mul(2).add(1).relu().sigmoid(),
		],
		[
			"through views of all elements, casts and where",
			1,
			() => {
				const [x, y] = inputs(2, 6, 4) as [T, T];
				return x
					.gt(y)
					.to("float32")
					.view(24)
					.add(x.view(24))
					.where(x.view(24).lt(0), 3);
			},
		],
		[
			"more temporaries than buffers",
			1,
			() => {
				let [x] = inputs(1, 64) as [T];
				for (let i = 0; i < 10; i++) x = x.mul(1.5).cos();
				return x;
			},
		],
		["nothing that anybody reads", 0, () => void inputs(1, 8)[0]?.exp()],
		[
			"a broadcast row",
			1,
			() => {
				const [x] = inputs(1, 4, 4) as [T];
				return x.add(x.newOnes([4, 4])).tanh();
			},
		],
	])("%s: %i", (_name, count, body) => {
		expect(launches(body)).toBe(count);
	});

	test("Adam by hand: one", async () => {
		const [p, g, m, v] = inputs(4, 33) as [T, T, T, T];
		v.square_();
		gpu.flush();
		const here = await Promise.all([p, g, m, v].map((t) => t.to("cpu")));
		const step = (p: T, g: T, m: T, v: T) => {
			m.mul_(0.9).add_(g.mul(0.1));
			v.mul_(0.99).add_(g.square().mul(0.01));
			p.sub_(m.mul(0.1).div(v.sqrt().add(1e-8)));
		};
		expect(launches(() => step(p, g, m, v))).toBe(1);
		step(...(here as [T, T, T, T]));
		for (const [k, t] of [p, g, m, v].entries())
			expect(await t.allcloseAsync(await (here[k] as T).to(device))).toBe(true);
	});

	test("gelu's backward: one", () => {
		const x = (inputs(1, 40)[0] as T).detach().requiresGrad_(true);
		for (const approximate of ["none", "tanh"] as const) {
			gpu.flush();
			const g = x.newOnes([40]).mul(0.5);
			const y = torch.nn.functional.gelu(x, { approximate });
			gpu.flush();
			expect(launches(() => y.backward(g))).toBe(1);
			x.grad = null;
		}
	});

	test("a result that is still alive is written with the last", async () => {
		const [x] = inputs(1, 40) as [T];
		gpu.flush();
		const before = gpu.stats.dispatches;
		const y = x.mul(2);
		const z = y.add(1);
		gpu.flush();
		expect(gpu.stats.dispatches - before).toBe(1);
		expect(await y.allcloseAsync(x.add(x))).toBe(true);
		expect(await z.sub(y).sum().item()).toBe(40);
	});

	test("another shape, another order and a partial view begin a new kernel", () => {
		const [x] = inputs(1, 4, 4) as [T];
		expect(launches(() => [x.mul(2), x.select(0, 1).mul(2)])).toBe(2);
		expect(launches(() => x.mul(2).t().add(x))).toBe(2);
		expect(launches(() => x.mul(2).select(0, 0).exp())).toBe(2);
	});

	test("temporaries of a chain take no memory", () => {
		const [x] = inputs(1, 1 << 18) as [T];
		gpu.flush();
		const { reservedBytes } = torch.memory(device);
		torch.scope(() => {
			const y = torch.scope(() => {
				let y = x;
				for (let i = 0; i < 12; i++) y = y.mul(0.5).add(0.25);
				return y;
			});
			gpu.flush();
			expect(y.numel()).toBe(1 << 18);
		});
		expect(torch.memory(device).reservedBytes - reservedBytes).toBe(1 << 20);
	});
});

test("the same bits whether a temporary was freed or not", async () => {
	const [a, b, c] = inputs(3, 1000) as [T, T, T];
	const fused = torch.scope(() => a.mul(b).add(c).mul(b).sub(a).div(c));
	const steps = [a.mul(b)];
	gpu.flush();
	for (const next of [
		(x: T) => x.add(c),
		(x: T) => x.mul(b),
		(x: T) => x.sub(a),
		(x: T) => x.div(c),
	]) {
		steps.push(next(steps.at(-1) as T));
		gpu.flush();
	}
	expect(await fused.data()).toEqual(await (steps.at(-1) as T).data());
});

/**
 * One instruction of a random program over a list of tensors: which operation,
 * on which of them, by which view, and what is freed.
 */
const instruction = fc.record({
	op: fc.constantFrom(
		"add",
		"mul",
		"sub",
		"max",
		"where",
		"relu",
		"neg",
		"square",
		"abs",
		"compare",
		"int",
		"byte",
		"add_",
		"mul_",
		"fill_",
		"copy_",
		"drop",
		"single",
		"sum",
	),
	a: fc.nat(11),
	b: fc.nat(11),
	view: fc.constantFrom(
		"all",
		"all",
		"all",
		"t",
		"flat",
		"row",
		"column",
		"rest",
	),
	/** Whether the second operand is seen transposed, if the first is seen as it is. */
	turned: fc.boolean(),
	number: fc.integer({ min: -2, max: 2 }),
});
type Instruction = typeof instruction extends fc.Arbitrary<infer I> ? I : never;

function viewed(x: T, view: Instruction["view"]): T {
	switch (view) {
		case "t":
			return x.t();
		case "flat":
			return x.isContiguous() ? x.view(-1) : x.t().view(-1);
		case "row":
			return x.narrow(0, 1, 1).expand(4, 4);
		case "column":
			return x.narrow(1, 2, 1).expand(4, 4);
		case "rest":
			return x.narrow(0, 1, 3);
		default:
			return x;
	}
}

/** Whole numbers stay exact, so devices must agree bit for bit. */
function runProgram(start: readonly T[], program: readonly Instruction[]): T[] {
	const live = start.slice();
	for (const { op, a, b, view, turned, number } of program) {
		const x = live[a % live.length] as T;
		const y = live[b % live.length] as T;
		const whole = (t: T) => t.reshape([4, 4]).remainder(17);
		const v = viewed(x, view);
		const w = viewed(y, view === "all" && turned && x !== y ? "t" : view);
		const shared = view === "row" || view === "column";
		switch (op) {
			case "add":
			case "sub":
			case "mul":
				live.push(pad(v[op](w)));
				break;
			case "max":
				live.push(pad(torch.maximum(v, w)));
				break;
			case "where":
				live.push(pad(v.where(w.gt(number), number)));
				break;
			case "relu":
			case "neg":
			case "square":
			case "abs":
				live.push(pad(v[op]()));
				break;
			case "compare":
				live.push(pad(v.ge(w).to("float32")));
				break;
			case "int":
				live.push(pad(v.to("int32").bitwiseAnd(5).mul(number).to("float32")));
				break;
			case "byte":
				live.push(pad(v.to("uint8").to("float32")));
				break;
			case "single":
				live.push(pad(v.mul(y.select(0, 1).select(0, 2))));
				break;
			case "sum":
				live.push(pad(v.add(w.sum())));
				break;
			case "add_":
				if (!shared) v.add_(w).remainder_(17);
				break;
			case "mul_":
				if (!shared) v.mul_(number);
				break;
			case "fill_":
				if (!shared) v.fill_(number);
				break;
			case "copy_":
				// what it reads and what it writes overlap in no other way than exactly
				if (!shared) v.copy_(x === y ? w : w.add(0));
				break;
			case "drop":
				if (live.length > 3)
					(live.splice(a % live.length, 1)[0] as T).dispose();
				break;
		}
		function pad(t: T): T {
			return t.numel() === 16
				? whole(t)
				: torch.cat([t, t.narrow(0, 0, 1)]).remainder(17);
		}
	}
	return live;
}

test("random programs with views and in-place operations give what the CPU gives", async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(instruction, { minLength: 4, maxLength: 24 }),
			async (program) => {
				const values = [0, 1, 2].map((k) =>
					Float32Array.from(
						{ length: 16 },
						(_, i) => ((i * 7 + k * 5) % 11) - 5,
					),
				);
				const run = (where: "cpu" | "webgpu") =>
					torch.scope(async () => {
						const start = values.map((v) =>
							torch.tensor(v, { device: where }).view(4, 4),
						);
						return Promise.all(runProgram(start, program).map((t) => t.data()));
					});
				const want = await run("cpu");
				const got = await run(device);
				expect(got.map((g) => Array.from(g))).toEqual(
					want.map((w) => Array.from(w)),
				);
			},
		),
		{ numRuns: 40, seed: 5 },
	);
}, 120_000);
