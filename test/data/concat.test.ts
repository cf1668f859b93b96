import { expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { python } from "../helpers/python.js";

const PYTHON = `
import json, torch
from torch.utils.data import ConcatDataset, TensorDataset, IterableDataset
a, b = TensorDataset(torch.arange(3)), TensorDataset(torch.arange(10, 12))
whole = a + b
class Endless(IterableDataset): pass
try: ConcatDataset([Endless()])
except AssertionError as e: error = str(e)
print(json.dumps({"sizes": whole.cumulative_sizes, "items": [whole[i][0].item() for i in range(-5, 5)], "error": error}))
`;

test("ConcatDataset is PyTorch's a + b", async () => {
	const want = JSON.parse(python(PYTHON));
	const a = new torch.TensorDataset(torch.arange(3));
	const b = new torch.TensorDataset(torch.arange(10, 12));
	const whole = new torch.ConcatDataset([a, b]);
	expect(whole.cumulativeSizes).toEqual(want.sizes);
	const items: unknown[] = [];
	for (let i = -5; i < 5; i++)
		items.push((await whole.get(i))[0]?.tolistSync());
	expect(items).toEqual(want.items);
	class Endless extends torch.IterableDataset {}
	const endless = new Endless() as unknown as torch.Dataset;
	expect(() => new torch.ConcatDataset([endless])).toThrow(want.error);
});
