import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const WORKER = new URL(
	"../../build/js/src/backends/cpu/team-worker.js",
	import.meta.url,
);

type Torch = typeof import("../../src/index.js");
type Tensor = import("../../src/index.js").Tensor;

/** The package as it is after its import: with a core that has not started. */
async function fresh(script = WORKER) {
	vi.resetModules();
	const torch: Torch = await import("../../src/index.js");
	const { setTeamScript } = await import("../../src/backends/cpu/team-lane.js");
	const { whenCoreStarts } = await import("../../src/backends/devices.js");
	// the compiled worker: Node 20 runs no TypeScript
	setTeamScript(script);
	return {
		torch,
		team() {
			let found = null as import("../../src/backends/cpu/team.js").Team | null;
			whenCoreStarts((core) => {
				found = core.team;
			});
			if (found === null) throw new Error("there is no team");
			return found;
		},
	};
}

/** Until `threads` are at work. Nothing else runs on this thread meanwhile. */
function started(torch: Torch, threads: number): void {
	const end = performance.now() + 30_000;
	while (torch.capabilities().threads < threads)
		if (performance.now() > end)
			throw new Error(torch.capabilities().threadsReason ?? "never");
}

let torch: Torch;
let team: Awaited<ReturnType<typeof fresh>>["team"];
beforeEach(async () => {
	({ torch, team } = await fresh());
});
afterEach(() => {
	torch.setNumThreads(1);
	vi.unstubAllGlobals();
});

/** Names and sizes that cut badly among the others. */
const NETWORKS = {
	"MLP, 256 rows": (t: Torch) => mlp(t, 256, [784, 128, 10], false),
	"MLP, 1,000 rows of mostly one value": (t: Torch) =>
		mlp(t, 1000, [784, 128, 10], true),
	"MLP, two layers of mostly one value": (t: Torch) => {
		const made = mlp(t, 1000, [400, 200, 200, 10], true);
		// a bias that leaves little of the first layer's outputs above 0
		const [first] = made.model.parameters() as [Tensor];
		t.noGrad(() => first.sub_(0.001));
		return made;
	},
	"MLP, rows of mostly one value and rows of none": (t: Torch) => {
		const made = mlp(t, 640, [784, 128, 10], true);
		const dense = t.randn([150, 784]);
		return { ...made, x: t.cat([made.x.narrow(0, 0, 490), dense]) };
	},
	"MLP of ragged sizes": (t: Torch) => mlp(t, 203, [517, 331, 67, 11], false),
	"MLP of ragged sizes, mostly one value": (t: Torch) =>
		mlp(t, 203, [517, 331, 67, 11], true),
	LeNet: lenet,
};

function mlp(t: Torch, rows: number, sizes: number[], hasBackground: boolean) {
	const layers = sizes
		.slice(1)
		.flatMap((n, i) => [
			new t.nn.Linear(sizes[i] as number, n),
			new t.nn.ReLU(),
		]);
	const x = t.randn([rows, sizes[0] as number]);
	return {
		model: new t.nn.Sequential(...layers.slice(0, -1)),
		x: hasBackground ? x.clamp(1, 9).sub(0.4242) : x,
		classes: sizes.at(-1) as number,
	};
}

function lenet(t: Torch) {
	const { nn } = t;
	return {
		model: new nn.Sequential(
			new nn.Conv2d(1, 6, 5, { padding: 2 }),
			new nn.ReLU(),
			new nn.MaxPool2d(2),
			new nn.Conv2d(6, 16, 5),
			new nn.ReLU(),
			new nn.MaxPool2d(2),
			new nn.Flatten(),
			new nn.Linear(400, 120),
			new nn.ReLU(),
			new nn.Linear(120, 10),
		),
		x: t.randn([64, 1, 28, 28]),
		classes: 10,
	};
}

