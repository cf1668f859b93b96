import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The modules that users import. */
const ENTRIES = [
	"src/index.ts",
	"src/vision/index.ts",
	"src/predictor/entry.ts",
];

function isInternal(symbol: ts.Symbol): boolean {
	return symbol.getJsDocTags().some((tag) => tag.name === "internal");
}

function isHidden(symbol: ts.Symbol): boolean {
	const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
	return (symbol.declarations ?? []).some(
		(d) =>
			ts.getCombinedModifierFlags(d) & hidden ||
			(ts.isClassElement(d) && d.name && ts.isPrivateIdentifier(d.name)),
	);
}

/** Whether what is declared stands in this project's sources. */
function isOurs(symbol: ts.Symbol): boolean {
	return (symbol.declarations ?? []).some((d) =>
		d.getSourceFile().fileName.startsWith(join(root, "src")),
	);
}

/** Methods that are PyTorch's or the language's hooks, under a symbol for a name. */
function isWellKnown(name: string): boolean {
	return name.startsWith("__@") || name === "prototype" || name === "toString";
}

/** Every public name without a comment: `nn.Linear.forward`. */
export function undocumented(): string[] {
	const path = join(root, "tsconfig.json");
	const { config } = ts.readConfigFile(path, ts.sys.readFile);
	const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
	const declared = ts.sys.readDirectory(join(root, "src"), [".d.ts"]);
	const entries = ENTRIES.map((file) => join(root, file));
	const program = ts.createProgram([...entries, ...declared], options);
	const checker = program.getTypeChecker();
	const seen = new Set<ts.Symbol>();
	const missing = new Set<string>();

	const documented = (symbol: ts.Symbol) =>
		symbol.getDocumentationComment(checker).length > 0 ||
		symbol.getJsDocTags(checker).length > 0;

	const member = (symbol: ts.Symbol, owner: string) => {
		if (isWellKnown(symbol.name) || isHidden(symbol) || isInternal(symbol))
			return;
		if (!isOurs(symbol) || documented(symbol)) return;
		// an inherited member counts once, where it is declared
		const parent = symbol.declarations?.[0]?.parent as
			| ts.ClassDeclaration
			| undefined;
		missing.add(`${parent?.name?.text ?? owner}.${symbol.name}`);
	};

	const visit = (exported: ts.Symbol, prefix: string) => {
		const symbol =
			exported.flags & ts.SymbolFlags.Alias
				? checker.getAliasedSymbol(exported)
				: exported;
		const name = prefix + exported.name;
		if (symbol.flags & ts.SymbolFlags.ValueModule) {
			for (const inner of checker.getExportsOfModule(symbol))
				visit(inner, `${name}.`);
			return;
		}
		if (seen.has(symbol) || isInternal(symbol) || !isOurs(symbol)) return;
		seen.add(symbol);
		if (!documented(symbol)) missing.add(name);
		const type = checker.getDeclaredTypeOfSymbol(symbol);
		const kinds = ts.SymbolFlags.Class | ts.SymbolFlags.Interface;
		if (symbol.flags & kinds)
			for (const m of type.getProperties()) member(m, name);
		if (symbol.flags & ts.SymbolFlags.Class)
			for (const m of checker.getTypeOfSymbol(symbol).getProperties())
				member(m, name);
	};

	for (const entry of entries) {
		const source = program.getSourceFile(entry) as ts.SourceFile;
		const module = checker.getSymbolAtLocation(source) as ts.Symbol;
		for (const exported of checker.getExportsOfModule(module))
			visit(exported, "");
	}
	return [...missing].sort();
}
