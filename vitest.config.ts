import { defineConfig } from "vitest/config";
import { wasmBase64 } from "./rollup.config.js";

export default defineConfig({
	plugins: [wasmBase64()],
	test: {
		include: ["test/**/*.test.ts"],
		globalSetup: "test/helpers/python.ts",
		testTimeout: 60_000,
		hookTimeout: 60_000,
	},
});
