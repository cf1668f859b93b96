// A contender in a process of its own: answers a line of JSON with another.
//   node bench/peers/main.mjs PEER    (in Deno and Bun as well)
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { server } from "./serve.mjs";

const { BENCH_DATA: root } = process.env;
const files = {
	root,
	/** Bytes in a buffer of their own. */
	read: async (name) => {
		const bytes = await readFile(`${root}/${name}`);
		return new Uint8Array(bytes).slice();
	},
	/** Where a file of an installed package is. */
	installed: (path) =>
		fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url)),
};

// standard output is for answers; libraries greet on it
for (const name of ["log", "info", "warn", "debug"]) console[name] = () => {};

let answer;
for await (const line of createInterface({ input: process.stdin })) {
	let reply;
	try {
		answer ??= server(await import(`./${process.argv[2]}.mjs`), files);
		reply = { value: await answer(JSON.parse(line)) };
	} catch (error) {
		reply = { error: String(error?.stack ?? error) };
	}
	process.stdout.write(`${JSON.stringify(reply)}\n`);
}
process.exit(0);
