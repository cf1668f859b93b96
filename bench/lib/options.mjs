// What the benchmarks' command line may say.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Argument, Command, InvalidArgumentError, Option } from "commander";

/** A mistake of whoever runs it: told without a stack, exit code 2. */
export class UsageError extends Error {}

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));

export function positive(text) {
	const value = /^\d+$/.test(text) ? Number(text) : 0;
	if (value < 1) throw new InvalidArgumentError("Expected a number from 1 on.");
	return value;
}

export const clockOption = () =>
	new Option(
		"--clock <clock>",
		"cpu: processor time, where others use the machine too",
	)
		.choices(["wall", "cpu"])
		.default("wall");

/**
 * @param groups what each is about, by name
 * @returns {groups, runtime, line, rounds, clock, out, old}
 */
export function readOptions(args, groups) {
	const list = Object.entries(groups).map(
		([name, { about }]) => `  ${name.padEnd(9)}${about}`,
	);
	const command = new Command("node bench/index.mjs")
		.description(
			"Times Torchlet and what it compares with, in turn, answers checked first. Missing peers are installed into bench/node_modules.",
		)
		.addArgument(
			new Argument(
				"[groups...]",
				"all that the runtime has but webgpu, if none is named",
			).choices(Object.keys(groups)),
		)
		.addOption(
			new Option("--runtime <runtime>", "where; page is headless Chromium")
				.choices(["node", "deno", "bun", "page"])
				.default("node"),
		)
		.option(
			"--line <id>",
			"only this line of the groups; may be repeated",
			(id, before = []) => [...before, id],
		)
		.option(
			"--rounds <n>",
			"how often each has its turn (default: by line)",
			positive,
		)
		.addOption(clockOption())
		.option(
			"--compare <old.json>",
			"mark what became slower since; exit code 1 if anything did",
		)
		.option(
			"--out <folder>",
			"where .md, .json and .svg go (default: bench/results; build/bench with --line, --rounds, --compare or --no-install)",
		)
		.option("--no-install", "go on with the peers that are there")
		.addHelpText(
			"after",
			`
Groups:
${list.join("\n")}

Variables: CHROMIUM (its path), PYTHON (one that has PyTorch), MNIST (a folder with its files),
WEBGPU_ADAPTER (Chromium's adapter: swiftshader, or default for what the machine has).`,
		)
		.showHelpAfterError("(--help lists what there is)")
		.exitOverride()
		.parse(args, { from: "user" });
	const { line, rounds, compare, ...options } = command.opts();
	const old = compare && readOld(compare);
	const partial = line || rounds || compare || !options.install;
	return {
		...options,
		line,
		rounds,
		old,
		groups: chosen(command.args, options.runtime, groups),
		named: command.args.length > 0,
		out: options.out ?? folder(partial ? "../../build/bench" : "../results"),
	};
}

function chosen(named, runtime, groups) {
	const runs = ({ only = runtime }) => only === runtime;
	for (const name of named)
		if (!runs(groups[name]))
			throw new UsageError(
				`${name} is of --runtime ${groups[name].only} only, not of ${runtime}`,
			);
	if (named.length) return [...new Set(named)];
	return Object.keys(groups).filter(
		(name) => runs(groups[name]) && !groups[name].named,
	);
}

function readOld(path) {
	if (!existsSync(path))
		throw new UsageError(`--compare ${path}: there is no such file`);
	let old;
	try {
		old = JSON.parse(readFileSync(path, "utf8"));
	} catch (error) {
		throw new UsageError(`--compare ${path}: ${error.message}`);
	}
	if (!Array.isArray(old?.lines) || !old.lines.every((l) => l?.contenders))
		throw new UsageError(
			`--compare ${path} is no result of these benchmarks: give a .json that they wrote`,
		);
	return old;
}
