import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
	DataLoader,
	Dataset,
	fromArray,
	manualSeed,
	rand,
	stack,
	type Tensor,
	zeros,
} from "../../src/index.js";
import { datasets, transforms } from "../../src/vision/index.js";
import { MNIST_FOLDER } from "./helpers.js";

interface Written {
	shape: number[];
	dtype: "float32" | "uint8";
	data: string;
}
interface Step {
	name: string;
	args: unknown[];
	options: object;
}
interface Case {
	input: string;
	steps: Step[];
	shown: string;
	seed: number;
	images: Written;
	after: number[];
	whole: Written;
}
interface Digits {
	before: Step[];
	after: Step[];
	seed: number;
	shapes: number[][];
	sampled: Written;
	first: Written;
	after_rand: number[];
}

const fixture = JSON.parse(
	gunzipSync(
		readFileSync(
			new URL("../../fixtures/vision/augment.json.gz", import.meta.url),
		),
	).toString(),
) as {
	inputs: Record<string, Written>;
	cases: Case[];
	refused: (Step & { error: string })[];
	params: (Record<string, unknown> & { seed: number })[];
	digits: Digits[];
};

/** The first samples of a set, one by one unless it is given a `batch`. */
class Part extends Dataset {
	override batch?: ((indices: Int32Array) => unknown) | undefined;

	constructor(
		readonly set: datasets.MNIST<unknown>,
		readonly length: number,
	) {
		super();
	}

	get(index: number): unknown {
		return this.set.get(index);
	}
}

type AnyTransform = transforms.Transform & { forward(x: Tensor): Tensor };

function make({ name, args, options }: Step): AnyTransform {
	const Class = transforms[name as keyof typeof transforms] as unknown as new (
		...args: unknown[]
	) => AnyTransform;
	const isEmpty = Object.keys(options).length === 0;
	return new Class(...args, ...(isEmpty ? [] : [options]));
}

function pipeline(steps: Step[]) {
	return new transforms.Compose(steps.map(make));
}

function valuesOf(t: Written): Float32Array | Uint8Array {
	const bytes = Uint8Array.from(Buffer.from(t.data, "base64"));
	return t.dtype === "uint8" ? bytes : new Float32Array(bytes.buffer);
}

function read(t: Written): Tensor {
	return fromArray(valuesOf(t) as Float32Array<ArrayBuffer>, t.shape);
}

/** Bits of the next draw: tells that just as many numbers were drawn. */
function nextBits(): number[] {
	return Array.from(new Uint32Array(rand(1).dataSync().buffer));
}

/**
 * What rounds differently from PyTorch: normal noise, and weighted sums in
 * `Resize` of one channel, curves and smoothing, which PyTorch adds in other orders.
 */
function tolerance(steps: Step[]): number {
	return steps.some((s) => s.name === "Resize" || "value" in s.options)
		? 1e-6
		: 0;
}

/** Bytes that lie half-way before they are rounded may come out on either side. */
function expectSameBytes(actual: Tensor, expected: Written): void {
	const [a, e] = [actual.dataSync(), valuesOf(expected)];
	const away = e.map((v, i) => Math.abs((a[i] as number) - v));
	expect(Math.max(...away)).toBeLessThanOrEqual(1);
	expect(away.filter((d) => d > 0).length).toBeLessThan(0.01 * e.length);
}

function expectSame(actual: Tensor, expected: Written, within: number): void {
	expect([actual.shape, actual.dtype]).toEqual([
		expected.shape,
		expected.dtype,
	]);
	if (expected.dtype === "uint8" && within > 0 && expected.shape[1] === 1) {
		expectSameBytes(actual, expected);
		return;
	}
	const [a, e] = [actual.dataSync(), valuesOf(expected)];
	let worst = 0;
	for (let i = 0; i < e.length; i++)
		worst = Math.max(worst, Math.abs((a[i] as number) - (e[i] as number)));
	expect(worst).toBeLessThanOrEqual(within);
}

