import { beforeAll, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { openGpu } from "../helpers/webgpu.js";
import { difference, readRows } from "../tensor/parity.js";

/** Sizes that depend on values, which only an await can bring: these refuse. */
const NEEDS_READ =
	/maskedSelect\((M|B|L)\)|where\((O|x)\)$|index\(.*M|asTuple|repeatInterleave\(L/;
/** Wrong values, which PyTorch's CPU tells at once, and a GPU by the next read. */
const TOLD_LATER = ["x.bernoulli_(x)", "torch.bernoulli(x)"];
/** Those that it cannot tell. */
const UNSEEN = ["x.maskedFill(B, 9)", ...TOLD_LATER];

beforeAll(async () => {
	torch.webgpu.configure({ gpu: openGpu() });
	await torch.tensor([0]).to("webgpu");
});

test.each(readRows().map((row) => [row.js, row] as const))(
	"%s as in PyTorch, on webgpu",
	async (js, row) => {
		const found = await difference(row, "webgpu", 2e-5);
		if (NEEDS_READ.test(js)) expect(found).toMatch(/DeviceError|await t\./);
		else expect(found).toBe(UNSEEN.includes(js) ? "was not refused" : null);
		if (TOLD_LATER.includes(js))
			await expect(
				torch.ones([1], { device: "webgpu" }).item(),
			).rejects.toThrow("Expected p_in >= 0 && p_in <= 1");
	},
);
