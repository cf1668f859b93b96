import { cpus } from "node:os";
import * as torch from "../index.js";
// by name: a namespace used as a value would move the whole entry into a chunk,
// where bundlers drop its side effect
import { nn, optim } from "../index.js";
import { UsageError } from "./failures.js";

const BATCH = 64;
const INPUTS = 28 * 28;
const ROWS = 10_000;
/** Of a digit's pixels; the rest is background. */
const INK = 0.19;

/** Milliseconds for a round of a measurement. */
const ROUND = 100;

interface Result {
	/** Milliseconds for one. */
	readonly median: number;
	readonly low: number;
	readonly high: number;
}

/** Times `run` until the time is up, after a warm-up, in rounds. */
async function time(run: () => unknown, milliseconds: number): Promise<Result> {
	const started = performance.now();
	const end = started + milliseconds;
	const warm = started + milliseconds / 4;
	let runs = 0;
	do {
		await run();
		runs++;
	} while (performance.now() < warm);
	const each = (performance.now() - started) / runs;
	const repetitions = Math.max(1, Math.round(ROUND / each));
	const times: number[] = [];
	do {
		const from = performance.now();
		for (let i = 0; i < repetitions; i++) await run();
		times.push((performance.now() - from) / repetitions);
	} while (performance.now() < end || times.length < 3);
	times.sort((a, b) => a - b);
	const at = (q: number) => times[Math.round((times.length - 1) * q)] as number;
	return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** Bytes that are to kernels what digits are: mostly one value. */
function imagesLike(rows: number): Uint8Array {
	torch.manualSeed(0);
	const ink = torch.rand(rows * INPUTS).dataSync();
	return Uint8Array.from(ink, (v) => (v < INK ? 1 + (v / INK) * 254 : 0));
}

function network(): torch.nn.Sequential {
	return new nn.Sequential(
		new nn.Linear(INPUTS, 128),
		new nn.ReLU(),
		new nn.Linear(128, 10),
	);
}

/** A step of training on 100 batches of `images` [rows, 784] in turn. */
function trainingStep(images: torch.Tensor): () => Promise<number> {
	const model = network();
	const criterion = new nn.CrossEntropyLoss();
	const optimizer = new optim.SGD(model.parameters(), {
		lr: 0.01,
		momentum: 0.9,
	});
	const batches = images.split(BATCH).slice(0, 100);
	const target = torch.randint(0, 10, [BATCH]);
	let i = 0;
	return () =>
		torch.scope(async () => {
			optimizer.zeroGrad();
			const x = batches[i++ % batches.length] as torch.Tensor;
			const loss = criterion.forward(model.forward(x), target);
			loss.backward();
			optimizer.step();
			return await loss.item();
		});
}

interface Line {
	readonly name: string;
	/** Images that one run works on. */
	readonly images: number;
	readonly run: () => unknown;
	/** What is to be given back afterwards. */
	readonly end?: () => void;
}

function* trainingLines(pixels: Uint8Array): Generator<Line> {
	const rows = BATCH * 100;
	const digits = torch
		.tensor(pixels.subarray(0, rows * INPUTS), { dtype: "float32" })
		.div(255)
		.sub(0.1307)
		.div(0.3081)
		.view(rows, INPUTS);
	const dense = torch.randn(rows, INPUTS);
	const kinds = { "digits as floats": digits, "random floats": dense };
	for (const [kind, images] of Object.entries(kinds))
		yield {
			name: `training step, batch ${BATCH}, ${kind}`,
			images: BATCH,
			run: trainingStep(images),
			end: () => images.dispose(),
		};
}

async function* predictionLines(pixels: Uint8Array): AsyncGenerator<Line> {
	const model = network();
	const one = pixels.subarray(0, INPUTS);
	const threads = Math.min(cpus().length, 4);
	const lines = [
		{ weights: "int16", threads: 1, rows: 1 },
		{ weights: "int16", threads: 1, rows: ROWS },
		{ weights: "float32", threads: 1, rows: ROWS },
		{ weights: "int16", threads, rows: ROWS },
	] as const;
	for (const { weights, threads, rows } of lines) {
		const predictor = await torch.createPredictor(model, {
			input: { dtype: "uint8", mean: 0.1307, std: 0.3081 },
			weights,
			threads,
		});
		const used = predictor.capabilities().threads;
		const many = used === 1 ? "1 thread" : `${used} threads`;
		yield {
			name: `bytes to labels, ${rows.toLocaleString("en")} at once, ${weights}, ${many}`,
			images: rows,
			run:
				rows === 1
					? () => predictor.predictSync(one)
					: () => predictor.predict(pixels),
			end: () => predictor.dispose(),
		};
	}
}

function show(milliseconds: number): string {
	return milliseconds < 0.1
		? `${(milliseconds * 1000).toPrecision(3)} µs`
		: `${milliseconds.toPrecision(3)} ms`;
}

/** Within a minute, how fast this machine is; nothing is compared with. */
export async function bench(options: { seconds: number }): Promise<void> {
	const { seconds } = options;
	if (seconds > 3600)
		throw new UsageError(`--seconds ${seconds} is more than an hour`);
	const { core } = torch.capabilities();
	console.log(
		`784-128-10 on the ${core} core, ${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown processor"}\n`,
	);
	const pixels = imagesLike(ROWS);
	const each = (seconds * 1000) / 6;
	const print = async ({ name, images, run, end }: Line) => {
		const { median, low, high } = await time(run, each);
		end?.();
		const speed = Math.round((images / median) * 1000);
		console.log(
			`${name.padEnd(50)} ${show(median).padStart(8)}  (${show(low)} to ${show(high)})  ${speed.toLocaleString("en").padStart(9)} images/s`,
		);
	};
	for (const line of trainingLines(pixels)) await print(line);
	for await (const line of predictionLines(pixels)) await print(line);
	console.log("\nmedians, and where the middle half of the rounds lies");
}