/** Parameters and losses after a few steps, as bits. */
function train(
	t: Torch,
	name: keyof typeof NETWORKS,
	steps = 2,
	between: (step: number) => void = () => {},
): Int32Array[] {
	return t.scope(() => {
		t.manualSeed(7);
		const { model, x, classes } = NETWORKS[name](t);
		const target = t.randint(0, classes, [x.shape[0] as number]);
		const criterion = new t.nn.CrossEntropyLoss();
		const optimizer = new t.optim.SGD(model.parameters(), {
			lr: 0.05,
			momentum: 0.9,
		});
		const values: Float32Array[] = [];
		for (let i = 0; i < steps; i++) {
			between(i);
			t.scope(() => {
				optimizer.zeroGrad();
				const loss = criterion.forward(model.forward(x), target);
				loss.backward();
				optimizer.step();
				values.push(Float32Array.of(loss.itemSync()));
			});
		}
		for (const p of model.parameters())
			values.push(p.detach().dataSync() as Float32Array);
		return values.map((v) => new Int32Array(v.slice().buffer));
	});
}

describe.each(Object.keys(NETWORKS) as (keyof typeof NETWORKS)[])(
	"%s",
	(name) => {
		test("the same bits for any number of threads", () => {
			const one = train(torch, name);
			expect(new Set(one[0]).has(0x7fc00000)).toBe(false);
			for (const threads of [2, 3, 4]) {
				torch.setNumThreads(threads);
				started(torch, threads);
				team().patience = 10_000;
				const before = team().delivered;
				expect(train(torch, name)).toEqual(one);
				expect(team().delivered - before).toBeGreaterThanOrEqual(
					4 * (threads - 1),
				);
			}
		});

		test("the same bits where workers are always late", () => {
			const one = train(torch, name);
			torch.setNumThreads(3);
			started(torch, 3);
			team().patience = -10_000;
			expect(train(torch, name)).toEqual(one);
		});
	},
);

// [k, m] · [k, n]: what is left over is one row, one column
test.each([
	["row", 17, 16],
	["column", 16, 33],
])("a last part of one %s keeps to its workspace", (_, m, n) => {
	const a = torch.randn([60_000, m]).t();
	const b = torch.randn([60_000, n]);
	const one = a.matmul(b).dataSync().slice();
	torch.setNumThreads(2);
	started(torch, 2);
	team().patience = -10_000;
	const beside = Array.from({ length: 40 }, () => torch.ones([8192]));
	expect(a.matmul(b).dataSync()).toEqual(one);
	for (const t of beside) expect(t.sum().itemSync()).toBe(8192);
});

test("a worker lists columns while the caller goes on", () => {
	const name = "MLP, 1,000 rows of mostly one value";
	const one = train(torch, name, 5);
	torch.setNumThreads(2);
	started(torch, 2);
	team().patience = 10_000;
	expect(train(torch, name, 5)).toEqual(one);
	expect(team().prepared).toBe(5);
});

test("a team that rests is asked for nothing", () => {
	const name = "MLP, 1,000 rows of mostly one value";
	const one = train(torch, name, 3);
	torch.setNumThreads(2);
	started(torch, 2);
	team().patience = 10_000;
	team().choice.isShared = false;
	expect(train(torch, name, 3)).toEqual(one);
	expect(team().delivered + team().prepared).toBe(0);
	// the next ones get their chance
	torch.setNumThreads(1);
	torch.setNumThreads(2);
	started(torch, 2);
	expect(train(torch, name, 3)).toEqual(one);
	expect(team().delivered).toBeGreaterThan(0);
});

test("calls that a late worker misses are part of what sharing takes", () => {
	torch.setNumThreads(2);
	started(torch, 2);
	const { lanes } = team() as unknown as { lanes: readonly object[] };
	const lane = Object.getPrototypeOf(lanes[0]);
	const isFree = vi.spyOn(lane, "isFree", "get").mockReturnValue(false);
	const record = vi.spyOn(team().choice, "record");
	train(torch, "MLP, 256 rows", 8);
	isFree.mockRestore();
	expect(team().delivered).toBe(0);
	expect(record.mock.calls.length).toBeGreaterThanOrEqual(16);
});

