import { beforeAll, describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { complaints, disguised, openGpu } from "../helpers/webgpu.js";

type T = torch.Tensor;

const NAN = Number.NaN;
const INF = Number.POSITIVE_INFINITY;

/** Rows as long as what subgroups join, and the values that compilers forget. */
function special(): T {
	const x = torch.rand(7, 700).mul(8).sub(4);
	x.select(0, 1).fill_(-INF);
	x.select(0, 2).fill_(-3);
	x.select(0, 3).select(0, 699).fill_(NAN);
	x.select(0, 4).select(0, 5).fill_(-INF);
	x.select(0, 5).select(0, 77).fill_(INF);
	x.select(0, 6).neg_().sub_(100);
	return x;
}

const cases: [string, () => T[], (...x: T[]) => T][] = [
	[
		"one row by a matrix",
		() => [torch.rand(1, 784), torch.rand(128, 784)],
		(x, w) => x.matmul(w.t()),
	],
	[
		"rows with a bias and ReLU, of a length that is no multiple of 4",
		() => [torch.rand(3, 1027).sub(0.5), torch.rand(5, 1027), torch.rand(5)],
		(x, w, b) => torch.nn.functional.linear(x, w, b).relu(),
	],
	[
		"a matrix by a column",
		() => [torch.rand(40, 300), torch.rand(300, 1)],
		(x, w) => x.matmul(w),
	],
	["softmax", () => [special()], (x) => x.softmax(1)],
	["logSoftmax", () => [special()], (x) => x.logSoftmax(1)],
	[
		"softmax of more rows than one dimension of groups",
		() => [torch.rand(3, 4, 300)],
		(x) => x.softmax(-1),
	],
	[
		"gradients of both",
		() => [torch.rand(5, 600), torch.rand(5, 600)],
		(x, g) => {
			const leaf = x.detach().requiresGrad_();
			leaf.softmax(1).add(leaf.logSoftmax(1)).mul(g).sum().backward();
			return leaf.grad as T;
		},
	],
];

/** Both devices' numbers, apart by float rounding and of the same kind. */
async function compare([, make, call]: (typeof cases)[number]): Promise<void> {
	const here = make();
	const there: T[] = [];
	for (const t of here) there.push(await t.to("webgpu"));
	const [want, got] = [await call(...here).data(), await call(...there).data()];
	expect(got.length).toBe(want.length);
	for (let i = 0; i < want.length; i++) {
		const [w, g] = [Number(want[i]), Number(got[i])];
		if (Object.is(w, g)) continue;
		expect(Math.abs(g - w), `${i}: ${g} for ${w}`).toBeLessThan(
			2e-5 * (1 + Math.abs(w)),
		);
	}
}

let device: GPUDevice;
const codes: string[] = [];

beforeAll(async () => {
	const adapter = await openGpu().requestAdapter();
	device = (await adapter?.requestDevice({
		requiredFeatures: ["subgroups"],
	})) as GPUDevice;
});

describe("subgroups as the adapter has them", () => {
	beforeAll(() => {
		torch.webgpu.configure({
			device: disguised(device, { codes, isSoftware: true }),
			subgroups: "required",
		});
	});

	test.each(cases)("%s", (...row) => compare(row));

	test("they were used in each of these kernels", async () => {
		const used = codes.filter((code) => code.startsWith("enable subgroups;"));
		expect(used.filter((code) => code.includes("sumOfAll(sum"))).toHaveLength(
			used.length,
		);
		// 3 products, softmax of three shapes and kinds, gradients of two
		expect(used.length).toBeGreaterThanOrEqual(7);
		expect(await complaints(used)).toEqual([]);
	});
});

/** Subgroups by workgroup memory: which invocations are together is told by `part`. */
function emulated(code: string, part: string): string {
	if (!code.startsWith("enable subgroups;")) return code;
	const threads = /@workgroup_size\((\d+)\)/.exec(code)?.[1];
	const over = (name: string, type: string, join: string, which: string) => `
fn ${name}(v: ${type}, lane: u32) -> ${type} {
	workgroupBarrier();
	emu[lane] = bitcast<u32>(v);
	workgroupBarrier();
	var all = ${type}(0);
	for (var i = 0u; i < ${threads}u; i++) {
		if (together(i) == together(lane)${which}) { let o = bitcast<${type}>(emu[i]); all = ${join}; }
	}
	workgroupBarrier();
	return all;
}`;
	return `var<workgroup> emu: array<u32, ${threads}>;
fn together(l: u32) -> u32 { return ${part}; }
${over("addFloat", "f32", "all + o", "")}${over("addInt", "u32", "all + o", "")}${over("before", "u32", "all + o", " && i < lane")}${over("top", "u32", "max(all, o)", "")}
${code
	.replace("enable subgroups;", "")
	.replaceAll("subgroupExclusiveAdd(1u)", "before(1u, lane)")
	.replaceAll("subgroupAdd(1u)", "addInt(1u, lane)")
	.replaceAll(/subgroupAdd\((\w+)\)/g, "addFloat($1, lane)")
	.replaceAll(/subgroupMax\((\w+)\)/g, "top($1, lane)")}`;
}

describe.each([
	["8 neighbours", "l / 8u"],
	["32 neighbours", "l / 32u"],
	["128 neighbours, so that some are larger than a workgroup", "l / 128u"],
	["every seventh", "l % 7u"],
	["sizes that differ", "firstLeadingBit(l + 1u)"],
	["one alone, and all others", "select(1u, 0u, l == 13u)"],
])("subgroups of %s", (_name, part) => {
	beforeAll(() => {
		torch.webgpu.configure({
			device: disguised(device, {
				features: ["subgroups"],
				rewrite: (code) => emulated(code, part),
				isSoftware: true,
			}),
			subgroups: "required",
		});
	});

	test.each(cases)("%s", (...row) => compare(row));
});
