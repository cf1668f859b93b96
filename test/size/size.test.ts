import { expect, test } from "vitest";
import { APPS, measure } from "./measure.mjs";

test.each(APPS)("$name stays as small as it is", async (app) => {
	const { atOnce } = await measure(app);
	expect(atOnce).toBeLessThanOrEqual(app.atMost * 1.02);
});
