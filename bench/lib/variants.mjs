const FLAG = "--experimental-wasm-relaxed-simd";

/** Torchlet on its plain and on its relaxed core; Node 20 has the latter behind a flag. */
export function variants(runtime) {
	const relaxedFlags =
		runtime === "node" && process.versions.v8.startsWith("11.") ? [FLAG] : [];
	return {
		plain: {
			name: "Torchlet, plain",
			peer: "torchlet",
			options: { core: "simd" },
		},
		relaxed: {
			name: "Torchlet, relaxed",
			peer: "torchlet",
			options: { core: "relaxed" },
			flags: relaxedFlags,
		},
	};
}
