// What single calls cost, Torchlet's own overheads: prints a line of JSON.
import Benchmark from "benchmark";
import * as torch from "../../dist/index.js";

const { nn, optim } = torch;
const F = nn.functional;
const one = torch.ones(1);
const matrix = torch.ones(64, 128);
const leaf = torch.ones(1, { requiresGrad: true });
const scoped = (body) => () => {
	torch.scope(() => {
		body();
	});
};

// so small that nothing but graph, dispatch and scopes is left of a step
const model = new nn.Sequential(
	new nn.Linear(1, 1),
	new nn.ReLU(),
	new nn.Linear(1, 2),
);
const criterion = new nn.CrossEntropyLoss();
const optimizer = new optim.SGD(model.parameters(), { lr: 0, momentum: 0.9 });
const x = torch.ones(1, 1);
const t = torch.zeros(1, { dtype: "int32" });

const predictor = await torch.createPredictor(new nn.Linear(4, 2), {
	input: { dtype: "float32" },
	threads: 1,
});
const row = new Float32Array(4);

const suite = new Benchmark.Suite();
suite
	.add(
		"x.view",
		scoped(() => matrix.view(128, 64)),
	)
	.add(
		"x.add(x), one number",
		scoped(() => one.add(one)),
	)
	.add(
		"x.relu(), 64 × 128",
		scoped(() => matrix.relu()),
	)
	.add(
		"F.softmax(x, 1), 64 × 128",
		scoped(() => F.softmax(matrix, 1)),
	)
	.add(
		"x.mul(2).sum().backward()",
		scoped(() => leaf.mul(2).sum().backward()),
	)
	.add(
		"a whole training step, 1-1-2, batch 1",
		scoped(() => {
			optimizer.zeroGrad();
			const loss = criterion.forward(model.forward(x), t);
			loss.backward();
			optimizer.step();
			loss.itemSync();
		}),
	)
	.add("predictSync, 4-2, one row", () => predictor.predictSync(row));

const results = suite.run().map(({ name, stats, error }) => {
	if (error) throw error;
	const times = stats.sample.map((seconds) => seconds * 1e6);
	return { name, times };
});
console.log(JSON.stringify(results));
