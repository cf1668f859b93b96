interface Builtins {
	"node:crypto": typeof import("node:crypto");
	"node:fs/promises": typeof import("node:fs/promises");
	"node:url": typeof import("node:url");
}

/**
 * A built-in module of Node, Deno and Bun, or undefined in a browser. Not an
 * `import()`: bundlers for the browser stop at a `node:` specifier.
 */
export function builtin<Name extends keyof Builtins>(
	name: Name,
): Builtins[Name] | undefined {
	const { process } = globalThis as {
		process?: { getBuiltinModule?: (name: string) => unknown };
	};
	return process?.getBuiltinModule?.(name) as Builtins[Name] | undefined;
}
