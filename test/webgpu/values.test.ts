import { beforeAll, describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { openGpu } from "../helpers/webgpu.js";

const { autograd } = torch;
const F = torch.nn.functional;

beforeAll(async () => {
	torch.webgpu.configure({ gpu: openGpu() });
	(await torch.ones([1]).to("webgpu")).dispose();
});

const there = (values: number[]) => torch.tensor(values, { device: "webgpu" });
const ints = (values: number[]) =>
	torch.tensor(Int32Array.from(values), { device: "webgpu" });

describe("anomaly mode: the next read names what gave NaN first", () => {
	/** A gradient of NaN at a line with a name; then more steps that spread it. */
	function step(): torch.Tensor {
		const x = there([1, 0, 4]).requiresGrad_();
		function theGuiltyLine() {
			return x.mul(2).sqrt();
		}
		const y = theGuiltyLine().mul(there([1, 0, 1]));
		y.sum().backward();
		return x.grad as torch.Tensor;
	}

	test("the operation, and the line that called it", async () => {
		const grad = autograd.detectAnomaly(step);
		const read = grad.data();
		await expect(read).rejects.toThrow(torch.AutogradError);
		await expect(read).rejects.toThrow(
			/Function 'SqrtBackward0' returned nan values in its 0th output\.[\s\S]*theGuiltyLine/,
		);
		// told once, and only in the mode
		expect(await grad.isnan().sum().item()).toBe(1);
		expect(Array.from(await step().isnan().data())).toEqual([0, 1, 0]);
	});

	test("as `setDetectAnomaly` in a loop: the loss tells, and the next step goes on", async () => {
		autograd.setDetectAnomaly(true);
		try {
			const w = there([4, 9]).requiresGrad_();
			for (const [scale, isBad] of [
				[1, false],
				[0, true],
				[2, false],
			] as const) {
				const loss = w.mul(scale).sqrt().sum();
				w.grad = null;
				loss.backward();
				const told = loss.item();
				if (isBad) {
					// sqrt's slope at 0, times 0
					await expect(told).rejects.toThrow(/'MulBackward0' returned nan/);
				} else {
					expect(await told).toBeGreaterThan(0);
				}
			}
		} finally {
			autograd.setDetectAnomaly(false);
		}
	});
});

test("binaryCrossEntropy of what is no share: the next read tells", async () => {
	const good = F.binaryCrossEntropy(there([0, 0.5, 1]), there([0, 1, 1]));
	expect(await good.item()).toBeCloseTo(-Math.log(0.5) / 3, 5);
	const bad = F.binaryCrossEntropy(there([0.5, 1.5]), there([0, 1]));
	const read = bad.item();
	await expect(read).rejects.toThrow(torch.ShapeError);
	await expect(read).rejects.toThrow(
		"all elements of input should be between 0 and 1, but element 1 is not. Apply sigmoid",
	);
});

test("bernoulli_ by what is no share: the next read tells", async () => {
	const drawn = there([0, 0, 0]).bernoulli_(there([1, 0, 1]));
	expect(Array.from(await drawn.data())).toEqual([1, 0, 1]);
	const read = there([0, 0])
		.bernoulli_(there([0.5, Number.NaN]))
		.data();
	await expect(read).rejects.toThrow(torch.ShapeError);
	await expect(read).rejects.toThrow("Expected p_in >= 0 && p_in <= 1");
});

test.each<[string, () => unknown, RegExp]>([
	[
		"oneHot without numClasses",
		() => F.oneHot(ints([0, 2])),
		/oneHot\(\): how many classes.*Give numClasses/,
	],
	[
		"repeatInterleave by counts that lie there",
		() => there([1, 2]).repeatInterleave(ints([1, 2])),
		/repeatInterleave\(\): the size.*await repeats\.to\('cpu'\)/,
	],
])("%s says what to do", (_name, call, words) => {
	expect(call).toThrow(torch.DeviceError);
	expect(call).toThrow(words);
});

test("what they say works", async () => {
	const repeats = await ints([1, 2]).to("cpu");
	const y = there([3, 4]).repeatInterleave(repeats);
	expect(Array.from(await y.data())).toEqual([3, 4, 4]);
	expect(await F.oneHot(ints([0, 2]), 3).tolist()).toEqual([
		[1, 0, 0],
		[0, 0, 1],
	]);
});
