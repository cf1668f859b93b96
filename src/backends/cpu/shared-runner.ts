import { compile, type RunnerExports } from "./runner.js";
import { withoutData } from "./shared-module.js";

/**
 * An instance over shared memory that another one has started. It writes nothing there
 * by itself: data that come again are zeros for a moment where tables were, and the others
 * read those meanwhile.
 */
export function joinedRunner(
	wasm: Uint8Array,
	memory: WebAssembly.Memory,
): RunnerExports {
	const module = compile(withoutData(wasm), true);
	const { exports } = new WebAssembly.Instance(module, { env: { memory } });
	return exports as unknown as RunnerExports;
}
