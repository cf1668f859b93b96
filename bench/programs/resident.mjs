// Prints memory in MiB, once a program beside this one has run: the process's
// own, and all that is resident, pages of the executable included.
import { readFileSync } from "node:fs";

const program = process.argv[2];
const { exit } = process;

function own() {
	try {
		const status = readFileSync("/proc/self/status", "utf8");
		return Number(/RssAnon:\s*(\d+)/.exec(status)[1]) / 1024;
	} catch {
		return null;
	}
}

// some programs end themselves
process.exit = () => {};
if (program !== "bare") await import(`./${program}.mjs`);
globalThis.gc();
const all = process.memoryUsage.rss() / 2 ** 20;
console.log(JSON.stringify({ own: own() ?? all, all }));
exit(0);
