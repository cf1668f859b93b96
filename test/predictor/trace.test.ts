import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { createPredictor } from "../../src/predictor/index.js";

const { nn } = torch;
const F = nn.functional;

/** What the module itself says, against what the predictor says. */
async function compare(
	model: torch.nn.Module,
	length: number,
	kind: "softmax" | "same" = "softmax",
): Promise<void> {
	const rows = 67;
	const x = torch.randn([rows, length]);
	const y = torch.noGrad(() => model.eval().forward(x));
	const want = kind === "softmax" ? y.softmax(1) : y;
	const predictor = await createPredictor(model, {
		input: { dtype: "float32", length },
		threads: 1,
	});
	const { labels, probabilities } = predictor.predictSync(
		(await x.data()) as Float32Array,
		{ probabilities: true },
	);
	const theirs = (await want.data()) as Float32Array;
	const classes = predictor.classes;
	expect(probabilities?.length).toBe(theirs.length);
	theirs.forEach((p, i) => {
		// both are float32, and differ in the order of their sums
		expect(probabilities?.[i]).toBeCloseTo(p, 5);
	});
	for (let i = 0; i < rows; i++) {
		const row = theirs.subarray(i * classes, (i + 1) * classes);
		const margin = [...row].sort((a, b) => b - a);
		if (classes > 1 && (margin[0] as number) - (margin[1] as number) < 1e-5)
			continue;
		expect(labels[i]).toBe(row.indexOf(Math.max(...row)));
	}
	predictor.dispose();
}

class Net extends nn.Module {
	constructor(private readonly body: (x: torch.Tensor, net: Net) => unknown) {
		super();
	}
	fc1 = new nn.Linear(12, 9);
	fc2 = new nn.Linear(9, 5);
	forward(x: torch.Tensor): torch.Tensor {
		return this.body(x, this) as torch.Tensor;
	}
}

describe("what is served", () => {
	torch.manualSeed(3);

	test("the chapter's class", () =>
		compare(new Net((x, n) => n.fc2.forward(F.relu(n.fc1.forward(x)))), 12));

	test.each([
		"ReLU",
		"Sigmoid",
		"Tanh",
		"LeakyReLU",
		"GELU",
		"SiLU",
		"ELU",
		"Hardtanh",
		"Hardswish",
	] as const)("Sequential with %s, three layers deep", async (name) => {
		const act = () => new nn[name]();
		await compare(
			new nn.Sequential(
				new nn.Flatten(),
				new nn.Linear(30, 20),
				act(),
				new nn.Dropout(0.5),
				new nn.Linear(20, 17),
				act(),
				new nn.Linear(17, 3),
			),
			30,
		);
	});

	/** Statistics, weights and biases that are none of 0 and 1. */
	function trained(model: torch.nn.Module): torch.nn.Module {
		for (const p of model.parameters())
			torch.noGrad(() => p.add_(torch.rand(p.shape).mul(0.3)));
		for (const b of model.buffers())
			if (b.dtype === "float32") b.add_(torch.rand(b.shape).mul(0.5));
		return model;
	}

	test("batch normalisation, before, between and after layers", () =>
		compare(
			trained(
				new nn.Sequential(
					new nn.BatchNorm1d(12),
					new nn.Linear(12, 9),
					new nn.BatchNorm1d(9, { eps: 0.1 }),
					new nn.ReLU(),
					new nn.BatchNorm1d(9, { affine: false }),
					new nn.Linear(9, 5),
					new nn.BatchNorm1d(5),
				),
			),
			12,
		));

	test("batch normalisation of channels of several values", () =>
		compare(
			trained(
				new nn.Sequential(
					new nn.Linear(12, 8),
					new nn.Unflatten(1, [4, 2]),
					new nn.BatchNorm1d(4),
					new nn.Flatten(),
					new nn.Linear(8, 3),
				),
			),
			12,
		));

	test("arithmetic, reshapes, products with a weight, no bias", () =>
		compare(
			new Net((x, n) => {
				const h = x.sub(0.5).div(2).view(-1, 4, 3).flatten(1);
				const z = h.mm(n.fc1.weight.t()).add(n.fc1.bias as torch.Tensor);
				return F.relu6(z.mul(3)).neg().matmul(n.fc2.weight.t()).logSoftmax(1);
			}),
			12,
		));

	test("in-place activations and addmm", () =>
		compare(
			new Net((x, n) => {
				const z = torch.addmm(n.fc1.bias as torch.Tensor, x, n.fc1.weight.t());
				z.relu_();
				return n.fc2.forward(z).softmax(-1);
			}),
			12,
			"same",
		));

	test("an activation first, two in a row, arithmetic last", () =>
		compare(
			new Net((x, n) =>
				n.fc2.forward(n.fc1.forward(x.tanh()).relu().sigmoid()).relu().add(1),
			),
			12,
		));

	test("probabilities of a sigmoid are its own", () =>
		compare(
			new Net((x, n) => n.fc2.forward(n.fc1.forward(x)).sigmoid()),
			12,
			"same",
		));

	test("any sizes", () =>
		fc.assert(
			fc.asyncProperty(
				fc.array(fc.integer({ min: 1, max: 70 }), {
					minLength: 2,
					maxLength: 5,
				}),
				async (sizes) => {
					const layers = sizes
						.slice(1)
						.flatMap((n, i) => [
							new nn.Linear(sizes[i] as number, n),
							new nn.ReLU(),
						]);
					await compare(
						new nn.Sequential(...layers.slice(0, -1)),
						sizes[0] as number,
					);
				},
			),
			{ numRuns: 25, seed: 1 },
		));

	test("the mode of every submodule is left as it was", async () => {
		const model = new nn.Sequential(
			new nn.Linear(4, 4),
			new nn.Dropout(),
			new nn.Linear(4, 2),
		);
		model.modules()[1]?.eval();
		const before = model.modules().map((m) => m.training);
		const predictor = await createPredictor(model, { threads: 1 });
		expect(model.modules().map((m) => m.training)).toEqual(before);
		predictor.dispose();
	});

	test("tracing leaves no tensor behind", async () => {
		const model = new Net((x, n) => n.fc2.forward(F.relu(n.fc1.forward(x))));
		const before = torch.memory().tensors;
		const predictor = await createPredictor(model, { threads: 1 });
		expect(torch.memory().tensors).toBe(before);
		predictor.dispose();
	});
});

