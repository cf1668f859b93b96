import { DeviceError } from "../errors.js";

/** PyTorch's words for tensors that do not lie together; a device may have followed another of its name. */
export function twoDevices(a: string, b: string, advice = ""): DeviceError {
	const words = `Expected all tensors to be on the same device, but found at least two devices, ${a} and ${b}!`;
	return new DeviceError(
		a === b
			? `${words} One of these was lost, or torch.webgpu.configure has replaced it. What it still holds goes to the other with await t.to('${a}')`
			: words + advice,
	);
}
