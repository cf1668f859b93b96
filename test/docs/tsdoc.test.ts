import { expect, test } from "vitest";
import { undocumented } from "./public-names.js";

test("every public name has its comment", () => {
	expect(undocumented()).toEqual([]);
});