describe("torchvision's pixels for torchvision's seed", () => {
	test.each(
		fixture.cases.map((c) => [
			`${c.input} ${c.steps.map((s) => `${s.name} ${JSON.stringify([s.args, s.options])}`).join(", ")}`,
			c,
		]),
	)("%s", (_, c) => {
		const { input, steps, seed } = c as Case;
		const x = read(fixture.inputs[input] as Written);
		const transform = pipeline(steps);
		const within = tolerance(steps);

		manualSeed(seed);
		const one = stack(x.unbind(0).map((image) => transform.forward(image)));
		expectSame(one, (c as Case).images, within);
		expect(nextBits()).toEqual((c as Case).after);

		manualSeed(seed);
		expectSame(transforms.mapImages(transform, x), (c as Case).images, within);
		expect(nextBits()).toEqual((c as Case).after);

		manualSeed(seed);
		expectSame(transform.forward(x), (c as Case).whole, within);
		expect(String(transform)).toBe((c as Case).shown);
	});
});

test.each(fixture.params.map((p) => [p.seed, p] as const))(
	"getParams after seed %i",
	(seed, expected) => {
		const { RandomAffine, RandomCrop, RandomErasing, RandomRotation } =
			transforms;
		const x = zeros(3, 20, 30);
		manualSeed(seed);
		const [i, j, h, w, v] = RandomErasing.getParams(
			x,
			[0.02, 0.33],
			[0.3, 3.3],
			[2],
		);
		const affine = (...args: (readonly number[] | null)[]) =>
			RandomAffine.getParams(
				[-30, 50],
				args[0] ?? null,
				args[1] ?? null,
				args[2] ?? null,
				[30, 20],
			);
		expect({
			seed,
			erasing: [i, j, h, w, v.tolistSync()],
			affine: affine([0.2, 0.5], [0.7, 1.8], [-5, 8, 1, 2]),
			turn: affine(null, null, [-5, 8]),
			rotation: RandomRotation.getParams([-10, 40]),
			crop: RandomCrop.getParams(x, [12, 7]),
			whole: RandomCrop.getParams(x, [20, 30]),
			after: nextBits(),
		}).toEqual(expected);
	},
);

test.each(
	fixture.refused.map((r) => [
		`${r.name} ${JSON.stringify([r.args, r.options])}`,
		r,
	]),
)("refuses %s", (_, step) => {
	const x = read(fixture.inputs.floats as Written).select(0, 0);
	expect(() => make(step as Step).forward(x)).toThrow(
		(step as { error: string }).error.replace("size = [4]", "size = 4"),
	);
});

describe("a loader over MNIST gives torchvision's batches", () => {
	test.each(fixture.digits.map((d, i) => [i, d] as const))(
		"pipeline %i",
		async (_, d) => {
			const transform = new transforms.Compose([
				...d.before.map(make),
				new transforms.ToTensor(),
				new transforms.Normalize([0.1307], [0.3081]),
				...d.after.map(make),
			]);
			const set = await datasets.MNIST.open({
				root: MNIST_FOLDER,
				train: false,
				transform,
			});
			for (const whole of [true, false]) {
				const part = new Part(set, 96);
				if (whole) part.batch = set.batch;
				manualSeed(d.seed);
				const loader = new DataLoader(part, { batchSize: 40, shuffle: true });
				const sampled: number[] = [];
				const shapes: number[][] = [];
				for (let epoch = 0; epoch < 2; epoch++)
					for await (const [x] of loader) {
						if (shapes.length === 0)
							expectSame(x.narrow(0, 0, 2), d.first, 1e-6);
						shapes.push([...x.shape]);
						sampled.push(
							...x.dataSync().filter((_: number, i: number) => i % 97 === 0),
						);
					}
				expect(shapes).toEqual(d.shapes);
				const all = fromArray(Float32Array.from(sampled));
				expectSame(all, d.sampled, 1e-6);
				expect(nextBits()).toEqual(d.after_rand);
			}
			expect(set.batch).toBeDefined();
		},
	);
});
