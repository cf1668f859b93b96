import { existsSync } from "node:fs";
import { installPackages } from "./packages.js";

/** Debian's Chromium. Its software adapter serves Node and Deno too. */
export const CHROMIUM = "/usr/bin/chromium";
const PACKAGES = ["chromium", "libvulkan1"];

export const CHROMIUM_ADVICE = `on Debian, "apt-get install --no-install-recommends ${PACKAGES.join(" ")}"`;

/** As vitest's global set-up: on a bare machine, as in CI, fetches what the tests run in. */
export default function prepareChromium(): void {
	if (existsSync(CHROMIUM)) return;
	installPackages(PACKAGES);
}
