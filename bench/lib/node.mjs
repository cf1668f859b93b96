import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * What a Node program prints. Not waited for by blocking: Ctrl-C must get through.
 * @throws with what it complained of, if it fails
 */
export async function node(args, variables = {}) {
	const env = { ...process.env, ...variables };
	// certificates that a machine adds take longer than all of a bare start
	delete env.NODE_EXTRA_CA_CERTS;
	const { stdout } = await run(process.execPath, args, {
		env,
		maxBuffer: 1 << 28,
	}).catch((error) => {
		throw new Error(error.stderr?.trim() || error.message);
	});
	return stdout;
}
