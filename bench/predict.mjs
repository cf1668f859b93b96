// Rows in, labels out, by a network of 784-128-10 that was trained for an epoch.

const NODE = { name: "onnxruntime-node, 1 thread", peer: "onnxruntime-node" };
const WEB = { name: "onnxruntime-web, 1 thread", peer: "onnxruntime-web" };
const TFJS = { name: "tfjs-wasm, 1 thread", peer: "tfjs" };
const PYTORCH = { name: "PyTorch, 1 thread", peer: "pytorch" };

const ours = (name, options) => ({
	name: `Torchlet, ${name}`,
	peer: "torchlet",
	options,
	// eight bits may turn a label of a thousand
	allowed: options.weights === "int8" ? 10 : undefined,
});
const from = (peer, name, input) => ({
	...peer,
	name: `${peer.name}, ${name}`,
	options: { input },
});

export function predictLines() {
	const line = (id, title, options, contenders, targets) => ({
		id,
		title,
		unit: "ms",
		task: "predict",
		options,
		// float32 sums in another order: a tie may fall the other way
		check: { count: true, allowed: 1 },
		contenders,
		targets,
	});
	const float32 = ours("float32", { weights: "float32" });
	const floats = (input, rows, atLeast) =>
		line(
			`floats-${input}-${rows}`,
			`${rows.toLocaleString("en")} rows of ${input === "mnist" ? "MNIST as floats" : "dense random floats"}`,
			{ input, rows },
			[float32, WEB, NODE, PYTORCH, ...(input === "mnist" ? [TFJS] : [])],
			[{ ours: float32.name, against: WEB.name, atLeast }],
		);
	const int16 = ours("bytes, int16", { weights: "int16" });
	const ready = from(NODE, "ready floats", "mnist");
	const graph = from(NODE, "bytes, in the graph", "bytes");
	const loop = from(NODE, "bytes, by a loop", "bytes-loop");
	const table = from(NODE, "bytes, by a table", "bytes-table");
	const one = ours("bytes, int16, predictSync", {
		weights: "int16",
		sync: true,
	});
	const two = ours("bytes, int16, 2 threads", {
		weights: "int16",
		threads: 2,
	});
	return [
		floats("mnist", 1000, 4),
		floats("mnist", 10_000, 4),
		floats("dense", 1000, 1.5),
		floats("dense", 10_000, 1.5),
		line(
			"bytes-10000",
			"10,000 images, bytes in, labels out",
			{ input: "bytes", rows: 10_000 },
			[
				int16,
				ours("bytes, float32", { weights: "float32" }),
				ours("bytes, int8", { weights: "int8" }),
				ready,
				loop,
				table,
				graph,
			],
			[
				{ ours: int16.name, against: ready.name, atLeast: 2.2 },
				{ ours: int16.name, against: loop.name, atLeast: 4 },
				{ ours: int16.name, against: table.name },
				{ ours: int16.name, against: graph.name },
			],
		),
		line(
			"bytes-1",
			"One image, bytes in, label out",
			{ input: "bytes", rows: 1 },
			[one, ready, loop, table, graph],
			[
				{ ours: one.name, against: ready.name, atLeast: 7 },
				{ ours: one.name, against: loop.name, atLeast: 7 },
				{ ours: one.name, against: graph.name, atLeast: 7 },
			],
		),
		line(
			"threads-10000",
			"10,000 images, bytes in, one thread and two",
			{ input: "bytes", rows: 10_000 },
			[int16, two],
			[{ ours: two.name, against: int16.name, atLeast: 1.85 }],
		),
	];
}
