import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";

const installed = (name) => {
	const path = new URL(`../node_modules/${name}/package.json`, import.meta.url);
	return JSON.parse(readFileSync(path, "utf8")).version;
};

function commit() {
	try {
		const run = (...args) =>
			execFileSync("git", args, {
				cwd: new URL("../..", import.meta.url),
				encoding: "utf8",
				stdio: ["ignore", "pipe", "ignore"],
			}).trim();
		return (
			run("rev-parse", "--short", "HEAD") +
			(run("status", "--porcelain") ? " with changes" : "")
		);
	} catch {
		return "unknown";
	}
}

function avx512() {
	try {
		return readFileSync("/proc/cpuinfo", "utf8").includes("avx512f");
	} catch {
		return undefined;
	}
}

/** What every figure depends on. */
export function machine() {
	return {
		date: new Date().toISOString().slice(0, 16).replace("T", " "),
		commit: commit(),
		cpu: cpus()[0]?.model.trim(),
		cores: cpus().length,
		avx512: avx512(),
		memoryGiB: Math.round(totalmem() / 2 ** 30),
		system: `${platform()} ${arch()} ${release()}`,
		load: loadavg().map((x) => Number(x.toFixed(2))),
		node: process.versions.node,
		v8: process.versions.v8,
	};
}

/** @returns the version of a peer's package, or undefined for PyTorch */
export function peerVersion(peer) {
	const name =
		{
			tfjs: "@tensorflow/tfjs",
			"tfjs-webgpu": "@tensorflow/tfjs-backend-webgpu",
			jax: "@jax-js/jax",
		}[peer] ?? peer;
	return ["pytorch", "torchlet", "tfjs-node"].includes(peer)
		? undefined
		: installed(name);
}
