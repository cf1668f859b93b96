import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { type DType, typedView } from "../src/dtype.js";
import { TorchletError } from "../src/errors.js";
import { exponential, fixed } from "../src/format/number.js";
import {
	formatModule,
	formatOptimizer,
	formatTensor,
	type PrintOptions,
	pythonNumber,
	setPrintoptions,
} from "../src/format.js";
import { python } from "./helpers/python.js";

interface Packed {
	shape: number[];
	dtype: DType;
	/** float32 in base64, the rest as numbers */
	data: string | number[];
}

interface Case {
	tensor: Packed;
	expect: string;
	options?: PrintOptions;
	requiresGrad?: boolean;
	gradFn?: string;
}

interface Tree {
	name: string;
	extra: string;
	children: [string, Tree | string][];
}

function values({ dtype, data }: Packed): ArrayLike<number> {
	if (typeof data !== "string") return data;
	const bytes = Uint8Array.from(Buffer.from(data, "base64"));
	return typedView(dtype, bytes.buffer, 0, bytes.length / 4);
}

function printed({ tensor, options, requiresGrad, gradFn }: Case): string {
	if (options) setPrintoptions(options);
	try {
		const { shape, dtype } = tensor;
		const extras = { requiresGrad: requiresGrad ?? false, gradFn };
		return formatTensor(values(tensor), shape, dtype, extras);
	} finally {
		if (options) setPrintoptions({ profile: "default" });
	}
}

function title({ tensor, options, requiresGrad }: Case, i: number): string {
	const how = `${JSON.stringify(options ?? {})}${requiresGrad ? " grad" : ""}`;
	return `${i}: ${tensor.dtype} [${tensor.shape}] ${how}`;
}

const fixtures: { tensors: Case[] } = JSON.parse(
	readFileSync(new URL("../fixtures/printing.json", import.meta.url), "utf8"),
);

afterEach(() => setPrintoptions({ profile: "default" }));

describe("tensors print as PyTorch's fixtures", () => {
	test.each(fixtures.tensors.map((c, i) => [title(c, i), c] as const))(
		"%s",
		(_, c) => expect(printed(c)).toBe(c.expect),
	);
});

// random sizes, magnitudes, options and suffixes, printed by PyTorch itself
const RANDOM_TENSORS = `
import base64, json, random, torch
random.seed(11); torch.manual_seed(11)
cases = []
for i in range(400):
    dim = random.randint(0, 4)
    top = random.choice([3, 8, 30]) if dim > 1 else random.choice([5, 40, 1500])
    shape = [random.choice([0] + [random.randint(1, top)] * 14) for _ in range(dim)]
    while torch.Size(shape).numel() > 20000: shape[shape.index(max(shape))] //= 2
    kind = random.choice(["normal", "log", "whole", "tie", "odd", "int", "int", "uint8", "bool"])
    t = torch.randn(shape) * 10.0 ** random.randint(-7, 7)
    if kind == "log": t = t.sign() * 10 ** (torch.rand(shape) * random.choice([2, 4, 12, 70]) - random.choice([0, 2, 35]))
    if kind == "whole": t = t.clamp(-1e9, 1e9).round()
    if kind == "tie": t = torch.randint(-4000, 4000, shape) / 2.0 ** random.randint(1, 12)
    if kind == "odd":
        odd = torch.tensor([float("nan"), float("inf"), -float("inf"), 0.0, -0.0])
        t = torch.where(torch.rand(shape) < 0.4, odd[torch.randint(0, 5, shape)], t.round() if i % 2 else t)
    if kind == "int": t = torch.randint(-10 ** random.randint(0, 9), 10 ** random.randint(0, 9), shape)
    if kind == "uint8": t = torch.randint(0, 256, shape).to(torch.uint8)
    if kind == "bool": t = torch.rand(shape) < random.choice([0.0, 0.5, 1.0])
    case, options = {}, {}
    if random.random() < 0.5:
        if random.random() < 0.3: options["profile"] = random.choice(["default", "short", "full"])
        if random.random() < 0.4: options["precision"] = random.randint(0, 12)
        if random.random() < 0.4: options["threshold"] = random.choice([0, 5, 50, 3000])
        if random.random() < 0.4: options["edgeitems"] = random.randint(1, 5)
        if random.random() < 0.4: options["linewidth"] = random.randint(10, 200)
        if random.random() < 0.4: options["sci_mode"] = random.random() < 0.5
        torch.set_printoptions(**options)
        case["options"] = {("sciMode" if k == "sci_mode" else k): v for k, v in options.items()}
    if t.dtype == torch.float32:
        data = base64.b64encode(t.contiguous().numpy().tobytes()).decode()
        if i % 3 == 0: t.requires_grad_(); case["requiresGrad"] = True
        if i % 6 == 0: t = t * 1; case["gradFn"] = "MulBackward0"
    else: data = t.reshape(-1).long().tolist()
    dtype = {torch.float32: "float32", torch.int64: "int32", torch.uint8: "uint8", torch.bool: "bool"}[t.dtype]
    case["tensor"] = {"shape": list(t.shape), "dtype": dtype, "data": data}
    case["expect"] = str(t)
    torch.set_printoptions(profile="default")
    cases.append(case)
print(json.dumps(cases))`;

