import { expect, test } from "vitest";
import { createWebgpuBackend } from "../../../src/backends/webgpu/index.js";
import { openGpuDevice } from "../../helpers/webgpu.js";
import { contractCases } from "./cases.js";
import { Bench, mismatch } from "./support.js";

const device = await openGpuDevice();
const gpu = new Bench(createWebgpuBackend(device));
const cpu = Bench.cpu();

const kernels = [...new Set(contractCases.map((c) => c.kernel))];

// All of a kernel's cases are recorded first, then read: a read waits.
test.each(kernels)(
	"%s gives on webgpu what it gives on the CPU",
	async (kernel) => {
		const wrong: string[] = [];
		const cases = contractCases.filter((c) => c.kernel === kernel);
		const runs = cases.map((c) => [c, c.run(gpu), c.run(cpu)] as const);
		for (const [c, there, here] of runs)
			for (let i = 0; i < here.length; i++) {
				const got = await gpu.get(there[i] as (typeof there)[0]);
				const want = await cpu.get(here[i] as (typeof here)[0]);
				const found = mismatch(got, want, c.tolerance ?? 0);
				if (found !== null) wrong.push(`${c.name}, result ${i}: ${found}`);
			}
		gpu.free();
		cpu.free();
		expect(wrong).toEqual([]);
	},
);
