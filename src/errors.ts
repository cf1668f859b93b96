/**
 * Every error that Torchlet throws on purpose. A message says what was asked,
 * what was found and what to do, in PyTorch's wording where PyTorch has one.
 */
export class TorchletError extends Error {
	/** The class's name. */
	override name = "TorchletError";
}

/** Sizes, dimensions or indices that do not fit together. */
export class ShapeError extends TorchletError {
	/** The class's name. */
	override name = "ShapeError";
}

/** An element type that the operation does not take. */
export class DTypeError extends TorchletError {
	/** The class's name. */
	override name = "DTypeError";
}

/** A device that is missing, lost, or differs between operands. */
export class DeviceError extends TorchletError {
	/** The class's name. */
	override name = "DeviceError";
}

/** A gradient that was asked for and cannot be had. */
export class AutogradError extends TorchletError {
	/** The class's name. */
	override name = "AutogradError";
}

/** Use of a tensor whose memory was given back. */
export class TensorDisposedError extends TorchletError {
	/** The class's name. */
	override name = "TensorDisposedError";
}

/** A device's memory is exhausted; the state before the call is intact. */
export class OutOfMemoryError extends TorchletError {
	/** The class's name. */
	override name = "OutOfMemoryError";
}

/** Bytes that are not the file format they should be. */
export class FormatError extends TorchletError {
	/** The class's name. */
	override name = "FormatError";
}

/** A dataset that is missing, incomplete or not what its name says. */
export class DatasetError extends TorchletError {
	/** The class's name. */
	override name = "DatasetError";
}
