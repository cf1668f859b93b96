import { execFileSync, spawnSync } from "node:child_process";
import { installPackages } from "./packages.js";

/** Where a python3 with torch may be; the second is Debian's python3-torch. */
const CANDIDATES = ["python3", "/usr/bin/python3"];

const PACKAGES = ["python3-torch", "libopenblas0-pthread"];

let found: string | undefined;

/** Looks torch up without the second that importing it takes. */
const HAS_TORCH =
	"import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)";

function find(): string | undefined {
	return CANDIDATES.find(
		(path) =>
			spawnSync(path, ["-c", HAS_TORCH], { stdio: "ignore" }).status === 0,
	);
}

/**
 * Finds or installs a Python with PyTorch. As vitest's global set-up it runs
 * once, before any test's clock starts.
 */
export function preparePython(): void {
	found ??= find();
	if (found === undefined) {
		installPackages(PACKAGES);
		found = find();
	}
}

export default preparePython;

/**
 * Runs a script in a Python that has PyTorch and gives what it prints.
 * @throws if there is no such Python (a test is never skipped for it), or if
 * the script fails, with its traceback.
 */
export function python(script: string, args: string[] = []): string {
	preparePython();
	if (found === undefined) {
		throw new Error(
			`these tests compare with PyTorch, and no python3 here can import torch (tried ${CANDIDATES.join(", ")}): install it, on Debian with "apt-get install --no-install-recommends ${PACKAGES.join(" ")}"${process.env.CI ? "; under CI this image lacks it, or apt-get failed" : ""}`,
		);
	}
	return execFileSync(found, ["-c", script, ...args], {
		encoding: "utf8",
		maxBuffer: 1 << 28,
		env: { ...process.env, OMP_NUM_THREADS: "1" },
	});
}
