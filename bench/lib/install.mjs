import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const bench = fileURLToPath(new URL("..", import.meta.url));

/** The peers' packages, if they are not there: the root's own stay small. */
export function installPeers() {
	const wanted = [
		"onnxruntime-node",
		"@jax-js/jax",
		"@tensorflow/tfjs-backend-webgpu",
		"esbuild",
	];
	if (wanted.every((name) => existsSync(`${bench}node_modules/${name}`)))
		return;
	console.error("installing what is compared with, into bench/node_modules …");
	const { status } = spawnSync("npm", ["ci", "--ignore-scripts"], {
		cwd: bench,
		stdio: ["ignore", 2, 2],
		shell: process.platform === "win32",
	});
	if (status !== 0)
		console.error("npm failed: goes on with the peers that are there");
}
