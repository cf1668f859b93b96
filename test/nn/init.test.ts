import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn } = torch;
const { init } = nn;

type Bits = number[];
interface Weights {
	readonly shape: number[];
	readonly bits?: Bits;
	readonly sha256?: string;
	readonly first8?: Bits;
}
interface Seed {
	readonly seed: number;
	readonly modules: Record<string, Record<string, Weights>>;
	readonly init: Record<string, Bits>;
}
const { seeds } = JSON.parse(
	readFileSync(new URL("../../fixtures/random.json", import.meta.url), "utf8"),
) as { seeds: Seed[] };

const floats = (bits: Bits) => new Float32Array(Uint32Array.from(bits).buffer);
const sha256 = (values: torch.Tensor) =>
	createHash("sha256")
		.update(new Uint8Array(values.dataSync().buffer))
		.digest("hex");

const MODULES: Record<string, () => torch.nn.Module> = {
	"Linear(784,128)": () => new nn.Linear(784, 128),
	"Linear(3,2)": () => new nn.Linear(3, 2),
	"Linear(3,2,bias=false)": () => new nn.Linear(3, 2, { bias: false }),
	"Conv2d(1,6,5)": () => new nn.Conv2d(1, 6, 5),
	"Conv2d(4,6,3,groups=2)": () => new nn.Conv2d(4, 6, 3, { groups: 2 }),
	"Embedding(5,3)": () => new nn.Embedding(5, 3),
	"Embedding(7,4,paddingIdx=1)": () =>
		new nn.Embedding(7, 4, { paddingIdx: 1 }),
	"Sequential(Linear(784,128),ReLU,Linear(128,10))": () =>
		new nn.Sequential(
			new nn.Linear(784, 128),
			new nn.ReLU(),
			new nn.Linear(128, 10),
		),
	"Sequential(Linear(784,256),ReLU,Linear(256,64),ReLU,Linear(64,10))": () =>
		new nn.Sequential(
			new nn.Linear(784, 256),
			new nn.ReLU(),
			new nn.Linear(256, 64),
			new nn.ReLU(),
			new nn.Linear(64, 10),
		),
};

const INITS: Record<string, (t: torch.Tensor) => torch.Tensor> = {
	"uniform_(-1,2)": (t) => init.uniform_(t, -1, 2),
	"normal_(1,0.5)": (t) => init.normal_(t, 1, 0.5),
	"xavierUniform_(gain=2)": (t) => init.xavierUniform_(t, 2),
	xavierNormal_: (t) => init.xavierNormal_(t),
	"kaimingUniform_(a=0.1)": (t) => init.kaimingUniform_(t, { a: 0.1 }),
	"kaimingUniform_(mode=fanOut,relu)": (t) =>
		init.kaimingUniform_(t, { mode: "fanOut", nonlinearity: "relu" }),
	"kaimingNormal_(relu)": (t) =>
		init.kaimingNormal_(t, { nonlinearity: "relu" }),
	"truncNormal_(0,1,-1,1)": (t) => init.truncNormal_(t, 0, 1, -1, 1),
	"sparse_(0.4)": (t) => init.sparse_(t, 0.4),
	"sparse_(0.15,std=2)": (t) => init.sparse_(t, 0.15, { std: 2 }),
	dirac_: (t) => init.dirac_(t),
	"dirac_(groups=2)": (t) => init.dirac_(t, 2),
};

function close(values: ArrayLike<number>, want: ArrayLike<number>, by: number) {
	expect(values.length).toBe(want.length);
	for (let i = 0; i < want.length; i++)
		expect(
			Math.abs((values[i] as number) - (want[i] as number)),
		).toBeLessThanOrEqual(by);
}

describe.each(seeds)(
	"seed $seed, as PyTorch draws",
	({ seed, modules, init: inits }) => {
		test.each(Object.entries(modules))("%s", (name, weights) => {
			torch.manualSeed(seed);
			const module = (MODULES[name] as () => torch.nn.Module)();
			const named = module.namedParameters();
			expect(named.map(([n]) => n)).toEqual(Object.keys(weights));
			for (const [n, p] of named) {
				const want = weights[n] as Weights;
				expect(p.shape).toEqual(want.shape);
				if (want.sha256) expect(sha256(p)).toBe(want.sha256);
				else expect(p.dataSync()).toEqual(floats(want.bits as Bits));
			}
		});

		test.each(Object.entries(inits))("%s", (name, want) => {
			const [how, on] = name.split(" on ") as [string, string];
			torch.manualSeed(seed);
			const t = (INITS[how] as (t: torch.Tensor) => torch.Tensor)(
				torch.empty(JSON.parse(on) as number[]),
			);
			if (how.startsWith("trunc")) close(t.dataSync(), floats(want), 2e-6);
			else expect(t.dataSync()).toEqual(floats(want));
		});
	},
);

