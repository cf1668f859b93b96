import * as torch from "../index.js";

/** `torchlet info`: versions, and what of the machine is in use. */
export function info(version: string): void {
	const { deno, bun, node } = process.versions as Record<string, string>;
	const runtime = deno
		? `Deno ${deno}`
		: bun
			? `Bun ${bun}`
			: `Node.js ${node}`;
	console.log(`torchlet ${version} on ${runtime}, ${process.platform}`);
	for (const [name, value] of Object.entries(torch.capabilities())) {
		console.log(`${name}: ${Array.isArray(value) ? value.join(", ") : value}`);
	}
}
