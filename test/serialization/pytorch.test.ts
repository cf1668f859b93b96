import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { makeConverter } from "../../src/serialization/convert.js";
import {
	type FileDType,
	PlainStorage,
	PlainTensor,
	Tuple,
} from "../../src/serialization/plain.js";
import { decodePth, encodePth } from "../../src/serialization/pth.js";
import { temporaryFolder } from "../helpers/folder.js";
import { python } from "../helpers/python.js";

const folder = temporaryFolder();
const file = (name: string) => join(folder, name);
const load = (name: string) =>
	decodePth(new Uint8Array(readFileSync(file(name))));

type Dict = Record<string, unknown>;

/** Elements of a tensor by its strides, converted as on load. */
function elements(t: PlainTensor): number[] {
	const { storage, shape, strides, offset } = makeConverter()(t, "t");
	const bytes = new Uint8Array(storage.bytes);
	const flat =
		storage.dtype === "float32"
			? new Float32Array(bytes.buffer)
			: storage.dtype === "int32"
				? new Int32Array(bytes.buffer)
				: bytes;
	let places = [offset];
	for (const [d, size] of shape.entries()) {
		places = places.flatMap((p) =>
			Array.from({ length: size }, (_, i) => p + i * (strides[d] ?? 0)),
		);
	}
	return places.map((p) => flat[p] as number);
}

const f32 = (shape: number[], values: number[]) => {
	const strides = shape.map((_, i) =>
		shape.slice(i + 1).reduce((a, b) => a * b, 1),
	);
	const bytes = new Uint8Array(Float32Array.from(values).buffer);
	const storage = new PlainStorage("float32", bytes);
	return new PlainTensor("float32", shape, strides, 0, storage);
};

/** Prints a Python value so that types show: tuple, list, int, float. */
const SHOW = `
import sys, json, torch
from collections import OrderedDict
def show(x):
    if isinstance(x, torch.Tensor):
        return ['tensor', str(x.dtype), list(x.shape), list(x.stride()), x.storage_offset(), x.requires_grad, x.tolist()]
    if isinstance(x, dict):
        return [type(x).__name__, [[show(k), show(v)] for k, v in x.items()]]
    if isinstance(x, (list, tuple)):
        return [type(x).__name__, [show(v) for v in x]]
    return [type(x).__name__, repr(x)]
`;