test("what was listed for one batch serves no other", () => {
	const gradients = () => {
		torch.manualSeed(5);
		const w = torch.randn([128, 784], { requiresGrad: true });
		const [a, b] = [1, 2].map(() => torch.randn([300, 784]).clamp(1, 9));
		const { linear } = torch.nn.functional;
		const first = linear(a as Tensor, w);
		const second = linear(b as Tensor, w);
		// the block of these lists is the next one's
		torch.scope(() =>
			linear((b as Tensor).flip(0), w)
				.sum()
				.itemSync(),
		);
		first.sum().backward();
		second.square().sum().backward();
		return new Int32Array((w.grad as Tensor).dataSync().slice().buffer);
	};
	const one = torch.scope(gradients);
	torch.setNumThreads(2);
	started(torch, 2);
	team().patience = 10_000;
	expect(torch.scope(gradients)).toEqual(one);
});

test("deterministic settings may follow, and the core starts with threads", () => {
	torch.setNumThreads(2);
	torch.configure({ deterministic: true });
	expect(torch.getNumThreads()).toBe(2);
	const two = train(torch, "MLP, 256 rows");
	started(torch, 2);
	expect(torch.capabilities()).toMatchObject({
		core: "simd",
		threads: 2,
		threadsReason: null,
		sharedMemory: true,
	});
	torch.setNumThreads(1);
	expect(torch.capabilities()).toMatchObject({
		threads: 1,
		threadsReason: null,
	});
	expect(train(torch, "MLP, 256 rows")).toEqual(two);
});

test("tensors and generators that were there go on", async () => {
	const other = (await fresh()).torch;
	const draw = (t: Torch, between: () => void) => {
		t.manualSeed(3);
		const x = t.randn([1000, 300]);
		const w = t.randn([300], { requiresGrad: true });
		const y = x.matmul(w).sum();
		const bytes = t.memory().bytes;
		between();
		expect(t.memory().bytes).toBe(bytes);
		y.backward();
		return [x, w.grad as typeof x, t.randn([50])].map((v) => v.dataSync());
	};
	const want = draw(other, () => {});
	const got = draw(torch, () => {
		torch.setNumThreads(2);
		started(torch, 2);
	});
	expect(got).toEqual(want);
});

test("values that leave the memory are nobody else's", async () => {
	torch.setNumThreads(2);
	const data = await torch.ones([5]).data();
	expect(data.buffer).toBeInstanceOf(ArrayBuffer);
	expect(new TextDecoder().decode(data)).toHaveLength(20);
});

test("the memory grows while threads work", () => {
	torch.setNumThreads(2);
	started(torch, 2);
	team().patience = 10_000;
	const before = torch.memory().reservedBytes;
	torch.scope(() => {
		const large = [1, 2, 3, 4].map(() => torch.ones([4_000_000]));
		expect(torch.memory().reservedBytes).toBeGreaterThan(before);
		const a = torch.ones([300, 500]);
		const product = a.mm(torch.ones([500, 200]).mul(2));
		expect(product.sum().itemSync()).toBe(300 * 500 * 200 * 2);
		expect((large[3] as (typeof large)[0]).sum().itemSync()).toBe(4_000_000);
	});
	expect(team().delivered).toBeGreaterThan(0);
});

test("a worker that dies is missed by nobody, and replaced", async () => {
	const one = train(torch, "MLP, 256 rows", 8);
	torch.setNumThreads(3);
	started(torch, 3);
	const got = train(torch, "MLP, 256 rows", 8, (step) => {
		// one dies at once, the other some time from now
		if (step === 2) team().crash(0);
		if (step === 4) team().crash(1);
	});
	expect(got).toEqual(one);
	await vi.waitFor(() => expect(torch.capabilities().threads).toBe(3), 30_000);
	team().patience = 10_000;
	expect(train(torch, "MLP, 256 rows", 8)).toEqual(one);
	expect(team().delivered).toBeGreaterThan(0);
});

test("memory stays what it was, however often threads come and go", async () => {
	const turn = async () => {
		torch.setNumThreads(3);
		started(torch, 3);
		team().patience = 10_000;
		const before = team().delivered;
		torch.scope(() => {
			torch.ones([500, 2000]).mm(torch.ones([2000, 300]));
		});
		expect(team().delivered - before).toBe(2);
		torch.setNumThreads(1);
		// a closed worker says so, and then its memory is given back
		await vi.waitFor(() => expect(team().closing).toBe(0), 10_000);
	};
	await turn();
	const { bytes, reservedBytes, peakBytes } = torch.memory();
	for (let i = 0; i < 20; i++) await turn();
	expect(torch.memory()).toMatchObject({ bytes, reservedBytes, peakBytes });
});

