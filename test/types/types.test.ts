import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");

/** The project's own settings, as `tsc` takes them. */
function settings(): ts.CompilerOptions {
	const path = join(root, "tsconfig.json");
	const { config } = ts.readConfigFile(path, ts.sys.readFile);
	const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
	return {
		...options,
		noEmit: true,
		declaration: false,
		declarationDir: undefined,
	};
}

/** Sources parsed once: every program is mostly the same files. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** What the compiler says of a program, file and line first. */
function complaints(file: string, text?: string): string[] {
	const options = settings();
	const host = ts.createCompilerHost(options);
	const { readFile, fileExists, getSourceFile } = host;
	host.fileExists = (name) =>
		(text !== undefined && name === file) || fileExists(name);
	host.readFile = (name) => (name === file && text ? text : readFile(name));
	host.getSourceFile = (name, version) => {
		if (name === file && text) return ts.createSourceFile(name, text, version);
		if (!parsed.has(name)) parsed.set(name, getSourceFile(name, version));
		return parsed.get(name);
	};
	const declared = ts.sys.readDirectory(join(root, "src"), [".d.ts"]);
	const program = ts.createProgram([file, ...declared], options, host);
	const source = program.getSourceFile(file);
	return program.getSemanticDiagnostics(source).map((d) => {
		const line = d.file?.getLineAndCharacterOfPosition(d.start ?? 0).line ?? 0;
		const message = ts.flattenDiagnosticMessageText(d.messageText, "\n");
		return `${line + 1}: ${message}`;
	});
}

test("types follow literal sizes, and stay out of the way elsewhere", () => {
	expect(complaints(join(here, "tensor.test-d.ts"))).toEqual([]);
});

test("what does not fit is said in PyTorch's words", () => {
	const program = `
		import * as torch from "../../src/index.js";
		torch.zeros(64, 784).matmul(torch.zeros(28, 128));
		torch.zeros(64, 784).view(64, 28, 27);
		torch.zeros(2, 3).sum(2);`;
	const [product, view, dim] = complaints(
		join(here, "words.test-d.ts"),
		program,
	);
	expect(product).toContain(
		"mat1 and mat2 shapes cannot be multiplied (64x784 and 28x128)",
	);
	expect(view).toContain(
		"shape '[64, 28, 27]' is invalid for input of size 50176",
	);
	expect(dim).toContain(
		"Dimension out of range (expected to be in range of [-2, 1], but got 2)",
	);
});

test("the built declarations are whole for a program of ES2022 that checks its libraries", () => {
	const declarations = ["index", "vision/index", "predictor/entry"].map(
		(name) => join(root, `dist/types/src/${name}.d.ts`),
	);
	const program = ts.createProgram(declarations, {
		strict: true,
		noEmit: true,
		target: ts.ScriptTarget.ES2022,
		module: ts.ModuleKind.NodeNext,
		types: [],
	});
	const found = ts.getPreEmitDiagnostics(program);
	expect(
		found.map((d) => ts.flattenDiagnosticMessageText(d.messageText, "\n")),
	).toEqual([]);
}, 30_000);
