import { AutogradError } from "../errors.js";
import type { Tensor } from "../tensor.js";

let enabled = true;
let anomaly = false;
let implicitOne: Tensor | null = null;
let inferring = false;

/** What says of itself whether it was made in inference mode. */
interface Memory {
	isInference: boolean;
}

/** Whether operations are recorded now. */
export function isGradEnabled(): boolean {
	return enabled;
}

/**
 * @internal The 1 from which the running `backward()` started on its own
 * account; gives that of the pass around it, to be put back.
 */
export function setImplicitOne(seed: Tensor | null): Tensor | null {
	const before = implicitOne;
	implicitOne = seed;
	return before;
}

/** @internal a gradient's handle is given up: what it is next is not that 1 */
export function forgetImplicitOne(g: Tensor): void {
	if (g === implicitOne) implicitOne = null;
}

/** Whether a gradient is that 1, so that nothing need be multiplied by it. */
export function isImplicitOne(g: Tensor): boolean {
	return g === implicitOne && g.storage.version === 0;
}

/** A callback for a mode that must not leak into other tasks at an `await`. */
export type SyncCallback<T> = () => T extends PromiseLike<unknown> ? never : T;

/**
 * Whether operations record what `backward()` needs: from now on, or only
 * while `body` runs, as PyTorch's `with torch.set_grad_enabled(value)`.
 * @throws AutogradError if the callback returns a promise
 */
export function setGradEnabled(value: boolean): void;
export function setGradEnabled<T>(value: boolean, body: SyncCallback<T>): T;
export function setGradEnabled<T>(
	value: boolean,
	body?: SyncCallback<T>,
): T | undefined {
	if (body) return withGrad(value, "setGradEnabled", body as () => T);
	enabled = value;
	return undefined;
}

/** @internal */
export function withGrad<T>(value: boolean, name: string, body: () => T): T {
	const before = enabled;
	enabled = value;
	try {
		const result = body();
		if (result instanceof Promise) {
			result.catch(() => {});
			throw new AutogradError(
				`${name} takes synchronous callbacks only, but this one returned a promise: the mode would leak into other tasks at an await. Await first, then call ${name} around the computation`,
			);
		}
		return result;
	} finally {
		enabled = before;
	}
}

/**
 * Runs `body` without recording for autograd.
 * PyTorch: `torch.no_grad`.
 * @throws AutogradError if the callback returns a promise
 */
export function noGrad<T>(body: SyncCallback<T>): T {
	return withGrad(false, "noGrad", body as () => T);
}

/** Runs `body` with recording, within `noGrad`. PyTorch: `torch.enable_grad`. */
export function enableGrad<T>(body: SyncCallback<T>): T {
	return withGrad(true, "enableGrad", body as () => T);
}

/**
 * As `noGrad`; and what is made within takes no part in later recording: it is
 * neither saved for a gradient, nor written in place. PyTorch: `torch.inference_mode`.
 */
export function inferenceMode<T>(body: SyncCallback<T>): T {
	const before = inferring;
	inferring = true;
	try {
		return withGrad(false, "inferenceMode", body as () => T);
	} finally {
		inferring = before;
	}
}

/** @internal notes memory that was made in inference mode */
export function noteMemory(storage: Memory): void {
	storage.isInference = inferring;
}

/** @internal whether memory was made in inference mode, and the mode is over */
export function isFromInference(storage: Memory): boolean {
	return !inferring && storage.isInference;
}

/** Whether anomaly mode is on. */
export function isAnomalyEnabled(): boolean {
	return anomaly;
}

/**
 * In anomaly mode every operation remembers where it was called, and a
 * backward that gives NaN throws an error that names the place. On 'webgpu' the
 * next read throws it (`await loss.item()`): the gradients have been written by then.
 * PyTorch: `torch.autograd.set_detect_anomaly`.
 */
export function setDetectAnomaly(value: boolean): void {
	anomaly = value;
}

/**
 * Runs `body`, and the backward passes in it, in anomaly mode.
 * PyTorch: `torch.autograd.detect_anomaly`.
 */
export function detectAnomaly<T>(body: SyncCallback<T>): T {
	const before = anomaly;
	anomaly = true;
	try {
		return body();
	} finally {
		anomaly = before;
	}
}
