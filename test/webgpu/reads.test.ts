import { beforeAll, expect, test } from "vitest";
import { readyBackend } from "../../src/backends/devices.js";
import type { WebgpuBackend } from "../../src/backends/webgpu/index.js";
import * as torch from "../../src/index.js";
import { openGpu } from "../helpers/webgpu.js";

const { nn, optim } = torch;
const device = "webgpu";
let gpu: WebgpuBackend;
/** What was asked of the device's queue, in order. */
const log: string[] = [];
/** Holds back the results of mappings while set. */
let gate: Promise<void> | null = null;

beforeAll(async () => {
	const adapter = await openGpu().requestAdapter();
	const own = (await adapter?.requestDevice()) as GPUDevice;
	const { queue } = own;
	const submit = queue.submit.bind(queue);
	queue.submit = (list) => {
		log.push("submit");
		submit(list);
	};
	const done = queue.onSubmittedWorkDone.bind(queue);
	queue.onSubmittedWorkDone = () => {
		log.push("wait");
		return done();
	};
	const create = own.createBuffer.bind(own);
	own.createBuffer = (descriptor) => {
		const buffer = create(descriptor);
		if ((descriptor.usage & 1) === 0) return buffer;
		const mapAsync = buffer.mapAsync.bind(buffer);
		buffer.mapAsync = async (...args) => {
			log.push("map");
			await mapAsync(...args);
			await gate;
		};
		return buffer;
	};
	torch.webgpu.configure({ device: own });
	(await torch.tensor([0]).to(device)).dispose();
	gpu = readyBackend(device) as WebgpuBackend;
});

async function training() {
	torch.manualSeed(0);
	const model = await new nn.Sequential(
		new nn.Linear(8, 16),
		new nn.ReLU(),
		new nn.Linear(16, 4),
	).to(device);
	const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
	const x = await torch.randn(16, 8).to(device);
	const t = await torch.randint(0, 4, [16]).to(device);
	return (read: boolean) =>
		torch.scope(() => {
			optimizer.zeroGrad();
			const loss = nn.functional.crossEntropy(model.forward(x), t);
			loss.backward();
			optimizer.step();
			return read ? loss.item() : null;
		});
}

test("a read each step: one submit and one mapping, through one buffer", async () => {
	const step = await training();
	await step(true);
	log.length = 0;
	const { staging } = gpu.stats;
	for (let i = 0; i < 10; i++) await step(true);
	expect(log.join(" ")).toBe(Array(10).fill("submit map").join(" "));
	expect(gpu.stats.staging).toBe(staging);
});

test("a loop that awaits the last step's loss has two steps under way, through two buffers", async () => {
	const step = await training();
	const { staging } = gpu.stats;
	let before: Promise<number> | null = null;
	const losses: number[] = [];
	const pending: number[] = [];
	let under = 0;
	for (let i = 0; i < 20; i++) {
		const loss = step(true) as Promise<number>;
		under++;
		void loss.then(() => under--);
		pending.push(under);
		if (before) losses.push(await before);
		before = loss;
	}
	losses.push((await before) as number);
	expect(losses).toHaveLength(20);
	expect(Math.max(...pending)).toBe(2);
	// the one that the first test left, and another
	expect(gpu.stats.staging - staging).toBeLessThanOrEqual(1);
	const again = await training();
	for (const loss of losses) expect(await again(true)).toBe(loss);
});

test("a read that is under way holds up no later step", async () => {
	const step = await training();
	await step(true);
	let open = () => {};
	gate = new Promise((resolve) => {
		open = resolve;
	});
	let isRead = false;
	const first = (step(true) as Promise<number>).then((loss) => {
		isRead = true;
		return loss;
	});
	log.length = 0;
	for (let i = 0; i < 3; i++) {
		step(false);
		gpu.flush();
	}
	const last = step(true) as Promise<number>;
	expect(log).toEqual(["submit", "submit", "submit", "submit", "map"]);
	await new Promise((resolve) => setTimeout(resolve, 50));
	expect(isRead).toBe(false);
	open();
	gate = null;
	expect(await first).toBeGreaterThan(await last);
});

test("300 steps without a read: submits when it has grown long, and no wait", async () => {
	const step = await training();
	await step(true);
	log.length = 0;
	const { dispatches } = gpu.stats;
	for (let i = 0; i < 300; i++) step(false);
	const submits = log.length;
	const perStep = (gpu.stats.dispatches - dispatches) / 300;
	expect(log).toEqual(Array(submits).fill("submit"));
	expect(submits).toBeGreaterThan(0);
	expect(submits).toBeLessThanOrEqual(Math.ceil((300 * perStep) / 500));
	expect(await step(true)).toBeGreaterThan(0);
	expect(log.slice(submits)).toEqual(["submit", "map"]);
});
