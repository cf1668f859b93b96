import { spawnSync } from "node:child_process";

/** Installs packages of Debian where that can be done: as root, on a bare machine as in CI. */
export function installPackages(names: readonly string[]): void {
	if (process.getuid?.() !== 0) return;
	if (spawnSync("apt-get", ["--version"], { stdio: "ignore" }).error) return;
	const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
	// another test file may be installing: wait for its lock
	const wait = ["-o", "DPkg::Lock::Timeout=300", "-qq"];
	spawnSync("apt-get", [...wait, "update"], { env, stdio: "ignore" });
	spawnSync(
		"apt-get",
		[...wait, "install", "-y", "--no-install-recommends", ...names],
		{ env, stdio: "ignore" },
	);
}
