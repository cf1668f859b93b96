import { apply } from "../autograd/apply.js";
import { lookup } from "../ops/lookup.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { Compose, Normalize, ToTensor } from "./basic.js";
import type { ImageSize, ImageTransform } from "./image-transform.js";
import { compileToTable, flatten } from "./table.js";
import type { Transform } from "./transform.js";

/** What can be done to all images of a batch at once. */
type Step = ImageTransform<unknown> | Normalize;

/** A pipeline that makes whole batches of bytes what a model sees, in the core. */
export interface BatchPipeline {
	/** On the bytes. */
	readonly before: readonly Step[];
	/** What ToTensor, and Normalize right after it, make of each byte: [channels, 256]. */
	readonly table: Float32Array;
	/** On the floats. */
	readonly after: readonly Step[];
}

/**
 * The pipeline of a transform that consists of image transforms around one
 * ToTensor; null if it is anything else, or may give images of several sizes.
 */
export function compileToBatch(
	transform: Transform,
	channels = 1,
): BatchPipeline | null {
	const steps = flatten(transform);
	const split = steps.findIndex((step) => step.constructor === ToTensor);
	if (split < 0) return null;
	const before = steps.slice(0, split);
	if (!before.every((step) => isImageTransform(step) && !step.tensorsOnly))
		return null;
	const rest = steps.slice(split + 1);
	const other = rest.findIndex((step) => step.constructor !== Normalize);
	const tabled = other < 0 ? rest.length : other;
	const table = compileToTable(
		new Compose(steps.slice(split, split + 1 + tabled)),
		channels,
	);
	const after = rest.slice(tabled);
	if (table === null || !after.every(isStep)) return null;
	return { before: before as Step[], table, after };
}

/** The steps of a transform that whole batches can go through; null if there is another one. */
export function batchSteps(transform: Transform): readonly Step[] | null {
	const steps = flatten(transform);
	return steps.every(isStep) ? steps : null;
}

function isStep(step: Transform): step is Step {
	return step.constructor === Normalize || isImageTransform(step);
}

/** By its face: apps without such transforms need not have their code. */
function isImageTransform(step: Transform): step is ImageTransform<unknown> {
	return (
		"isPlain" in step &&
		step.isPlain === true &&
		!(step as ImageTransform<unknown>).varies
	);
}

/** What each step will do to each image. */
type Plans = readonly (readonly unknown[])[];

/**
 * Draws what the steps will do to `count` images of one size: all steps for
 * the first image, then all for the second, as if images went through one by one.
 */
export function planBatch(
	steps: readonly Step[],
	size: ImageSize,
	count: number,
): Plans {
	const plans: unknown[][] = steps.map(() => []);
	for (let n = 0; n < count; n++) {
		let now = size;
		steps.forEach((step, i) => {
			if (step instanceof Normalize) return;
			const plan = step.plan(now);
			plans[i]?.push(plan);
			now = step.sizeAfter(now, plan);
		});
	}
	return plans;
}

/** Runs the steps, a kernel each, on images [N, C, H, W]. */
export function runBatch(
	steps: readonly Step[],
	images: Tensor,
	plans: Plans,
): Tensor {
	return steps.reduce((x, step, i) => {
		if (step instanceof Normalize) return step.forward(x);
		const own = plans[i] as readonly unknown[];
		if (own.every((plan) => plan === null)) return x;
		return scope(() => step.run(x.contiguous(), own));
	}, images);
}

/** Whether there are image transforms around the table. */
export function hasSteps({ before, after }: BatchPipeline): boolean {
	return before.length + after.length > 0;
}

/** A batch through the image transforms that stand around the table. */
export function augmented(
	{ before, after }: BatchPipeline,
	pixels: Tensor,
	index: Tensor,
	table: Tensor,
): Tensor {
	const [, ...size] = pixels.shape as [number, number, number, number];
	const plans = planBatch([...before, ...after], size, index.size(0));
	return scope(() => {
		const floats =
			before.length === 0
				? apply(lookup, [pixels, index, table], undefined)
				: apply(
						lookup,
						[
							runBatch(before, pixels.indexSelect(0, index), plans),
							null,
							table,
						],
						undefined,
					);
		return runBatch(after, floats, plans.slice(before.length));
	});
}