describe("files that PyTorch wrote", () => {
	beforeAll(() => {
		python(
			`
import sys, torch
torch.manual_seed(1)
m = torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.ReLU(), torch.nn.Linear(4, 3))
o = torch.optim.SGD(m.parameters(), lr=0.25, momentum=0.5)
m(torch.ones(2, 5)).sum().backward(); o.step()
def both(x, name):
    torch.save(x, f'{sys.argv[1]}/{name}.pth')
    torch.save(x, f'{sys.argv[1]}/{name}-legacy.pth', _use_new_zipfile_serialization=False)
    torch.save(x, f'{sys.argv[1]}/{name}-p4.pth', pickle_protocol=4)
both(m.state_dict(), 'state')
both({'model': m.state_dict(), 'optimizer': o.state_dict(), 'epoch': 7}, 'checkpoint')
base = torch.arange(12.).reshape(3, 4)
both({
  'none': None, 'yes': True, 'no': False, 'int': -5, 'byte': 200, 'short': 40000, 'huge': 2**70, 'negative': -2**40,
  'float': 2.5, 'inf': float('inf'), 'text': 'Zürich 🙂', 'list': [1, [2]], 'tuple': (1, 'a'), 'empty': {}, '__proto__': 5,
  'size': torch.Size([2, 3]), 'nested': {'a': {'b': [base[1]]}}, 'long': 'x' * 300,
}, 'values')
both({'base': base, 't': base.t(), 'row': base[1], 'column': base[:, 2], 'expanded': torch.ones(1).expand(2, 3), 'scalar': torch.tensor(4.5), 'none': torch.zeros(0, 3)}, 'views')
both({'p': torch.nn.Parameter(base.clone()), 'g': base.clone().requires_grad_()}, 'grads')
both({
  'float64': torch.tensor([1e-3, -2.5, float('inf'), float('nan'), 1e-60], dtype=torch.float64),
  'float16': torch.tensor([1.5, -0.0, 6e-8, 65504, float('inf'), -1e-5, 0.1], dtype=torch.float16),
  'bfloat16': torch.tensor([1.5, -0.0, 1e-40, 3e38, float('-inf'), 0.1], dtype=torch.bfloat16),
  'float32': torch.tensor([1e-45, 3e38]),
  'int64': torch.tensor([2**31 - 1, -2**31, -1, 0]), 'int32': torch.tensor([7, -7], dtype=torch.int32),
  'int16': torch.tensor([-32768, 32767], dtype=torch.int16), 'int8': torch.tensor([-128, 127], dtype=torch.int8),
  'uint8': torch.tensor([255, 0], dtype=torch.uint8), 'bool': torch.tensor([True, False]),
}, 'dtypes')
torch.save({'a': {'b': torch.tensor([0, 2**31])}}, f'{sys.argv[1]}/big64.pth')
torch.save(torch.tensor([1e39], dtype=torch.float64), f'{sys.argv[1]}/big-double.pth')
`,
			[folder],
		);
	});

	const layouts = ["", "-legacy", "-p4"];

	test.each(layouts)("a state dict%s, in order, bit for bit", (layout) => {
		const state = load(`state${layout}.pth`) as Dict;
		const theirs = JSON.parse(
			python(
				`import torch, json, sys; print(json.dumps([[k, list(v.shape), v.flatten().tolist()] for k, v in torch.load(sys.argv[1]).items()]))`,
				[file(`state${layout}.pth`)],
			),
		);
		const ours = Object.entries(state).map(([k, t]) => [
			k,
			(t as PlainTensor).shape,
			elements(t as PlainTensor),
		]);
		expect(ours).toEqual(theirs);
		expect(ours).toHaveLength(4);
	});

	test.each(layouts)("a checkpoint with an optimizer's state%s", (layout) => {
		const { optimizer, epoch } = load(`checkpoint${layout}.pth`) as {
			optimizer: { state: Map<number, Dict>; param_groups: Dict[] };
			epoch: number;
		};
		expect(epoch).toBe(7);
		expect([...optimizer.state.keys()]).toEqual([0, 1, 2, 3]);
		const buffer = optimizer.state.get(3)?.momentum_buffer as PlainTensor;
		expect(elements(buffer)).toEqual([2, 2, 2]);
		expect(optimizer.param_groups[0]).toMatchObject({
			lr: 0.25,
			momentum: 0.5,
			nesterov: false,
			foreach: null,
			params: [0, 1, 2, 3],
		});
	});

	test.each(layouts)("every kind of plain value%s", (layout) => {
		const values = load(`values${layout}.pth`) as Dict;
		expect(Object.getPrototypeOf(values)).toBe(Object.prototype);
		expect(Object.hasOwn(values, "__proto__")).toBe(true);
		const { nested, ...rest } = values;
		const tensor = (nested as { a: { b: [PlainTensor] } }).a.b[0];
		expect(elements(tensor)).toEqual([4, 5, 6, 7]);
		expect(Object.entries(rest)).toEqual([
			["none", null],
			["yes", true],
			["no", false],
			["int", -5],
			["byte", 200],
			["short", 40000],
			["huge", 2n ** 70n],
			["negative", -(2 ** 40)],
			["float", 2.5],
			["inf", Number.POSITIVE_INFINITY],
			["text", "Zürich 🙂"],
			["list", [1, [2]]],
			["tuple", [1, "a"]],
			["empty", {}],
			["__proto__", 5],
			["size", [2, 3]],
			["long", "x".repeat(300)],
		]);
	});

	test.each(layouts)("views keep strides and share storage%s", (layout) => {
		const v = load(`views${layout}.pth`) as Record<string, PlainTensor>;
		const get = (k: string) => v[k] as PlainTensor;
		expect(get("t").storage).toBe(get("base").storage);
		expect(get("t").strides).toEqual([1, 4]);
		expect(elements(get("t"))).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
		expect(elements(get("row"))).toEqual([4, 5, 6, 7]);
		expect(elements(get("column"))).toEqual([2, 6, 10]);
		expect(elements(get("expanded"))).toEqual([1, 1, 1, 1, 1, 1]);
		expect(get("expanded").storage.bytes.length).toBe(4);
		expect(elements(get("scalar"))).toEqual([4.5]);
		expect(get("scalar").shape).toEqual([]);
		expect(get("none").shape).toEqual([0, 3]);
	});

	test.each(layouts)("requires_grad, of parameters too%s", (layout) => {
		const v = load(`grads${layout}.pth`) as Record<string, PlainTensor>;
		expect(v.p?.requiresGrad).toBe(true);
		expect(v.g?.requiresGrad).toBe(true);
	});

	test.each(layouts)(
		"all dtypes, converted as PyTorch converts%s",
		(layout) => {
			const v = load(`dtypes${layout}.pth`) as Record<FileDType, PlainTensor>;
			const theirs = JSON.parse(
				python(
					`
import torch, json, sys
def bits(x):
    if x.dtype.is_floating_point: return x.float().view(torch.int32).tolist()
    return x.int().tolist()
print(json.dumps({k: bits(x) for k, x in torch.load(sys.argv[1]).items()}))`,
					[file(`dtypes${layout}.pth`)],
				),
			);
			const bits = Object.fromEntries(
				Object.entries(v).map(([k, t]) => {
					expect(t.dtype).toBe(k);
					const { storage } = makeConverter()(t, k);
					const ints =
						storage.bytes.length === t.shape[0]
							? storage.bytes
							: new Int32Array(storage.bytes.slice().buffer);
					return [k, [...ints]];
				}),
			);
			expect(bits).toEqual(theirs);
		},
	);

	test.each(layouts)(
		"all dtypes%s from a Buffer, whose slice makes no copy, anywhere in memory",
		(layout) => {
			const bytes = readFileSync(file(`dtypes${layout}.pth`));
			const pool = Buffer.alloc(bytes.length + 8);
			const want = load(`dtypes${layout}.pth`) as Record<string, PlainTensor>;
			for (let shift = 0; shift < 8; shift++) {
				pool.set(bytes, shift);
				const v = decodePth(pool.subarray(shift, shift + bytes.length));
				for (const [k, t] of Object.entries(v as typeof want))
					expect(elements(t), k).toEqual(elements(want[k] as PlainTensor));
			}
		},
	);

	test("values out of range are named with their place", () => {
		const { a } = load("big64.pth") as { a: { b: PlainTensor } };
		expect(() => makeConverter()(a.b, "a.b")).toThrow(
			"2147483648 (at 'a.b') does not fit: int64 is loaded as int32",
		);
		const double = load("big-double.pth") as PlainTensor;
		expect(() => makeConverter()(double, "")).toThrow(
			"1e+39 does not fit: float64 is loaded as float32",
		);
	});
});

