import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { temporaryFolder } from "../helpers/folder.js";
import { SOFTWARE } from "../helpers/webgpu.js";
import { CLI, node, torchlet } from "./support.js";

const folder = temporaryFolder();

test.each([
	[["train", "--epochs", "0"], "--epochs"],
	[["train", "--epochs", "1.5"], "--epochs"],
	[["train", "--batch-size", "many"], "--batch-size"],
	[["train", "--batch-size", "-1"], "--batch-size"],
	[["train", "--lr", "-0.1"], "--lr"],
	[["train", "--lr", ""], "--lr"],
	[["train", "--lr", "NaN"], "--lr"],
	[["train", "--momentum", "1"], "--momentum"],
	[["train", "--hidden", "256,,64"], "--hidden"],
	[["train", "--hidden", "0"], "--hidden"],
	[["train", "--seed", "-1"], "--seed"],
	[["train", "--device", "tpu"], "cpu, webgpu"],
	[["train", "--data", "no/such/folder"], "no/such/folder"],
	[["train", "--out", "no/such/folder/mnist.pth"], "no/such/folder"],
	[["train", "--out", "mnist.h5"], ".pth"],
	[["train", "--frobnicate"], "--frobnicate"],
	[["train", "superfluous"], "too many arguments"],
	[["eval"], "file"],
	[["predict", "mnist.pth"], "images"],
	[["trian"], "train"],
	[[], "Usage"],
])("%j is refused with exit code 2", (args, named) => {
	const { status, stdout, stderr } = torchlet(args, folder);
	expect(status).toBe(2);
	expect(stderr).toContain(named);
	expect(stdout).toBe("");
	expect(readdirSync(folder)).toEqual([]);
});

test("help and version are no failures", () => {
	const help = torchlet(["train", "--help"]);
	expect(help.status).toBe(0);
	for (const option of ["epochs", "batch-size", "hidden", "data", "out"])
		expect(help.stdout).toContain(`--${option}`);
	const version = torchlet(["--version"]);
	expect(version.status).toBe(0);
	expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("info tells what is in use, and why what is not", () => {
	const none = { ...process.env, VK_ICD_FILENAMES: "no/such/driver.json" };
	const { status, stdout } = node([CLI, "info"], folder, none);
	expect(status).toBe(0);
	expect(stdout).toContain(process.versions.node);
	expect(stdout).toMatch(/^core: (simd|relaxed)$/m);
	expect(stdout).not.toContain("null");
	expect(stdout).toMatch(/^webgpu: false$/m);
	expect(stdout).toMatch(/^webgpuReason: no adapter was found/m);
	const software = { ...process.env, VK_ICD_FILENAMES: SOFTWARE };
	const some = node([CLI, "info"], folder, software);
	expect(some.stdout).toMatch(/^webgpu: true$/m);
});

test("eval fetches the images too, as its advice says", () => {
	const { status, stdout } = torchlet(["eval", "--help"]);
	expect(status).toBe(0);
	expect(stdout).toContain("--download");
});

test("files that are no models, or no images, are told by name with exit code 1", async () => {
	const inner = join(temporaryFolder(), "files");
	mkdirSync(inner);
	const at = (name: string) => join(inner, name);
	await torch.save({ a: torch.ones(2, 3) }, at("other.pth"));
	await torch.save([1, 2], at("list.pth"));
	await torch.save({ "fc.weight": torch.zeros(10, 784) }, at("good.pth"));
	writeFileSync(at("garbage.pth"), "garbage");
	writeFileSync(at("cut.pth"), readFileSync(at("good.pth")).subarray(0, 5000));
	writeFileSync(at("short.raw"), new Uint8Array(783));
	writeFileSync(at("cut.png"), Buffer.from("89504e470d0a1a0a00000000", "hex"));
	for (const [args, named] of [
		[["eval", "missing.pth"], "missing.pth"],
		[["eval", "garbage.pth"], "garbage.pth"],
		[["eval", "cut.pth"], "cut.pth"],
		[["eval", "other.pth"], "a [2, 3]"],
		[["eval", "list.pth"], "no state dict"],
		[["predict", "good.pth", "none.png"], "none.png"],
		[["predict", "good.pth", "short.raw"], "783 bytes"],
		[["predict", "good.pth", "cut.png"], "cut.png"],
	] as const) {
		const { status, stdout, stderr } = torchlet(args, inner);
		expect(stderr).toContain(named);
		expect(stderr).not.toMatch(/^\s+at /m);
		expect(status, args.join(" ")).toBe(1);
		expect(stdout).toBe("");
	}
	const { status, stderr } = torchlet(["train", "--data", inner], inner);
	expect(stderr).toContain("Dataset not found. You can use --download");
	expect(status).toBe(1);
});
