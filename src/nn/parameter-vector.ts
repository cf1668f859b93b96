import type { DeviceName } from "../backends/backend.js";
import { DeviceError, DTypeError, ShapeError } from "../errors.js";
import { scope } from "../scope.js";
import { Tensor } from "../tensor.js";

/** @throws DeviceError unless they all lie on one device */
function onOneDevice(parameters: Iterable<Tensor>): readonly Tensor[] {
	const list = [...parameters];
	let device: DeviceName | undefined;
	for (const parameter of list) {
		device ??= parameter.device;
		if (parameter.device !== device)
			throw new DeviceError(
				`Found two parameters on different devices, this is currently not supported. They are on ${device} and ${parameter.device}: move the module with await module.to(device)`,
			);
	}
	return list;
}

/**
 * The elements of all parameters, one after the other, as one vector; gradients
 * flow back through it. PyTorch: `torch.nn.utils.parameters_to_vector`.
 * @returns [n], a copy
 * @throws DeviceError for parameters on different devices
 */
export function parametersToVector(parameters: Iterable<Tensor>): Tensor {
	const list = onOneDevice(parameters);
	const [first] = list;
	if (first === undefined)
		throw new ShapeError(
			"torch.cat(): expected a non-empty list of Tensors: there are no parameters",
		);
	return scope(() =>
		first.catWith(
			list.map((parameter) => parameter.view(-1)),
			0,
		),
	);
}

/**
 * Makes the parameters views of a vector's parts, in order and in their own
 * shapes: what is written into one is written into the other. Their gradients
 * and their places in optimizers stay. PyTorch:
 * `torch.nn.utils.vector_to_parameters`.
 * @param vector [n]; what is longer than the parameters is left alone
 * @throws ShapeError if it is too short, before any parameter is changed;
 * DeviceError for parameters on different devices
 */
export function vectorToParameters(
	vector: Tensor,
	parameters: Iterable<Tensor>,
): void {
	if (!(vector instanceof Tensor))
		throw new DTypeError(`expected torch.Tensor, but got: ${typeof vector}`);
	const list = onOneDevice(parameters);
	if (vector.dim() === 0)
		throw new ShapeError("slice() cannot be applied to a 0-dim tensor.");
	scope(() => {
		const { length } = vector;
		let at = 0;
		const parts = list.map((parameter) => {
			const start = Math.min(at, length);
			at += parameter.numel();
			const part = vector.narrow(0, start, Math.min(at, length) - start);
			return part.viewAs(parameter);
		});
		list.forEach((parameter, i) => {
			parameter.setData(parts[i] as Tensor);
		});
	});
}
