import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/** The built command. */
export const CLI = `${PROJECT}dist/cli.js`;

/** Runs node and waits for its end. */
export function node(
	args: readonly string[],
	cwd = PROJECT,
	env: NodeJS.ProcessEnv = process.env,
): SpawnSyncReturns<string> {
	return spawnSync(process.execPath, args, {
		cwd,
		env,
		encoding: "utf8",
		maxBuffer: 1 << 28,
	});
}

/** Runs `torchlet` with arguments and waits for its end. */
export function torchlet(
	args: readonly string[],
	cwd?: string,
): SpawnSyncReturns<string> {
	return node([CLI, ...args], cwd);
}
