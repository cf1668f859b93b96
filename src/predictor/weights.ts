import { FormatError } from "../errors.js";
import { type Activation, type Layer, newLayer } from "./chain.js";
import { readStateDict, type WeightTensor } from "./state-dict.js";

/**
 * The layers of a state dict: its pairs of `….weight` and `….bias` in the
 * file's order, with `activation` between them, as the file does not tell.
 * @throws FormatError naming what is no linear layer
 */
export function layersOfBytes(
	bytes: Uint8Array,
	activation: Activation,
): Layer[] {
	const tensors = readStateDict(bytes);
	const named = [...tensors].filter(([name]) => name.endsWith("weight"));
	const layers = named.map(([name, weight]) => {
		const biasName = `${name.slice(0, -6)}bias`;
		const bias = tensors.get(biasName);
		const [outputs = 0, inputs = 0] = weight.shape;
		if (
			weight.shape.length !== 2 ||
			(bias && (bias.shape.length !== 1 || bias.shape[0] !== outputs))
		)
			throw refused(name, weight);
		tensors.delete(name);
		tensors.delete(biasName);
		return {
			name,
			layer: newLayer(weight.values, inputs, outputs, bias?.values),
		};
	});
	for (const [name, tensor] of tensors) throw refused(name, tensor);
	// files of other programs may list layers in another order
	const fits = layers.every(
		({ layer }, i) => i === 0 || layers[i - 1]?.layer.outputs === layer.inputs,
	);
	if (!fits)
		layers.sort((a, b) =>
			a.name.localeCompare(b.name, "en", { numeric: true }),
		);
	return layers.map(({ layer }, i) =>
		i < layers.length - 1 ? { ...layer, activation } : layer,
	);
}

function refused(name: string, t: WeightTensor): FormatError {
	return new FormatError(
		`createPredictor cannot serve '${name}' of size [${t.shape.join(", ")}]: a weight file is served if it holds linear layers only, as 'fc1.weight' [out, in] and 'fc1.bias' [out]. For other networks pass the module`,
	);
}
