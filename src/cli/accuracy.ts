import * as torch from "../index.js";
import { PIXELS } from "./model.js";

/** Predictions on a data set, in its order. */
export interface Verdict {
	readonly predicted: Int32Array;
	readonly correct: number;
	readonly total: number;
}

/**
 * Classifies a whole data set.
 *
 * @param forward [N, 784] → [N, 10] logits, on `device`
 * @param rest is awaited after each batch, and may throw to stop
 */
export async function judge(
	forward: (x: torch.Tensor) => torch.Tensor,
	set: torch.Dataset,
	device: torch.DeviceName,
	rest: () => Promise<void>,
): Promise<Verdict> {
	const predicted = new Int32Array(set.length);
	let done = 0;
	let correct = 0;
	const loader = new torch.DataLoader(set, { batchSize: 1000 });
	for await (const [data, target] of loader) {
		const x = await (data as torch.Tensor).view(-1, PIXELS).to(device);
		const labels = torch.noGrad(() => torch.max(forward(x), 1).indices);
		const answers = await labels.data();
		const truth = await (target as torch.Tensor).data();
		answers.forEach((answer, i) => {
			predicted[done + i] = answer;
			if (answer === truth[i]) correct++;
		});
		done += answers.length;
		await rest();
	}
	return { predicted, correct, total: done };
}

/** `97.52 % (9752 of 10000)` */
export function percentage({ correct, total }: Verdict): string {
	return `${((100 * correct) / total).toFixed(2)} % (${correct} of ${total})`;
}