test("orthogonal_ as PyTorch's, tall, wide and more than two dimensions", () => {
	// torch.manual_seed(3); nn.init.orthogonal_(torch.empty(2, 3))
	torch.manualSeed(3);
	const wide = init.orthogonal_(torch.empty(2, 3));
	const square = wide.matmul(wide.t()).dataSync();
	close(square, [1, 0, 0, 1], 1e-6);
	torch.manualSeed(3);
	const draws = torch.randn(2, 3).dataSync();
	// Q keeps the first row's direction, since R's diagonal is positive.
	const norm = Math.hypot(...[...draws.slice(0, 3)]);
	close(
		wide.dataSync().slice(0, 3),
		[...draws.slice(0, 3)].map((x) => x / norm),
		1e-6,
	);
	const tall = init.orthogonal_(torch.empty(8, 3, 1), 2);
	const gram = tall.view(8, 3).t().matmul(tall.view(8, 3)).dataSync();
	close(gram, [4, 0, 0, 0, 4, 0, 0, 0, 4], 1e-5);
});

test("sparse_ and dirac_ refuse other shapes in PyTorch's words", () => {
	expect(() => init.sparse_(torch.empty(3), 0.1)).toThrow(
		"Only tensors with 2 dimensions are supported",
	);
	expect(() => init.dirac_(torch.empty(3, 3))).toThrow(
		"Only tensors with 3, 4, or 5 dimensions are supported",
	);
	expect(() => init.dirac_(torch.empty(3, 3, 3), 2)).toThrow(
		"dim 0 must be divisible by groups",
	);
});

test("constants, the identity, and what is not a plain tensor", () => {
	expect(init.eye_(torch.empty(2, 3)).tolistSync()).toEqual([
		[1, 0, 0],
		[0, 1, 0],
	]);
	const base = torch.zeros(3, 4);
	init.constant_(base.narrow(1, 1, 2), 7);
	expect(base.sum().itemSync()).toBe(42);
	init.eye_(base.t());
	expect(base.tolistSync()).toEqual([
		[1, 0, 0, 0],
		[0, 1, 0, 0],
		[0, 0, 1, 0],
	]);
	torch.manualSeed(1);
	const plain = init.uniform_(torch.empty(4, 3));
	torch.manualSeed(1);
	const view = init.uniform_(torch.empty(3, 4).t());
	expect(view.tolistSync()).toEqual(plain.tolistSync());
});

test("a leaf that is trained may be filled, and its version tells", () => {
	const w = new nn.Parameter(torch.ones(2, 2));
	const loss = w.mul(w).sum();
	init.zeros_(w);
	expect(w.requiresGrad).toBe(true);
	expect(() => loss.backward()).toThrow(/modified by an inplace operation/);
});

test("errors in PyTorch's words", () => {
	expect(() => init.xavierUniform_(torch.empty(3))).toThrow(
		"Fan in and fan out can not be computed for tensor with fewer than 2 dimensions",
	);
	expect(() => init.normal_(torch.empty(3), 0, -1)).toThrow(
		"normal expects std >= 0.0, but found std -1",
	);
	expect(() => init.uniform_(torch.empty(3, { dtype: "int32" }))).toThrow(
		torch.DTypeError,
	);
	expect(() => init.eye_(torch.empty(3))).toThrow(torch.ShapeError);
	expect(() => init.calculateGain("swish" as "relu")).toThrow(
		"Unsupported nonlinearity swish",
	);
	expect(init.calculateGain("leakyRelu", 0.2)).toBe(Math.sqrt(2 / 1.04));
});

test("bounds, mean and deviation may be named", () => {
	const { init } = torch.nn;
	const filled = (fill: (t: torch.Tensor) => torch.Tensor) => {
		torch.manualSeed(1);
		return [...fill(torch.empty(3, 4)).dataSync()];
	};
	expect(filled((t) => init.normal_(t, { mean: 1, std: 0.02 }))).toEqual(
		filled((t) => init.normal_(t, 1, 0.02)),
	);
	expect(filled((t) => init.uniform_(t, { a: -1 }))).toEqual(
		filled((t) => init.uniform_(t, -1, 1)),
	);
	expect(filled((t) => init.truncNormal_(t, { std: 0.5, b: 1 }))).toEqual(
		filled((t) => init.truncNormal_(t, 0, 0.5, -2, 1)),
	);
});
