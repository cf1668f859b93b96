import { copyFileSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { fileURLToPath } from "node:url";
import commonjs from "@rollup/plugin-commonjs";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { transform } from "esbuild";
import { rollup } from "rollup";
import { pack } from "./assembly/pack.mjs";

const source = (path) => `build/js/src/${path}.js`;

/**
 * A character for each of the 86 bytes that are most frequent in such modules, 0xfd
 * (SIMD's prefix) to 0x52; "}" or "~" and a character for each of the others.
 */
function printable(bytes) {
	const characters = Array.from(bytes, (byte) => {
		const at = (byte - 0xfd) & 255;
		const prefix = ["", "}", "~"][Math.floor(at / 86)];
		return prefix + String.fromCharCode(36 + (at % 86));
	});
	return characters.join("");
}

/**
 * `import base64 from "wasm:NAME"` gives the bytes of build/NAME.wasm;
 * "wasm:NAME?text" the same in a form that is a third shorter once gzipped, as what
 * repeats stays alike. "wasm:packed" holds both cores, compressed.
 */
export function wasmBase64() {
	return {
		name: "wasm-base64",
		resolveId: (id) => (id.startsWith("wasm:") ? `\0${id}` : null),
		async load(id) {
			if (!id.startsWith("\0wasm:")) return null;
			const [name, form = "base64"] = id.slice(6).split("?");
			if (name === "packed") {
				const [plain, relaxed] = ["core", "core-relaxed"].map((core) =>
					readFileSync(new URL(`build/${core}.wasm`, import.meta.url)),
				);
				const packed = Buffer.from(await pack(plain, relaxed));
				return `export default "${packed.toString("base64")}";`;
			}
			const bytes = readFileSync(
				new URL(`build/${name}.wasm`, import.meta.url),
			);
			const text = form === "text" ? printable(bytes) : bytes.toString(form);
			return `export default ${JSON.stringify(text)};`;
		},
	};
}

/**
 * `import fflate from "lazy:fflate/NAME"` gives a function that sets fflate's function NAME
 * up when it is first called: its tables, filled at import, would cost every start 4 ms,
 * needed or not. Each by itself, so that an app that writes no files has no compressor.
 */
export function lazyFflate() {
	const prefix = "lazy:fflate/";
	const entry = "\0entry:fflate";
	return {
		name: "lazy-fflate",
		resolveId: (source) => (source.startsWith(prefix) ? `\0${source}` : null),
		async load(asked) {
			if (!asked.startsWith(`\0${prefix}`)) return null;
			const wanted = asked.slice(prefix.length + 1);
			const bundle = await rollup({
				input: entry,
				plugins: [
					{
						name: "entry",
						resolveId: (source) => (source === entry ? entry : null),
						load: (asked) =>
							asked === entry ? `export { ${wanted} } from "fflate";` : null,
					},
					nodeResolve(),
				],
			});
			const { output } = await bundle.generate({
				format: "iife",
				name: "fflate",
			});
			return `let made;
function make() {
${output[0].code}
return fflate.${wanted};
}
export default () => (made ??= make());`;
		},
	};
}

/**
 * Modules, optimizers and datasets print the names of their classes, which an
 * app's bundler may shorten: each class says its own. A getter, since a static
 * field would be work at import time where an older target lowers it.
 */
function classNames() {
	return {
		name: "class-names",
		transform(code, id) {
			if (!/build\/js\/src\/((nn|optim|data|vision)\/|tensor\.js)/.test(id))
				return null;
			return {
				code: code.replace(
					/^export class (\w+) .*\{$/gm,
					'$& static get name() { return "$1"; }',
				),
				// nothing moves to another line
				map: null,
			};
		},
	};
}

/** The modules as files, for those who may not compile from bytes. */
function copyCores() {
	return {
		name: "copy-cores",
		// chunks that are no more must not be packed
		generateBundle: ({ dir }) =>
			rmSync(`${dir}/chunks`, { recursive: true, force: true }),
		writeBundle({ dir }) {
			for (const name of ["core.wasm", "core-relaxed.wasm", "predictor.wasm"])
				copyFileSync(`build/${name}`, `${dir}/${name}`);
		},
	};
}

/** Licences and notices of the libraries that are inside, as they ask for. */
function notices() {
	return {
		name: "notices",
		generateBundle(_, bundle) {
			const modules = Object.values(bundle).flatMap((c) => c.moduleIds ?? []);
			// "lazy:fflate" hides where it comes from
			const ids = [...modules, "node_modules/fflate/"];
			const names = ids.flatMap(
				(id) => /node_modules[/]((?:@[^/]+[/])?[^/]+)[/]/.exec(id)?.[1] ?? [],
			);
			const texts = [...new Set(names)].sort().flatMap((name) => {
				const folder = new URL(`node_modules/${name}/`, import.meta.url);
				return readdirSync(folder)
					.filter((file) => /^(licen[cs]e|notice)([.]|$)/i.test(file))
					.map((file) => {
						const text = readFileSync(new URL(file, folder), "utf8").trim();
						return `${name}: ${file}\n\n${text}\n`;
					});
			});
			this.emitFile({
				type: "asset",
				fileName: "THIRD-PARTY.txt",
				source: texts.join(`\n${"-".repeat(80)}\n\n`),
			});
		},
	};
}

// Deno knows built-ins by their full names only
const paths = (id) => (builtinModules.includes(id) ? `node:${id}` : id);

/**
 * Without comments and white space an import is parsed in two thirds of the
 * time. Names stay: modules print theirs, and stack traces are read by people;
 * lines end, because an engine prints the one that threw.
 */
function compact() {
	return {
		name: "compact",
		renderChunk: (code) =>
			transform(code, {
				minifyWhitespace: true,
				minifySyntax: true,
				lineLimit: 160,
				target: "es2022",
				sourcemap: true,
			}),
	};
}

/** What an entry loads at once. */
function loadedBy(entry, getModuleInfo) {
	const found = new Set([entry]);
	for (const id of found)
		for (const next of getModuleInfo(id)?.importedIds ?? []) found.add(next);
	return found;
}

/**
 * As few files as the entries can share, since Node takes half a millisecond for each:
 * what the predictor's holds, and what all of Torchlet holds besides. They lie
 * beside the workers', whose URLs they know.
 */
function chunkOf(id, { getModuleInfo }) {
	for (const [name, path] of [
		["serving", "predictor/entry"],
		["torch", "slim"],
	]) {
		const entry = fileURLToPath(new URL(`${source(path)}`, import.meta.url));
		if (id !== entry && loadedBy(entry, getModuleInfo).has(id)) return name;
	}
}

/** Everything is inside: the package has no run-time dependencies. */
const entries = {
	input: {
		index: source("index"),
		slim: source("slim"),
		predictor: source("predictor/entry"),
		vision: source("vision/index"),
		cli: source("cli/index"),
	},
	output: {
		dir: "dist",
		format: "es",
		chunkFileNames: "chunks/[name].js",
		hoistTransitiveImports: false,
		// frozen namespaces need annotations, which `compact` takes away, to be dropped by bundlers
		freeze: false,
		manualChunks: chunkOf,
		paths,
	},
	external: (id) => id.startsWith("node:") || builtinModules.includes(id),
	plugins: [
		wasmBase64(),
		lazyFflate(),
		classNames(),
		// "sideEffects" in package.json speaks of dist/, not of these modules
		nodeResolve({ preferBuiltins: true, ignoreSideEffectsForRoot: true }),
		commonjs({ include: /node_modules/, exclude: /echarts|zrender/ }),
		copyCores(),
		notices(),
		compact(),
	],
	onLog(level, log, handler) {
		// echarts' and zrender's own, known and harmless
		if (log.code === "CIRCULAR_DEPENDENCY" && /node_modules/.test(log.message))
			return;
		handler(level, log);
	},
};

/** One file, for bundlers copy it as it is. */
const worker = (name) => ({
	input: source(`backends/cpu/${name}`),
	output: { file: `dist/chunks/${name}.js`, format: "es", paths },
});

export default [entries, worker("worker"), worker("team-worker")];
