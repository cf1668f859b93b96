import * as torch from "../index.js";

/** `torchlet info`: versions, and what of the machine is in use. */
export async function info(version: string): Promise<void> {
	const { deno, bun, node } = process.versions as Record<string, string>;
	const runtime = deno
		? `Deno ${deno}`
		: bun
			? `Bun ${bun}`
			: `Node.js ${node}`;
	console.log(`torchlet ${version} on ${runtime}, ${process.platform}`);
	const used = { ...torch.capabilities(), ...(await webgpu()) };
	for (const [name, value] of Object.entries(used))
		if (value !== null) console.log(`${name}: ${value}`);
}

/** Whether a tensor gets there, and why not: an engine that knows WebGPU may have no adapter. */
async function webgpu(): Promise<{ webgpu: boolean; webgpuReason?: string }> {
	try {
		await torch.zeros(1).to("webgpu");
		return { webgpu: true };
	} catch (error) {
		if (!(error instanceof torch.DeviceError)) throw error;
		// what a program would be told around it is no news here
		const reason = error.message
			.replace("webgpu was asked for, but ", "")
			.replace(/[.] Use 'cpu'.*/, "");
		return { webgpu: false, webgpuReason: reason };
	}
}
