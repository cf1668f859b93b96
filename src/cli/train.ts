import { statSync } from "node:fs";
import { dirname, extname } from "node:path";
import * as torch from "../index.js";
import { writeBytes } from "../platform/files.js";
import { judge, percentage, type Verdict } from "./accuracy.js";
import { type DataOptions, type Digits, openDigits } from "./data.js";
import { digitsGrid } from "./digits.js";
import { Display } from "./display.js";
import { UsageError } from "./failures.js";
import { Interruption } from "./interrupt.js";
import { CLASSES, DenseNet, PIXELS } from "./model.js";

export interface TrainOptions extends DataOptions {
	readonly epochs: number;
	readonly batchSize: number;
	readonly lr: number;
	readonly momentum: number;
	readonly hidden: readonly number[];
	readonly seed: number;
	readonly out: string;
	readonly device: torch.DeviceName;
}

/** A curve's points: how many epochs are done, and the value there. */
export type Curve = [epochs: number, value: number][];

export interface History {
	/** Mean loss of each 100 batches, or of an epoch's rest. */
	readonly loss: Curve;
	/** In percent, of the test images after each epoch. */
	readonly accuracy: Curve;
}

const PRINT_EVERY = 300;
const PLOT_EVERY = 100;

/** `torchlet train`: the chapter's program, with pictures of what came out. */
export async function train(options: TrainOptions): Promise<void> {
	checkTarget(options.out);
	const interruption = new Interruption();
	try {
		const started = performance.now();
		const source = { ...options, signal: interruption.signal };
		const trainSet = await openDigits(true, source);
		const testSet = await openDigits(false, source);
		torch.manualSeed(options.seed);
		const model = new DenseNet([PIXELS, ...options.hidden, CLASSES]);
		await model.to(options.device);
		console.log(String(model));
		const { history, verdict } = await run(
			model,
			trainSet,
			testSet,
			options,
			interruption,
		);
		const seconds = ((performance.now() - started) / 1000).toFixed(1);
		await model.to("cpu");
		interruption.signal.throwIfAborted();
		await torch.save(model.stateDict(), options.out);
		const pictures = await draw(history, testSet, verdict, options.out);
		for (const [file, svg] of pictures)
			await writeBytes(file, new TextEncoder().encode(svg));
		console.log(
			[
				`Test accuracy: ${percentage(verdict)} after ${seconds} s`,
				`Saved ${options.out}; pictures: ${pictures.map(([f]) => f).join(", ")}`,
				`  PyTorch:  model.load_state_dict(torch.load(${JSON.stringify(options.out)}))`,
				`  Torchlet: model.loadStateDict(await torch.load(${JSON.stringify(options.out)}))`,
			].join("\n"),
		);
	} finally {
		interruption.end();
	}
}

async function run(
	model: DenseNet,
	trainSet: Digits,
	testSet: Digits,
	options: TrainOptions,
	interruption: Interruption,
): Promise<{ history: History; verdict: Verdict }> {
	const { epochs, batchSize, lr, momentum, device } = options;
	const loader = new torch.DataLoader(trainSet, { batchSize, shuffle: true });
	const criterion = new torch.nn.CrossEntropyLoss();
	const optimizer = new torch.optim.SGD(model.parameters(), { lr, momentum });
	const history: History = { loss: [], accuracy: [] };
	let verdict: Verdict = {
		predicted: new Int32Array(),
		correct: 0,
		total: 0,
	};
	const display = new Display(epochs * trainSet.length);
	try {
		for (let epoch = 0; epoch < epochs; epoch++) {
			const printed = new Mean(PRINT_EVERY);
			const plotted = new Mean(PLOT_EVERY);
			let batch = 0;
			let images = 0;
			for await (const [data, target] of loader) {
				const x = await data.view(-1, PIXELS).to(device);
				const t = await target.to(device);
				optimizer.zeroGrad();
				const loss = criterion.forward(model.forward(x), t);
				loss.backward();
				optimizer.step();
				const value = await loss.item();
				batch++;
				images += x.size(0);
				const at = epoch + images / trainSet.length;
				const last = batch === loader.length;
				const shown = printed.add(value);
				const point = plotted.add(value, last);
				if (shown !== null) display.line(lossLine(epoch, batch, shown));
				if (point !== null) history.loss.push([at, point]);
				display.progress(epoch * trainSet.length + images, value);
				await interruption.rest();
			}
			verdict = await judge(
				(x) => model.forward(x),
				testSet,
				device,
				() => interruption.rest(),
			);
			history.accuracy.push([
				epoch + 1,
				(100 * verdict.correct) / verdict.total,
			]);
			display.line(`Epoch ${epoch + 1}: test accuracy ${percentage(verdict)}`);
		}
	} finally {
		display.end();
	}
	return { history, verdict };
}

/** `[1,   300] loss: 0.712`, as PyTorch's tutorial prints it. */
function lossLine(epoch: number, batch: number, loss: number): string {
	return `[${epoch + 1}, ${String(batch).padStart(5)}] loss: ${loss.toFixed(3)}`;
}

/** The mean of every `count` values. */
class Mean {
	#sum = 0;
	#n = 0;

	constructor(private readonly count: number) {}

	/** The mean, when it is complete or `now` asks for it; null before. */
	add(value: number, now = false): number | null {
		this.#sum += value;
		this.#n++;
		if (this.#n < this.count && !now) return null;
		const mean = this.#sum / this.#n;
		this.#sum = 0;
		this.#n = 0;
		return mean;
	}
}

/** Where a mistake would come out only after the training. */
function checkTarget(out: string): void {
	if (!/\.(pth|pt)$/i.test(out))
		throw new UsageError(`--out '${out}' should end in .pth`);
	const folder = dirname(out);
	const at = statSync(folder, { throwIfNoEntry: false });
	if (!at?.isDirectory())
		throw new UsageError(
			`--out '${out}': there is no folder '${folder}'. Create it first`,
		);
	if (statSync(out, { throwIfNoEntry: false })?.isDirectory())
		throw new UsageError(`--out '${out}' is a folder; name a file`);
}

/** The pictures beside the model, by file name. */
async function draw(
	history: History,
	testSet: Digits,
	verdict: Verdict,
	out: string,
): Promise<[string, string][]> {
	// Only now: the chart library takes longer to load than an epoch's evaluation.
	const { trainingChart } = await import("./chart.js");
	const stem = out.slice(0, -extname(out).length);
	const images = (await testSet.data.data()) as Uint8Array;
	const labels = (await testSet.targets.data()) as Int32Array;
	return [
		[`${stem}-training.svg`, trainingChart(history)],
		[`${stem}-digits.svg`, digitsGrid(images, labels, verdict.predicted)],
	];
}
