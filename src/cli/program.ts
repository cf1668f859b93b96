import { Command, CommanderError, Option } from "commander";
import { TorchletError } from "../index.js";
import { bench } from "./bench.js";
import { evaluate } from "./evaluate.js";
import { Interrupted, UsageError } from "./failures.js";
import { info } from "./info.js";
import {
	dataOption,
	deviceOption,
	downloadOption,
	fraction,
	whole,
	widths,
} from "./options.js";
import { predict } from "./predict.js";
import { train } from "./train.js";

const STATE_DICT = "a state dict, by Torchlet or PyTorch";

function program(version: string): Command {
	const torchlet = new Command("torchlet")
		.description(
			"PyTorch's MNIST chapter on a SIMD WebAssembly core: train, evaluate, predict",
		)
		.version(version)
		.showHelpAfterError("(--help lists what there is)")
		.exitOverride();

	torchlet
		.command("train")
		.description("train a network of dense layers on MNIST and save it")
		.option("--epochs <n>", "passes over the training images", whole(1), 3)
		.option("--batch-size <n>", "images per step", whole(1), 64)
		.option(
			"--lr <x>",
			"learning rate",
			fraction(Number.POSITIVE_INFINITY),
			0.01,
		)
		.option("--momentum <x>", "momentum of SGD", fraction(1), 0.9)
		.addOption(
			new Option("--hidden <widths>", "hidden layers, such as 256,64")
				.argParser(widths)
				.default([128], "128"),
		)
		.option("--seed <n>", "same seed, same numbers as PyTorch", whole(0), 0)
		.addOption(dataOption())
		.addOption(downloadOption())
		.option("--out <file>", "where to save the model", "mnist.pth")
		.addOption(deviceOption())
		.action(train);

	torchlet
		.command("eval")
		.description("accuracy of a saved network on the 10,000 test images")
		.argument("<file>", STATE_DICT)
		.addOption(dataOption())
		.addOption(downloadOption())
		.addOption(deviceOption())
		.action(evaluate);

	torchlet
		.command("predict")
		.description("tell which digits are in images")
		.argument("<file>", STATE_DICT)
		.argument(
			"<images...>",
			"PNG files of any size, or files of 784 bytes: 28 rows of 28 grey pixels, ink bright",
		)
		.action((file: string, images: string[]) => predict(file, images));

	torchlet
		.command("bench")
		.description("how fast training and prediction are on this machine")
		.option("--seconds <n>", "about how long it may take", whole(1), 60)
		.action(bench);

	torchlet
		.command("info")
		.description("what is in use on this machine, and why")
		.action(() => info(version));

	return torchlet;
}

/**
 * Runs the command line.
 *
 * @returns the exit code: 0, 1 for failures, 2 for bad usage, 130 after Ctrl-C
 */
export async function main(args: string[], version: string): Promise<number> {
	try {
		await program(version).parseAsync(args, { from: "user" });
		return 0;
	} catch (error) {
		// Commander has already said what is wrong.
		if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
		if (error instanceof Interrupted) {
			process.stderr.write("torchlet: interrupted, nothing was written\n");
			return error.exitCode;
		}
		const expected =
			error instanceof UsageError || error instanceof TorchletError;
		const text = expected ? error.message : String((error as Error)?.stack);
		process.stderr.write(`torchlet: ${text}\n`);
		return error instanceof UsageError ? 2 : 1;
	}
}