// halves, carries and every size of float64
const RANDOM_NUMBERS = `
import json, random, struct
random.seed(5)
xs = [0.0, -0.0, 0.5, 1.5, 2.5, 0.03125, 0.09375, 9.5, 99.5, 0.95, 9.99995, 99999.5, 100005.0, 100015.0, 999995.0, 1e15, 1e16, 123456789012345680.0, 1e21, 1e22, 1e23, 0.0001, 0.00001, 1e-08, 5e-324, 1.7976931348623157e308, 2.0 ** 70]
xs += [random.randint(1, 10 ** 6) / 2.0 ** random.randint(0, 20) for _ in range(300)]
xs += [float(random.randint(1, 10 ** 7) * 5 * 10 ** random.randint(0, 12)) for _ in range(100)]
while len(xs) < 800:
    x = struct.unpack("<d", random.randbytes(8))[0]
    if x == x and abs(x) != float("inf"): xs.append(x)
xs += [-x for x in xs]
print(json.dumps([[x.hex(), struct.pack("<d", x).hex(), p, f"{x:.{p}f}", f"{x:.{p}e}", repr(x)] for i, x in enumerate(xs) for p in [random.choice([0, 0, 1, 2, 3, 4, 4, 5, 8, 20])]]))`;

const TREES = `
import json, torch
from torch import nn, optim
def tree(m):
    if isinstance(m, nn.Module):
        return {"name": m._get_name(), "extra": m.extra_repr(), "children": [[k, tree(c)] for k, c in m._modules.items()]}
    return repr(m)
class Talkative(nn.Module):
    def __init__(self, *children):
        super().__init__()
        for i, c in enumerate(children): self.add_module(f"c{i}", c)
    def extra_repr(self): return "one=1\\ntwo=2"
class Brief(Talkative):
    def extra_repr(self): return "one=1"
modules = [
    nn.ReLU(), nn.Linear(3, 2), nn.Sequential(), nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(4, 2), nn.Sequential(nn.ReLU()))),
    nn.ModuleDict({"a": nn.Conv2d(1, 2, 3), "b": nn.ModuleList([nn.Dropout(0.1), None])}), nn.ParameterList([torch.zeros(2, 3), torch.zeros(4)]),
    Talkative(), Talkative(nn.ReLU()), Brief(), Brief(nn.Sequential(nn.ReLU()), Talkative()), nn.Transformer(8, 2, 1, 1),
]
def camel(k):
    head, *rest = k.split("_")
    return head + "".join(r.capitalize() for r in rest)
def params(): return [nn.Parameter(torch.zeros(2))]
optimizers = [
    optim.SGD(params(), lr=0.01), optim.SGD(params(), lr=1e-05, momentum=0.9, weight_decay=5e-4, nesterov=True), optim.SGD([{"params": params(), "lr": 0.1}, {"params": params()}], lr=1e-3),
    optim.Adam(params()), optim.AdamW(params(), lr=3e-7, betas=(0.5, 0.25)), optim.RMSprop(params()), optim.Adagrad(params()), optim.Adadelta(params(), lr=0.5), optim.Rprop(params()),
]
optim.lr_scheduler.StepLR(optimizers[0], 3, 0.5)
print(json.dumps({
    "modules": [[tree(m), repr(m)] for m in modules],
    "optimizers": [[type(o).__name__, [{camel(k): v for k, v in g.items() if k != "params"} for g in o.param_groups], repr(o)] for o in optimizers],
}))`;

