#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { main } from "./program.js";

const manifest = new URL("../package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, "utf8")) as {
	version: string;
};

// `torchlet train | head`: who reads may stop
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
	if (error.code !== "EPIPE") throw error;
	process.exit(0);
});

main(process.argv.slice(2), version).then((code) => {
	process.exitCode = code;
});
