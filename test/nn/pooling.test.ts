import { expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { python } from "../helpers/python.js";

const F = torch.nn.functional;

/** Images and what they are cut into: equal parts. */
const SIZES = [
	[[1, 2, 9, 6], 3, 2],
	[[2, 3, 7, 10], 7, 5],
	[[1, 1, 12, 14], 4, 1],
	[[3, 2, 10, 6], 2, 6],
] as const;

test("means of equal parts are PyTorch's to the last bit", () => {
	const want = JSON.parse(
		python(`
import json, torch
torch.manual_seed(5)
print(json.dumps([torch.nn.functional.adaptive_avg_pool2d(torch.randn(shape), (h, w)).flatten().tolist() for shape, h, w in ${JSON.stringify(SIZES)}]))`),
	);
	torch.manualSeed(5);
	const got = SIZES.map(([shape, h, w]) => {
		const y = F.adaptiveAvgPool2d(torch.randn([...shape]), [h, w]);
		return y.flatten().tolistSync();
	});
	expect(got).toEqual(want);
});
