// Just enough of ONNX's protobuf to write a network of dense layers.

const FLOAT = 1;
const UINT8 = 2;
const INT64 = 7;

function varint(n) {
	const bytes = [];
	for (; n > 127; n = Math.floor(n / 128)) bytes.push((n % 128) | 128);
	return [...bytes, n];
}

/** A field: numbers as varints, text and messages with their length before them. */
function field(number, value) {
	if (typeof value === "number")
		return Buffer.from([...varint(number << 3), ...varint(value)]);
	const bytes = Buffer.from(value);
	return Buffer.concat([
		Buffer.from([...varint((number << 3) | 2), ...varint(bytes.length)]),
		bytes,
	]);
}

const message = (...fields) => Buffer.concat(fields.flat());

function tensor(name, dims, values) {
	const raw = Buffer.from(Float32Array.from(values).buffer);
	return message(
		dims.map((dim) => field(1, dim)),
		field(2, FLOAT),
		field(8, name),
		field(9, raw),
	);
}

const whole = (name, value) =>
	message(field(1, name), field(3, value), field(20, 2));

const node = (type, inputs, output, attributes = []) =>
	message(
		inputs.map((input) => field(1, input)),
		field(2, output),
		field(4, type),
		attributes.map((attribute) => field(5, attribute)),
	);

function value(name, type, dims) {
	const shape = message(
		dims.map((dim) => field(1, field(typeof dim === "number" ? 1 : 2, dim))),
	);
	const tensorType = message(field(1, type), field(2, shape));
	return message(field(1, name), field(2, field(1, tensorType)));
}

/**
 * 784-128-10 with ReLU: x [rows, 784] to labels [rows]; of bytes, the graph
 * begins with ToTensor and Normalize, as an export of the chapter's would.
 */
export function onnxModel([w1, b1, w2, b2], { bytes }) {
	const normalise = [
		node("Cast", ["x"], "float", [whole("to", FLOAT)]),
		node("Div", ["float", "most"], "unit"),
		node("Sub", ["unit", "mean"], "centred"),
		node("Div", ["centred", "std"], "rows"),
	];
	const across = [whole("transB", 1)];
	const graph = message(
		(bytes ? normalise : []).map((n) => field(1, n)),
		field(1, node("Gemm", [bytes ? "rows" : "x", "w1", "b1"], "h", across)),
		field(1, node("Relu", ["h"], "a")),
		field(1, node("Gemm", ["a", "w2", "b2"], "logits", across)),
		field(
			1,
			node("ArgMax", ["logits"], "labels", [
				whole("axis", 1),
				whole("keepdims", 0),
			]),
		),
		field(2, "mnist"),
		field(5, tensor("w1", [128, 784], w1)),
		field(5, tensor("b1", [128], b1)),
		field(5, tensor("w2", [10, 128], w2)),
		field(5, tensor("b2", [10], b2)),
		bytes
			? [
					field(5, tensor("most", [], [255])),
					field(5, tensor("mean", [], [0.1307])),
					field(5, tensor("std", [], [0.3081])),
				]
			: [],
		field(11, value("x", bytes ? UINT8 : FLOAT, ["rows", 784])),
		field(12, value("labels", INT64, ["rows"])),
	);
	return message(field(1, 8), field(7, graph), field(8, field(2, 13)));
}
