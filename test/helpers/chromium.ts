import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Debian's Chromium. Its software adapter serves Node and Deno too. */
export const CHROMIUM = "/usr/bin/chromium";
const PACKAGES = ["chromium", "libvulkan1"];

export const CHROMIUM_ADVICE = `on Debian, "apt-get install --no-install-recommends ${PACKAGES.join(" ")}"`;

/** As vitest's global set-up: on a bare machine, as in CI, fetches what the tests run in. */
export default function prepareChromium(): void {
	if (existsSync(CHROMIUM) || process.getuid?.() !== 0) return;
	if (spawnSync("apt-get", ["--version"], { stdio: "ignore" }).error) return;
	const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
	const wait = ["-o", "DPkg::Lock::Timeout=300", "-qq"];
	spawnSync("apt-get", [...wait, "update"], { env, stdio: "ignore" });
	spawnSync(
		"apt-get",
		[...wait, "install", "-y", "--no-install-recommends", ...PACKAGES],
		{ env, stdio: "ignore" },
	);
}
