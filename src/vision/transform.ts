import { DTypeError, ShapeError } from "../errors.js";

/** 8-bit pixels, row by row, a pixel's channels side by side, as in `ImageData`. */
export interface Image {
	/** RGBA, a byte each, row by row. */
	readonly data: Uint8Array | Uint8ClampedArray;
	/** Pixels from left to right. */
	readonly width: number;
	/** Pixels from top to bottom. */
	readonly height: number;
	/** 1 for grey, 3 for RGB, 4 for RGBA; told by the length of `data` if absent. */
	readonly channels?: number;
}

/** What turns a sample into what the model sees: an object with `forward`, or a function. */
export type Transform =
	| { forward(input: never): unknown }
	| ((input: never) => unknown);

/** Applies a transform of either form. */
export function applyTransform(transform: Transform, input: unknown): unknown {
	return typeof transform === "function"
		? transform(input as never)
		: transform.forward(input as never);
}

/** An object with `forward`, or a function. */
export type Step<In, Out> = { forward(input: In): Out } | ((input: In) => Out);

/** Whether it can be called as a transform is. */
export function isStep(step: unknown): boolean {
	if (typeof step === "function") return true;
	return (
		typeof step === "object" &&
		step !== null &&
		"forward" in step &&
		typeof step.forward === "function"
	);
}

/** torchvision indents by the title's width, whatever stands around it. */
export function printed(title: string, step: Step<never, unknown> | undefined) {
	if (!step) return [];
	const text = typeof step === "function" ? step.name : String(step);
	const indent = `\n${" ".repeat(title.length)}`;
	return [title + text.split("\n").join(indent)];
}

/** Shows itself as torchvision's does, in Node's console too. */
export abstract class Printed {
	abstract toString(): string;

	[Symbol.for("nodejs.util.inspect.custom")](): string {
		return this.toString();
	}
}

/** @throws DTypeError, ShapeError unless an image whose sizes fit */
export function checkImage(image: Image): Required<Image> {
	const { data, width, height } = image ?? {};
	if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
		throw new DTypeError(
			"pic should be an image { data, width, height } with data a Uint8Array or Uint8ClampedArray. " +
				`Got ${describe(image)}.`,
		);
	}
	const channels = image.channels ?? data.length / (width * height);
	const fits =
		Number.isInteger(channels) &&
		channels > 0 &&
		data.length === width * height * channels;
	if (!fits) {
		throw new ShapeError(
			`pic of ${width}x${height} pixels${image.channels === undefined ? "" : ` and ${image.channels} channels`} does not fit its ${data.length} bytes. ` +
				"Give width * height * channels bytes.",
		);
	}
	return { data, width, height, channels };
}

function describe(value: unknown): string {
	if (typeof value !== "object" || value === null) return String(value);
	return "data" in value && typeof value.data === "object" && value.data
		? `data of ${value.data.constructor.name}`
		: value.constructor.name;
}

/** Python writes an exponent with two digits at least. */
export function pythonNumber(value: number): string {
	return String(value).replace(/e([+-])(\d)$/, "e$10$2");
}
