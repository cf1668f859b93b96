import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../src", import.meta.url));

/** From the lowest layer to the highest; the first match counts. */
const LAYERS: readonly (readonly [RegExp, number])[] = [
	[/^(errors|dtype|shape|memory-order|layout|spares)\.ts$|^platform\//, 0],
	[/^backends\/|^storage\.ts$|^scope\.ts$/, 1],
	[/^autograd\/(mode|handle|saved|node|apply|writable)\.ts$|^ops\//, 2],
	[
		/^autograd\/(engine|backward-pass|captures|reached-nodes|gradients)\.ts$/,
		3,
	],
	[/^(tensor|format|autograd|creation|functions)\/|^[a-z-]+\.ts$/, 4],
	[/^(nn|optim|data|vision|serialization|predictor)\//, 5],
	[/^cli\//, 6],
];

const TOP = new Set(["index.ts", "slim.ts"]);

function layerOf(file: string): number {
	if (TOP.has(file)) return 6;
	const layer = LAYERS.find(([pattern]) => pattern.test(file))?.[1];
	if (layer === undefined) throw new Error(`src/${file} belongs to no layer`);
	return layer;
}

/** Files that `file` needs at run time: type-only imports are free. */
function importsOf(file: string): string[] {
	const text = readFileSync(join(SRC, file), "utf8");
	const found = text.matchAll(
		/^(?:import|export)\s+(?!type\b)([^;]*?)\s+from\s+"(\.[^"]+)"/gms,
	);
	return [...found]
		.filter(([, names]) => {
			const list = /^\{([^}]*)\}$/s.exec(names as string)?.[1];
			return (
				list === undefined ||
				list
					.split(",")
					.map((n) => n.trim())
					.some((n) => n !== "" && !n.startsWith("type "))
			);
		})
		.map(([, , path]) =>
			relative(SRC, join(SRC, dirname(file), path as string)).replace(
				/\.js$/,
				".ts",
			),
		)
		.filter((path) => !path.startsWith(".."));
}

const files = (readdirSync(SRC, { recursive: true }) as string[]).filter(
	(f) => f.endsWith(".ts") && !f.endsWith(".d.ts"),
);

test("imports only look down", () => {
	const upward = files.flatMap((file) =>
		importsOf(file)
			.filter((to) => layerOf(to) > layerOf(file))
			.map((to) => `${file} -> ${to}`),
	);
	expect(files.length).toBeGreaterThan(100);
	expect(upward).toEqual([]);
});

test("nothing above the backends knows which device it is on", () => {
	const knowing = files
		.filter((file) => !/^(backends|predictor)\//.test(file))
		.flatMap((file) =>
			importsOf(file)
				.filter((to) => /^backends\/(cpu|webgpu)\//.test(to))
				.map((to) => `${file} -> ${to}`),
		);
	// the entry hands the inlined core to the backends
	expect(knowing).toEqual(["index.ts -> backends/cpu/inlined.ts"]);
});