test("random tensors print as PyTorch prints them", () => {
	const cases: Case[] = JSON.parse(python(RANDOM_TENSORS));
	expect(cases).toHaveLength(400);
	for (const [i, c] of cases.entries())
		expect(printed(c), title(c, i)).toBe(c.expect);
});

test("numbers are rounded and written as Python does", () => {
	const rows: [string, string, number, string, string, string][] = JSON.parse(
		python(RANDOM_NUMBERS),
	);
	expect(rows.length).toBeGreaterThanOrEqual(1600);
	for (const [name, bytes, precision, asFixed, asSci, repr] of rows) {
		const x = Buffer.from(bytes, "hex").readDoubleLE();
		const got = [fixed(x, precision), exponential(x, precision)];
		expect([...got, pythonNumber(x, true)], `${name} to ${precision}`).toEqual([
			asFixed,
			asSci,
			repr,
		]);
	}
});

test("whole and special numbers have Python's repr", () => {
	expect(pythonNumber(0, false)).toBe("0");
	expect(pythonNumber(-12, false)).toBe("-12");
	expect(pythonNumber(2 ** 70, false)).toBe("1180591620717411303424");
	expect(pythonNumber(Number.NaN, true)).toBe("nan");
	expect(pythonNumber(Number.NEGATIVE_INFINITY, true)).toBe("-inf");
});

test("modules and optimizers print as PyTorch prints them", () => {
	const told: {
		modules: [Tree, string][];
		optimizers: [string, Record<string, unknown>[], string][];
	} = JSON.parse(python(TREES));
	const print = (node: Tree | string): string =>
		typeof node === "string"
			? node
			: formatModule(
					node.name,
					node.extra,
					node.children.map(([key, child]) => [key, print(child)] as const),
				);
	expect(told.modules).toHaveLength(11);
	for (const [tree, text] of told.modules) expect(print(tree)).toBe(text);
	expect(told.optimizers).toHaveLength(9);
	for (const [name, groups, text] of told.optimizers) {
		const withParams = groups.map((g) => ({ params: [1, 2], ...g }));
		expect(formatOptimizer(name, withParams)).toBe(text);
	}
});

test("the device and the prefix are PyTorch's", () => {
	expect(formatTensor([1, 2], [2], "float32", { device: "webgpu" })).toBe(
		"tensor([1., 2.], device='webgpu')",
	);
	expect(formatTensor([1, 2], [2], "uint8", { device: "webgpu" })).toBe(
		"tensor([1, 2], device='webgpu', dtype=torch.uint8)",
	);
	// str() of `class Named(torch.Tensor)` in PyTorch 1.13
	expect(
		formatTensor([1, 2, 3, 4], [2, 2], "float32", { prefix: "Named(" }),
	).toBe("Named([[1., 2.],\n       [3., 4.]])");
});

test("a large tensor costs only what is shown of it", () => {
	let reads = 0;
	const size = 10_000;
	const watched = new Proxy([] as number[], {
		get(_, key) {
			if (typeof key === "string" && /^\d+$/.test(key)) reads++;
			return 0.5;
		},
	});
	const text = formatTensor(watched, [size, size], "float32");
	expect(text.split("\n")).toHaveLength(7);
	expect(reads).toBeGreaterThanOrEqual(36);
	expect(reads).toBeLessThanOrEqual(2 * 36);
});

test("an option that cannot be changes nothing", () => {
	const wrong: PrintOptions[] = [
		{ precision: -1 },
		{ precision: 1.5 },
		{ precision: 100 },
		{ edgeitems: 0 },
		{ threshold: Number.NaN },
		{ linewidth: 0 },
		{ profile: "tall" as "full" },
	];
	setPrintoptions({ precision: 2 });
	for (const options of wrong) {
		expect(() => setPrintoptions({ linewidth: 20, ...options })).toThrow(
			TorchletError,
		);
	}
	const row = Array.from({ length: 8 }, (_, i) => i / 8);
	expect(formatTensor(row, [8], "float32")).toBe(
		"tensor([0.00, 0.12, 0.25, 0.38, 0.50, 0.62, 0.75, 0.88])",
	);
});
