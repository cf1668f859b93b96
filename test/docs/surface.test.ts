import { expect, test } from "vitest";
import { surface } from "./surface.js";

// npm run surface writes the table anew
test("the table of PyTorch's surface is current", async () => {
	await expect(surface()).toMatchFileSnapshot("../../examples/SURFACE.md");
});