describe("files that we wrote", () => {
	const show = (name: string, value: unknown) => {
		writeFileSync(file(name), encodePth(value));
		return JSON.parse(
			python(`${SHOW}print(json.dumps(show(torch.load(sys.argv[1]))))`, [
				file(name),
			]),
		);
	};

	test("a state dict opens as an OrderedDict and loads into a module", () => {
		const weight = f32([2, 3], [1, 2, 3, 4, 5, 0.1]);
		const state = { weight, bias: f32([2], [-1, -0]) };
		expect(show("ours.pth", state)).toEqual([
			"OrderedDict",
			[
				[
					["str", "'weight'"],
					[
						"tensor",
						"torch.float32",
						[2, 3],
						[3, 1],
						0,
						false,
						[
							[1, 2, 3],
							[4, 5, Math.fround(0.1)],
						],
					],
				],
				[
					["str", "'bias'"],
					["tensor", "torch.float32", [2], [1], 0, false, [-1, -0]],
				],
			],
		]);
		const y = python(
			`import torch, sys
m = torch.nn.Linear(3, 2); print(m.load_state_dict(torch.load(sys.argv[1])))
print(m(torch.ones(3)).tolist())`,
			[file("ours.pth")],
		);
		expect(y).toContain("<All keys matched successfully>");
		expect(y).toContain("[5.0, 9.1");
	});

	test("every kind of plain value", () => {
		const shared = [1];
		const value = {
			none: null,
			yes: true,
			no: false,
			ints: [0, 255, 256, -1, -(2 ** 31), 2 ** 31, -(2 ** 53) + 1],
			huge: 2n ** 70n,
			negative: [-(2n ** 63n), -1n, 0n, 127n, 128n, -129n],
			floats: [0.1, -0, 1e300, Number.POSITIVE_INFINITY, Number.NaN],
			text: "Zürich 🙂",
			"collections\nOrderedDict\n": "collections\nOrderedDict\n",
			tuple: new Tuple([1, new Tuple([])]),
			map: new Map<unknown, unknown>([
				[0, "a"],
				["b", { c: [] }],
				[new Tuple([1, 2]), null],
			]),
			shared: [shared, shared],
			tensor: f32([1], [3]),
		};
		const [type, items] = show("values-ours.pth", value) as [
			string,
			[[string, string], unknown][],
		];
		expect(type).toBe("dict");
		const int = (x: number | bigint | string) => ["int", String(x)];
		expect(Object.fromEntries(items.map(([k, v]) => [k[1], v]))).toEqual({
			"'none'": ["NoneType", "None"],
			"'yes'": ["bool", "True"],
			"'no'": ["bool", "False"],
			"'ints'": ["list", value.ints.map(int)],
			"'huge'": int(2n ** 70n),
			"'negative'": ["list", value.negative.map(int)],
			"'floats'": [
				"list",
				["0.1", "-0.0", "1e+300", "inf", "nan"].map((x) => ["float", x]),
			],
			"'text'": ["str", "'Zürich 🙂'"],
			"'collections\\nOrderedDict\\n'": [
				"str",
				"'collections\\nOrderedDict\\n'",
			],
			"'tuple'": ["tuple", [int(1), ["tuple", []]]],
			"'map'": [
				"dict",
				[
					[int(0), ["str", "'a'"]],
					[
						["str", "'b'"],
						[
							"dict",
							[
								[
									["str", "'c'"],
									["list", []],
								],
							],
						],
					],
					[
						["tuple", [int(1), int(2)]],
						["NoneType", "None"],
					],
				],
			],
			"'shared'": [
				"list",
				[
					["list", [int(1)]],
					["list", [int(1)]],
				],
			],
			"'tensor'": ["tensor", "torch.float32", [1], [1], 0, false, [3]],
		});
	});

	test("more than 256 keys, shared storages, dtypes, requires_grad", () => {
		const many = Object.fromEntries(
			Array.from({ length: 400 }, (_, i) => [`k${i}`, f32([2], [i, -i])]),
		);
		const base = f32([2, 2], [1, 2, 3, 4]);
		const t = new PlainTensor("float32", [2, 2], [1, 2], 0, base.storage, true);
		const of = (dtype: FileDType, ...bytes: number[]) =>
			new PlainTensor(
				dtype,
				[1],
				[1],
				0,
				new PlainStorage(dtype, Uint8Array.from(bytes)),
			);
		const value = {
			many,
			shared: { base, t },
			dtypes: {
				int32: of("int32", 1, 0, 0, 128),
				uint8: of("uint8", 200),
				bool: of("bool", 1),
				float64: of("float64", 0, 0, 0, 0, 0, 0, 4, 64),
				float16: of("float16", 0, 62),
				bfloat16: of("bfloat16", 192, 63),
				int64: of("int64", 254, 255, 255, 255, 255, 255, 255, 255),
				int16: of("int16", 0, 128),
				int8: of("int8", 255),
			},
		};
		writeFileSync(file("many.pth"), encodePth(value));
		const printed = python(
			`
import torch, sys
x = torch.load(sys.argv[1])
assert len(x['many']) == 400
for i, (k, v) in enumerate(x['many'].items()): assert k == f'k{i}' and v.tolist() == [i, -i], k
s = x['shared']; s['base'][0, 1] = 9
print(s['t'].tolist(), s['t'].requires_grad, s['base'].requires_grad)
print({k: (str(v.dtype), v.item()) for k, v in x['dtypes'].items()})
`,
			[file("many.pth")],
		);
		expect(printed).toBe(
			"[[1.0, 3.0], [9.0, 4.0]] True False\n" +
				"{'int32': ('torch.int32', -2147483647), 'uint8': ('torch.uint8', 200), 'bool': ('torch.bool', True), " +
				"'float64': ('torch.float64', 2.5), 'float16': ('torch.float16', 1.5), 'bfloat16': ('torch.bfloat16', 1.5), " +
				"'int64': ('torch.int64', -2), 'int16': ('torch.int16', -32768), 'int8': ('torch.int8', -1)}\n",
		);
	});

	test("the archive is laid out as PyTorch's: aligned, stored, checked", () => {
		const state = { a: f32([3], [1, 2, 3]), b: f32([1], [4]) };
		writeFileSync(file("layout.pth"), encodePth(state));
		const printed = python(
			`
import zipfile, sys
z = zipfile.ZipFile(sys.argv[1]); print(z.testzip())
f = open(sys.argv[1], 'rb').read()
for i in z.infolist():
    h = i.header_offset; n = int.from_bytes(f[h+26:h+28], 'little'); e = int.from_bytes(f[h+28:h+30], 'little')
    print(i.filename, i.compress_type, (h + 30 + n + e) % 64)
print(z.read('archive/version'))
`,
			[file("layout.pth")],
		);
		expect(printed).toBe(
			"None\narchive/data.pkl 0 0\narchive/data/0 0 0\narchive/data/1 0 0\narchive/version 0 0\nb'3\\n'\n",
		);
		expect(encodePth(state)).toEqual(encodePth(state));
	});
});
