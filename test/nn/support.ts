import { readFileSync } from "node:fs";
import { expect } from "vitest";
import * as torch from "../../src/index.js";

/** A tensor as the fixtures have it: float32 as base64, the rest as numbers. */
export interface Packed {
	readonly shape: number[];
	readonly dtype: torch.DType;
	readonly data: string | number[];
}

export function fixture<T>(name: string): T {
	return JSON.parse(
		readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), "utf8"),
	) as T;
}

export function valuesOf({ data }: Packed): ArrayLike<number> {
	if (typeof data !== "string") return data;
	return new Float32Array(new Uint8Array(Buffer.from(data, "base64")).buffer);
}

export function unpack(p: Packed): torch.Tensor {
	return torch
		.tensor([...Array.from(valuesOf(p))], { dtype: p.dtype })
		.view(p.shape);
}

/** Same shape and dtype, and values to `relative` of the size of the greatest. */
export function expectClose(
	t: torch.Tensor | null | undefined,
	want: Packed,
	relative = 2e-5,
	what = "",
): void {
	expect(t, what).toBeInstanceOf(torch.Tensor);
	const have = t as torch.Tensor;
	expect([...have.shape], what).toEqual(want.shape);
	expect(have.dtype, what).toBe(want.dtype);
	const values = have.dataSync();
	const wanted = valuesOf(want);
	for (let i = 0; i < wanted.length; i++) {
		const [a, b] = [values[i] as number, wanted[i] as number];
		expect(
			Math.abs(a - b),
			`${what}[${i}]: ${a}, PyTorch has ${b}`,
		).toBeLessThanOrEqual(relative * Math.max(1, Math.abs(b)));
	}
}

/** The fixtures' JavaScript, over the given names. */
export function evaluate(js: string, names: Record<string, unknown>): unknown {
	return new Function(...Object.keys(names), `return ${js}`)(
		...Object.values(names),
	);
}
