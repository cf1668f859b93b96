import { pythonNumber } from "./number.js";

/** Indents every line but the first. */
function hangingIndent(text: string): string {
	return text.replaceAll("\n", "\n  ");
}

/**
 * A module as PyTorch prints it.
 * @param name the class's name
 * @param extraRepr what the module says of itself, `""` if nothing
 * @param children names and printed forms of the submodules, in order
 */
export function formatModule(
	name: string,
	extraRepr: string,
	children: Iterable<readonly [name: string, printed: string]>,
): string {
	const lines = extraRepr === "" ? [] : extraRepr.split("\n");
	const own = lines.length;
	for (const [key, printed] of children)
		lines.push(`(${key}): ${hangingIndent(printed)}`);
	if (lines.length === 0) return `${name}()`;
	if (own === 1 && lines.length === 1) return `${name}(${lines[0]})`;
	return `${name}(\n  ${lines.join("\n  ")}\n)`;
}

/** JavaScript does not tell 1 from 1.0: whole numbers print as ints. */
function pythonValue(value: unknown): string {
	if (value === null || value === undefined) return "None";
	if (typeof value === "boolean") return value ? "True" : "False";
	if (typeof value === "number")
		return pythonNumber(value, !Number.isSafeInteger(value));
	// PyTorch's groups hold tuples (betas), never lists
	if (Array.isArray(value)) {
		const items = value.map(pythonValue);
		return items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;
	}
	return String(value);
}

function snakeCase(name: string): string {
	return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/**
 * An optimizer as PyTorch prints it: names in PyTorch's spelling and order,
 * values as Python's literals. A whole number prints as an int, so that a
 * learning rate of 1 is `1` where Python, told `lr=1.0`, prints `1.0`.
 * @param name the class's name
 * @param groups the parameter groups; their `params` are not shown
 */
export function formatOptimizer(
	name: string,
	groups: readonly Readonly<Record<string, unknown>>[],
): string {
	const text = groups.map((group, i) => {
		const lines = Object.entries(group)
			.filter(([key]) => key !== "params")
			.map(([key, value]) => [snakeCase(key), pythonValue(value)] as const)
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([key, value]) => `    ${key}: ${value}\n`);
		return `\nParameter Group ${i}\n${lines.join("")}`;
	});
	return `${name} (${text.join("")})`;
}
