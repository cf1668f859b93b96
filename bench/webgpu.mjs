// Training 784-128-10 and a large product on WebGPU: all in one page, on one
// adapter, in turn. Beside it the same program of ours in Node (Dawn) and Deno (wgpu).
const OURS = { name: "Torchlet, WebGPU", peer: "torchlet" };
const PEERS = [
	{ name: "tfjs-webgpu", peer: "tfjs-webgpu" },
	{ name: "jax-js, WebGPU", peer: "jax" },
];
const ELSEWHERE = [
	{ ...OURS, name: "Torchlet, Node (Dawn)", runtime: "node" },
	{ ...OURS, name: "Torchlet, Deno", runtime: "deno" },
];

const line = (id, title, unit, task, options, allowed, atLeast) => ({
	id,
	title,
	unit,
	task,
	options: { device: "webgpu", ...options },
	check: { allowed },
	contenders: [OURS, ...PEERS, ...ELSEWHERE],
	together: true,
	targets: PEERS.map(({ name }) => ({
		ours: OURS.name,
		against: name,
		atLeast,
	})),
});

const step = (batch) =>
	line(
		`webgpu-step-${batch}`,
		`Training step on WebGPU, batch ${batch}, MNIST, the loss read at each`,
		"ms per step",
		"step",
		// few batches: all of them stay on the GPU
		{ input: "mnist", batch, batches: 10, checked: 10 },
		1e-3,
		2,
	);

export const webgpuLines = () => [
	step(64),
	step(1024),
	line(
		"webgpu-matmul",
		"Matrix product on WebGPU, 1024³, one entry read",
		"ms",
		"matmul",
		{ size: 1024 },
		1e-3,
		1,
	),
];
