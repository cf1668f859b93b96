import { TorchletError } from "../errors.js";
import type { Core } from "./cpu/core.js";
import { Team } from "./cpu/team.js";
import { whenCoreStarts } from "./devices.js";

let wanted = 1;

/**
 * How many threads the CPU uses for large products: matrix products, linear layers,
 * convolutions and their gradients; one unless this is called. Results are the same bits for
 * any number. Small work stays on the calling thread; where sharing turns out to cost time
 * (the processors are busy with other programs, say), all of it does, but for trials now
 * and then. PyTorch's `torch.set_num_threads`.
 *
 * Workers start in the background and join in when they are ready; they don't keep a
 * process alive. They need shared memory: in a page, cross-origin isolation. Where they can't
 * be had the calling thread does everything, and `capabilities()` says why. At any time,
 * also when there are tensors already.
 * @throws TorchletError if it is no positive integer
 */
export function setNumThreads(threads: number): void {
	if (!Number.isInteger(threads) || threads <= 0)
		throw new TorchletError(
			`set_num_threads expects a positive integer, but got ${String(threads)}`,
		);
	wanted = threads;
	whenCoreStarts(applyTo);
}

/** How many threads were asked for; `capabilities().threads` tells how many work. PyTorch's `torch.get_num_threads`. */
export function getNumThreads(): number {
	return wanted;
}

function applyTo(core: Core): void {
	core.alone = null;
	if (wanted > 1 && core.team === null) {
		const team = Team.open(core);
		if (typeof team === "string") core.alone = team;
		else core.team = team;
	}
	core.team?.resize(wanted);
}
