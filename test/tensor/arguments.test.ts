import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const a = torch.tensor([
	[1.5, -2, 0.25],
	[3, 0, -0.5],
]);
const i = torch.tensor([3, -1, 2, 0], { dtype: "int32" });
const u = torch.tensor([250, 3, 0, 7], { dtype: "uint8" });
const m = torch.tensor([true, false, true]);

// Expectations are PyTorch 1.13's.
describe("arguments as PyTorch people write them", () => {
	test("dimensions by name", () => {
		expect(a.flip({ dims: [0] } as never).tolistSync()).toEqual([
			[3, 0, -0.5],
			[1.5, -2, 0.25],
		]);
		expect(a.permute({ dims: [1, 0] } as never).shape).toEqual([3, 2]);
		expect(() => a.flip({ dim: 0 } as never)).toThrow(torch.DTypeError);
		expect(a.diagonal({ offset: 1 }).tolistSync()).toEqual([-2, -0.5]);
		expect(a.unsqueeze({ dim: 1 }).shape).toEqual([2, 1, 3]);
	});

	test("true and false are operands that lift no type", () => {
		const on = true as never;
		const rows = [
			[m.bitwiseXor(on), "bool", [false, true, false]],
			[m.eq(on), "bool", [true, false, true]],
			[i.mul(on), "int32", [3, -1, 2, 0]],
			[u.add(on), "uint8", [251, 4, 1, 8]],
		] as const;
		for (const [y, dtype, values] of rows) {
			expect(y.dtype).toBe(dtype);
			expect(y.tolistSync()).toEqual(values);
		}
	});

	test("where with a condition alone gives coordinates", () => {
		const [rows, columns] = torch.where(a.gt(0));
		expect(rows?.tolistSync()).toEqual([0, 0, 1]);
		expect(columns?.tolistSync()).toEqual([0, 2, 0]);
		const [only] = torch.where(torch.tensor(true));
		expect(only?.tolistSync()).toEqual([0]);
	});

	test("values with indices: by name, place, and as printed", () => {
		const found = a.max(1);
		expect(found[0]).toBe(found.values);
		expect(found[1]).toBe(found.indices);
		expect(String(found)).toBe(
			"torch.return_types.max(\nvalues=tensor([1.5000, 3.0000]),\nindices=tensor([0, 0]))",
		);
		expect(String(a.topk(1))).toMatch("torch.return_types.topk(");
		expect(String(torch.sort(a, 1))).toMatch("torch.return_types.sort(");
		expect(String(a.min(0))).toMatch("torch.return_types.min(");
	});
});

describe("what does not fit is refused", () => {
	test.each<[string, () => unknown]>([
		["a string", () => a.add("x" as never)],
		["an array", () => a.mul([1] as never)],
		["nothing", () => a.add(undefined as never)],
		["a number in matmul", () => a.matmul(3 as never)],
		["a number in cat", () => torch.cat([a, 3 as never])],
		["a string for a dimension", () => a.sum("x" as never)],
	])("%s", (_name, call) => {
		const before = torch.memory().tensors;
		expect(call).toThrow(torch.DTypeError);
		expect(torch.memory().tensors).toBe(before);
	});

	test("numbers that a dtype does not have", () => {
		const beyond = "without overflow";
		expect(() => u.clone().fill_(300)).toThrow(beyond);
		expect(() => u.clone().indexPut_([0], 300)).toThrow(beyond);
		expect(() => i.clone().fill_(Number.POSITIVE_INFINITY)).toThrow(beyond);
		expect(() => torch.full([1], 300, { dtype: "uint8" })).toThrow(beyond);
		expect(() => torch.full([1], Number.NaN, { dtype: "int32" })).toThrow(
			beyond,
		);
		expect(() => torch.tensor([256], { dtype: "uint8" })).toThrow(beyond);
		// as PyTorch: minus one wraps
		expect(u.clone().fill_(-1).tolistSync()).toEqual([255, 255, 255, 255]);
	});

	test("a fractional alpha among whole numbers", () => {
		const text =
			"For integral input tensors, argument alpha must not be a floating point number.";
		expect(() => i.add(i, { alpha: 0.5 })).toThrow(text);
		expect(() => i.clone().sub_(2, { alpha: 1.5 })).toThrow(text);
		expect(i.add(a.index(0, 0), { alpha: 0.5 }).dtype).toBe("float32");
	});

	test("expand names the last dimension that does not fit", () => {
		expect(() => a.expand(2, 3, 4)).toThrow(
			"The expanded size of the tensor (4) must match the existing size (3) at non-singleton dimension 2.  Target sizes: [2, 3, 4].  Tensor sizes: [2, 3]",
		);
	});
});
