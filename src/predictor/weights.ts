import { FormatError } from "../errors.js";
import { makeConverter } from "../serialization/convert.js";
import { checkTensor } from "../serialization/globals.js";
import {
	type FileDType,
	mapLeaves,
	PlainStorage,
	PlainTensor,
	type PlainValue,
} from "../serialization/plain.js";
import { decodePth, isPickle, isZip } from "../serialization/pth.js";
import { type Activation, type Layer, newLayer } from "./chain.js";

/** Names of element types in .safetensors. */
const SAFE: Readonly<Record<string, FileDType>> = {
	F32: "float32",
	F64: "float64",
	F16: "float16",
	BF16: "bfloat16",
};

/** A state dict's tensors in the file's order. @throws FormatError */
function readTensors(bytes: Uint8Array): Map<string, PlainTensor> {
	if (isZip(bytes) || isPickle(bytes)) return tensorsOf(decodePth(bytes));
	if (bytes[8] === 0x7b) return readSafetensors(bytes);
	throw new FormatError(
		"createPredictor: these bytes are no predictor.toBytes(), no .pth and no .safetensors",
	);
}

function tensorsOf(value: PlainValue): Map<string, PlainTensor> {
	const found = new Map<string, PlainTensor>();
	mapLeaves(value, (x, path) => {
		if (x instanceof PlainTensor) found.set(path, x);
		return x instanceof PlainTensor ? x : undefined;
	});
	return found;
}

/** The header's length in 8 bytes, a JSON header, the data. */
function readSafetensors(bytes: Uint8Array): Map<string, PlainTensor> {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const length = Number(view.getBigUint64(0, true));
	const found = new Map<string, PlainTensor>();
	try {
		const text = new TextDecoder().decode(bytes.subarray(8, 8 + length));
		const header = JSON.parse(text) as Record<
			string,
			{ dtype: string; shape: number[]; data_offsets: [number, number] }
		>;
		delete header.__metadata__;
		// safetensors sorts by size and name; the order of layers is that of their data
		const entries = Object.entries(header).sort(
			(a, b) => a[1].data_offsets[0] - b[1].data_offsets[0],
		);
		for (const [name, { dtype, shape, data_offsets }] of entries) {
			const type = SAFE[dtype];
			if (type === undefined)
				throw new FormatError(`'${name}' is of type ${dtype}`);
			const data = bytes.slice(
				8 + length + data_offsets[0],
				8 + length + data_offsets[1],
			);
			const strides = shape.map((_, i) =>
				shape.slice(i + 1).reduce((a, b) => a * b, 1),
			);
			const tensor = new PlainTensor(
				type,
				shape,
				strides,
				0,
				new PlainStorage(type, data, name),
			);
			checkTensor(tensor);
			found.set(name, tensor);
		}
	} catch (cause) {
		throw new FormatError(
			`a damaged .safetensors file: ${(cause as Error).message}`,
			{ cause },
		);
	}
	return found;
}

/** The elements in row-major order, as float32. */
function valuesOf(t: PlainTensor, path: string): Float32Array {
	const { storage, strides, offset, shape, dtype } = makeConverter()(t, path);
	if (dtype !== "float32")
		throw new FormatError(
			`createPredictor: '${path}' holds ${t.dtype}, but weights are floats`,
		);
	const data = storage.bytes.slice();
	const from = new Float32Array(data.buffer, 0, data.length >> 2);
	const [rows = 1, columns = 1] = shape.length === 1 ? [1, ...shape] : shape;
	const [rowStride = 0, stride = 1] =
		strides.length === 1 ? [0, ...strides] : strides;
	const out = new Float32Array(rows * columns);
	for (let i = 0; i < out.length; i++)
		out[i] = from[
			offset + Math.floor(i / columns) * rowStride + (i % columns) * stride
		] as number;
	return out;
}

const compareNames = (a: string, b: string) =>
	a.localeCompare(b, "en", { numeric: true });

/**
 * The layers of a state dict: its pairs of `….weight` and `….bias` in the
 * file's order, with `activation` between them, as the file does not tell.
 * @throws FormatError naming what is no linear layer
 */
export function layersOfBytes(
	bytes: Uint8Array,
	activation: Activation,
): Layer[] {
	const tensors = readTensors(bytes);
	const names = [...tensors.keys()].filter((n) => n.endsWith("weight"));
	const layers = names.map((name): Layer & { name: string } => {
		const weight = tensors.get(name) as PlainTensor;
		const biasName = `${name.slice(0, -6)}bias`;
		const bias = tensors.get(biasName);
		const [outputs, inputs] = weight.shape;
		if (
			weight.shape.length !== 2 ||
			(bias && (bias.shape.length !== 1 || bias.shape[0] !== outputs))
		)
			throw refused(name, weight);
		tensors.delete(name);
		tensors.delete(biasName);
		return {
			...newLayer(
				valuesOf(weight, name),
				inputs as number,
				outputs as number,
				bias ? valuesOf(bias, biasName) : null,
			),
			name,
		};
	});
	for (const [name, tensor] of tensors) throw refused(name, tensor);
	// files of other programs may list layers in another order
	const fits = layers.every(
		(l, i) => i === 0 || layers[i - 1]?.outputs === l.inputs,
	);
	if (!fits) layers.sort((a, b) => compareNames(a.name, b.name));
	return layers.map(({ name: _, ...layer }, i) =>
		i < layers.length - 1 ? { ...layer, activation } : layer,
	);
}

function refused(name: string, t: PlainTensor): FormatError {
	return new FormatError(
		`createPredictor cannot serve '${name}' of size [${t.shape.join(", ")}]: a weight file is served if it holds linear layers only, as 'fc1.weight' [out, in] and 'fc1.bias' [out]. For other networks pass the module`,
	);
}
