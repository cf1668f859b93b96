import { FormatError } from "../errors.js";
import { ACTIVATIONS, type Chain, checkChain, type Layer } from "./chain.js";

/** "TLPR", little-endian, then the header's length, the header, the numbers. */
const MAGIC = 0x52504c54;
const VERSION = 1;

const ARRAYS = {
	float32: Float32Array,
	int16: Int16Array,
	int8: Int8Array,
} as const;

interface Header {
	readonly version: number;
	readonly dtype: Chain["dtype"];
	readonly weights: Chain["weights"];
	readonly softmax: boolean;
	readonly layers: readonly {
		readonly inputs: number;
		readonly outputs: number;
		readonly kind: keyof typeof ARRAYS;
		readonly activation: Layer["activation"];
		/** As text: JSON has no infinity. */
		readonly p0: string;
		readonly p1: string;
	}[];
}

const padded = (bytes: number) => (bytes + 3) & ~3;

function bytesOf(x: ArrayBufferView): Uint8Array {
	return new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
}

function kindOf(layer: Layer): keyof typeof ARRAYS {
	if (layer.weight instanceof Int16Array) return "int16";
	return layer.weight instanceof Int8Array ? "int8" : "float32";
}

/** Whether bytes are of the compact form. */
export function isCompact(bytes: Uint8Array): boolean {
	return bytes.length >= 8 && viewOf(bytes).getUint32(0, true) === MAGIC;
}

function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The compact form: a JSON header, then each layer's weights, scales and bias. */
export function encodeCompact(chain: Chain): Uint8Array {
	const header: Header = {
		version: VERSION,
		dtype: chain.dtype,
		weights: chain.weights,
		softmax: chain.softmax,
		layers: chain.layers.map((l) => ({
			inputs: l.inputs,
			outputs: l.outputs,
			kind: kindOf(l),
			activation: l.activation,
			p0: String(l.p0),
			p1: String(l.p1),
		})),
	};
	const text = new TextEncoder().encode(JSON.stringify(header));
	const parts: Uint8Array[] = [text];
	for (const l of chain.layers)
		for (const x of [l.weight, l.scales, l.bias]) if (x) parts.push(bytesOf(x));
	const size = parts.reduce((sum, p) => sum + padded(p.length), 8);
	const out = new Uint8Array(size);
	const view = viewOf(out);
	view.setUint32(0, MAGIC, true);
	view.setUint32(4, text.length, true);
	let at = 8;
	for (const part of parts) {
		out.set(part, at);
		at += padded(part.length);
	}
	return out;
}

/** @throws FormatError if the bytes are damaged */
export function decodeCompact(bytes: Uint8Array): Chain {
	const length = viewOf(bytes).getUint32(4, true);
	let at = 8 + padded(length);
	const take = <T extends keyof typeof ARRAYS>(kind: T, count: number) => {
		const Type = ARRAYS[kind];
		const size = count * Type.BYTES_PER_ELEMENT;
		if (!(size >= 0 && at + size <= bytes.length))
			throw damaged("it is cut short");
		// a copy: aligned, and the caller's bytes stay the caller's
		// (no `slice`: that of Node's Buffer is a view)
		const part = new Uint8Array(bytes.subarray(at, at + size));
		at += padded(size);
		return new Type(part.buffer) as InstanceType<(typeof ARRAYS)[T]>;
	};
	let header: Header;
	try {
		const text = new TextDecoder().decode(bytes.subarray(8, 8 + length));
		header = JSON.parse(text) as Header;
	} catch (cause) {
		throw damaged("its header cannot be read", cause);
	}
	if (header.version !== VERSION)
		throw damaged(
			`its version is ${String(header.version)}, and ${VERSION} is read`,
		);
	const { dtype, weights, softmax, layers } = header;
	if (
		!["uint8", "float32"].includes(dtype) ||
		!Object.hasOwn(ARRAYS, weights) ||
		!Array.isArray(layers)
	)
		throw damaged("its header is incomplete");
	const chain: Chain = {
		dtype,
		weights,
		softmax: softmax === true,
		layers: layers.map((l) => {
			const { inputs, outputs, kind, activation, p0, p1 } = l;
			if (
				!isSize(inputs) ||
				!isSize(outputs) ||
				!Object.hasOwn(ARRAYS, kind) ||
				!ACTIVATIONS.includes(activation)
			)
				throw damaged("its header describes an unknown layer");
			return {
				inputs,
				outputs,
				weight: take(kind, inputs * outputs),
				scales: kind === "float32" ? null : take("float32", outputs),
				bias: take("float32", outputs),
				activation,
				p0: Number(p0),
				p1: Number(p1),
			};
		}),
	};
	checkChain(chain);
	return chain;
}

function isSize(x: unknown): x is number {
	return (
		Number.isSafeInteger(x) && (x as number) > 0 && (x as number) < 2 ** 31
	);
}

function damaged(found: string, cause?: unknown): FormatError {
	return new FormatError(`a damaged predictor file: ${found}`, { cause });
}
