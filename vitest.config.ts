import { defineConfig } from "vitest/config";
import { lazyFflate, wasmBase64 } from "./rollup.config.js";

export default defineConfig({
	plugins: [wasmBase64(), lazyFflate()],
	test: {
		include: ["test/**/*.test.ts"],
		setupFiles: ["test/helpers/seed.ts"],
		globalSetup: [
			"test/helpers/python.ts",
			"test/helpers/chromium.ts",
			"test/helpers/node-current.ts",
		],
		testTimeout: 60_000,
		hookTimeout: 60_000,
	},
});