describe("what is refused", () => {
	const refused = (
		body: (x: torch.Tensor, net: Net) => unknown,
		message: RegExp,
	) => expect(createPredictor(new Net(body))).rejects.toThrow(message);

	test("other operations, by name", () =>
		refused(
			(x, n) => n.fc1.forward(x).cumsum(1),
			/^createPredictor cannot serve the operation 'cumsum'/,
		));

	test("a skip connection", () =>
		refused((x, n) => {
			const h = n.fc1.forward(x);
			return h.add(F.relu(h));
		}, /'add' on a value that is used twice/));

	test("normalisation by a row's own statistics", async () => {
		await refused(
			(x, n) => F.layerNorm(n.fc1.forward(x), [9]),
			/the operation 'layerNorm' by a row's own statistics/,
		);
	});

	test("what is random, instead of one draw for ever", async () => {
		await refused(
			(x, n) => n.fc1.forward(F.dropout(x, 0.5)),
			/'random', which draws other numbers each time \(a dropout/,
		);
	});

	test("a softmax before the end", () =>
		refused(
			(x, n) => n.fc2.forward(n.fc1.forward(x).softmax(1)),
			/'softmax' before the end/,
		));

	test("rows that are cut", () =>
		refused(
			(x, n) =>
				n.fc1
					.forward(x)
					.view(3, 3)
					.mm(torch.ones([3, 2])),
			/'mm' on 3 rows/,
		));

	test("a result that is not the input's", () =>
		refused(() => torch.ones([1, 5]), /forward must return one tensor/));

	test("a convolution", () => {
		const model = new nn.Sequential(
			new nn.Conv2d(1, 2, 3),
			new nn.Flatten(),
			new nn.Linear(8, 2),
		);
		return expect(createPredictor(model)).rejects.toThrow(
			/cannot serve the operation 'conv2d'/,
		);
	});

	test("pooling", () => {
		const model = new nn.Sequential(
			new nn.Linear(16, 16),
			new nn.MaxPool2d(2),
			new nn.Linear(4, 2),
		);
		return expect(createPredictor(model)).rejects.toThrow(
			/cannot serve the operation 'maxPool2d'/,
		);
	});

	test("weights that are not finite", () => {
		const model = new nn.Linear(4, 2);
		torch.noGrad(() => model.weight.fill_(Number.NaN));
		return expect(createPredictor(model)).rejects.toThrow(
			/weight of layer 0 holds NaN at position 0/,
		);
	});

	test("a module without layers", () =>
		expect(createPredictor(new nn.ReLU())).rejects.toThrow(/no linear layer/));
});