test("a steady loop takes no memory", () => {
	torch.setNumThreads(2);
	started(torch, 2);
	const sizes: number[] = [];
	train(torch, "MLP, 256 rows", 60, () => {
		sizes.push(torch.memory().reservedBytes, torch.memory().bytes);
	});
	expect(sizes.slice(-80)).toEqual(
		Array.from({ length: 40 }, () => sizes.slice(-2)).flat(),
	);
});

test.each([
	[0, "0"],
	[-1, "-1"],
	[1.5, "1.5"],
	[Number.NaN, "NaN"],
	["2", "2"],
	[undefined, "undefined"],
])("%s threads are refused", (value, text) => {
	expect(() => torch.setNumThreads(value as number)).toThrow(
		new torch.TorchletError(
			`set_num_threads expects a positive integer, but got ${text}`,
		),
	);
	expect(torch.getNumThreads()).toBe(1);
});

describe("without threads", () => {
	const learns = () => {
		const losses = train(torch, "MLP, 256 rows")
			.slice(0, 2)
			.flatMap((v) => [...v]);
		expect(torch.getNumThreads()).toBe(2);
		expect(torch.capabilities().threads).toBe(1);
		return losses;
	};

	test("no shared memory", () => {
		const want = train(torch, "MLP, 256 rows")
			.slice(0, 2)
			.flatMap((v) => [...v]);
		vi.stubGlobal("SharedArrayBuffer", undefined);
		torch.setNumThreads(2);
		expect(learns()).toEqual(want);
		const { threadsReason, sharedMemory } = torch.capabilities();
		expect(threadsReason).toMatch(
			/no SharedArrayBuffer .*cross-origin isolated/,
		);
		expect(sharedMemory).toBe(false);
		torch.setNumThreads(1);
		expect(torch.capabilities().threadsReason).toBeNull();
	});

	test("more than can be", async () => {
		({ torch, team } = await fresh(new URL("./no-such.js", import.meta.url)));
		torch.setNumThreads(100);
		expect(torch.capabilities().threadsReason).toBe(
			"at most 64 threads work, and 100 were asked for",
		);
		expect(torch.getNumThreads()).toBe(100);
	});

	test("what is no module of the core is refused", () => {
		const predictor = readFileSync(
			new URL("../../build/predictor.wasm", import.meta.url),
		);
		for (const wasmModule of [
			predictor,
			new WebAssembly.Module(predictor),
			null,
			5,
		]) {
			const call = () => torch.configure({ wasmModule: wasmModule as never });
			expect(call).toThrow(torch.TorchletError);
			expect(call).toThrow(/wasmModule must be the WebAssembly.Module of/);
		}
		expect(torch.ones(2).sum().itemSync()).toBe(2);
	});

	test("a module was handed in", () => {
		const bytes = readFileSync(
			new URL("../../build/core.wasm", import.meta.url),
		);
		torch.configure({ wasmModule: new WebAssembly.Module(bytes) });
		torch.setNumThreads(2);
		learns();
		expect(torch.capabilities().threadsReason).toMatch(/handed in as a module/);
	});

	test("memory that can't be had", () => {
		vi.stubGlobal("WebAssembly", {
			...Object.fromEntries(
				Object.getOwnPropertyNames(WebAssembly).map((k) => [
					k,
					WebAssembly[k as keyof typeof WebAssembly],
				]),
			),
			Memory: class {
				constructor() {
					throw new RangeError("could not allocate memory");
				}
			},
		});
		torch.setNumThreads(2);
		learns();
		expect(torch.capabilities().threadsReason).toMatch(
			/memory cannot be shared: could not allocate/,
		);
	});

	test("a worker whose file is missing", async () => {
		({ torch, team } = await fresh(new URL("missing.js", WORKER)));
		torch.setNumThreads(2);
		learns();
		await vi.waitFor(
			() => expect(torch.capabilities().threadsReason).toMatch(/missing[.]js/),
			30_000,
		);
		learns();
	});
});
