import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The Node.js that is current beside the oldest one that has support. */
const VERSION = "26.10.0";
const FOLDER = fileURLToPath(new URL("../../build/node", import.meta.url));
const PACKAGE = `node-${process.platform}-${process.arch}`;

export const NODE_CURRENT = join(FOLDER, "node_modules", PACKAGE, "bin/node");

/** As vitest's global set-up: npm has it as a package for each platform. */
export default function prepareNode(): void {
	if (existsSync(NODE_CURRENT)) return;
	const flags = ["--no-save", "--no-audit", "--no-fund", "--prefix", FOLDER];
	try {
		execFileSync("npm", ["install", ...flags, `${PACKAGE}@${VERSION}`], {
			stdio: "pipe",
		});
	} catch {
		// the tests say that it is missing
	}
}
