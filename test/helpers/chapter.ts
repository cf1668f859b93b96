import { readFileSync } from "node:fs";

/** The first code block of README.md: the chapter's program. */
export function readmeProgram(): string {
	const readme = readFileSync(
		new URL("../../README.md", import.meta.url),
		"utf8",
	);
	const block = /^```(?:js|ts)\n([\s\S]*?)^```$/m.exec(readme)?.[1];
	if (block === undefined) throw new Error("README.md has no program");
	return block;
}

/**
 * The chapter's program, as README.md shows it, with its data elsewhere and
 * other epochs.
 */
export function chapter({ root, epochs }: { root: string; epochs: number }) {
	const replaced = readmeProgram()
		.replace(/root = ".*?"/, `root = ${JSON.stringify(root)}`)
		.replace(/epoch < \d+/, `epoch < ${epochs}`);
	if (!replaced.includes(root)) throw new Error("README.md names no root");
	return replaced;
}
