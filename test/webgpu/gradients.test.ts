import { beforeAll, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { openGpu } from "../helpers/webgpu.js";
import { makeOn, type Row, rows } from "../ops/gradients.js";

type T = torch.Tensor;

beforeAll(async () => {
	torch.webgpu.configure({ gpu: openGpu() });
	await torch.tensor([0]).to("webgpu");
});

/** Fixed numbers without a pattern, one for each element. */
function weightsLike(outputs: readonly T[]): T[] {
	return outputs.map((t, o) =>
		t
			.newFrom(
				Float32Array.from(
					{ length: t.numel() },
					(_, i) => Math.sin(1.7 * i + 0.9 * o + 1) + 0.3,
				),
				t.shape,
			)
			.requiresGrad_(true),
	);
}

/** The results of a row, its gradients, and the gradients of these. */
function derivatives(row: Row, device: torch.DeviceName): (T | null)[] {
	makeOn(device);
	torch.manualSeed(0);
	const inputs = row.inputs();
	const result = row.run(...inputs);
	const all = Array.isArray(result) ? result : [result as T];
	const outputs = all.filter((t) => t.requiresGrad);
	const leaves = inputs.filter((t) => t.requiresGrad);
	if (outputs.length === 0) return all;
	const seeds = weightsLike(outputs);
	const first = torch.autograd.grad(outputs, leaves, {
		gradOutputs: seeds,
		createGraph: true,
		allowUnused: true,
	});
	const linked = first.filter((t) => t?.requiresGrad) as T[];
	if (linked.length === 0) return [...all, ...first];
	const second = torch.autograd.grad(linked, [...leaves, ...seeds], {
		gradOutputs: weightsLike(linked),
		allowUnused: true,
	});
	return [...all, ...first, ...second];
}

/** Their sizes depend on values: these refuse, and name what to await instead. */
const REFUSED =
	/maskedSelect\(mask|a\.index\( ?mask|\.maskedSelect|index\(mask/;

test.each(Object.entries(rows))(
	"%s: results, gradients and second derivatives",
	async (_key, list) => {
		const wrong: string[] = [];
		const pairs = list.flatMap((row) => {
			const here = derivatives(row, "cpu");
			try {
				const there = derivatives(row, "webgpu");
				if (REFUSED.test(row.name)) wrong.push(`${row.name}: did not refuse`);
				return [{ row, here, there }];
			} catch (error) {
				if (!(error instanceof torch.DeviceError && REFUSED.test(row.name)))
					throw error;
				expect(error.message).toMatch(/await/);
				return [];
			} finally {
				makeOn("cpu");
			}
		});
		for (const { row, here, there } of pairs) {
			expect(there.length, row.name).toBe(here.length);
			for (const [i, want] of here.entries()) {
				const got = there[i] ?? null;
				expect(got === null, row.name).toBe(want === null);
				if (got === null || want === null) continue;
				expect(got.device).toBe("webgpu");
				expect(got.shape).toEqual(want.shape);
				const a = await got.data();
				want.dataSync().forEach((b, k) => {
					const off = Math.abs((a[k] as number) - b);
					if (!(off <= 1e-4 * Math.max(1, Math.abs(b))))
						wrong.push(`${row.name} [${i}][${k}]: ${a[k]} instead of ${b}`);
				});
			}
		}
		expect(wrong).toEqual([]);
	},
);
