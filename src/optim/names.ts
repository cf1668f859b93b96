/** Spelling of names here and in PyTorch's state dicts. */

export function snakeCase(name: string): string {
	return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function camelCase(name: string): string {
	return name.replace(/(?<=[a-zA-Z])_([a-z])/g, (_, letter: string) =>
		letter.toUpperCase(),
	);
}
