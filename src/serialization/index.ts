import { newHandle } from "../autograd/handle.js";
import { readyBackend } from "../backends/devices.js";
import { DeviceError } from "../errors.js";
import { Layout } from "../layout.js";
import {
	type ByteSource,
	type ByteTarget,
	readBytes,
	writeBytes,
} from "../platform/files.js";
import { currentScope, enterScope, stepAside } from "../scope.js";
import { Storage } from "../storage.js";
import { Tensor } from "../tensor.js";
import { makeConverter, type NativeTensor } from "./convert.js";
import {
	detectFormat,
	FORMATS,
	type FormatName,
	formatOfName,
} from "./formats.js";
import { mapLeaves, type Plain, PlainStorage, PlainTensor } from "./plain.js";

/** What weight files hold: tensors in dicts, lists and plain values. */
export type Saved = Plain<Tensor>;

/** How a value becomes plain data: tensors that share memory go on sharing it. */
function toPlain(read: (t: Tensor) => Uint8Array) {
	const storages = new Map<Storage, PlainStorage>();
	return (x: object): PlainTensor | undefined => {
		if (!(x instanceof Tensor)) return undefined;
		x.assertAlive();
		let storage = storages.get(x.storage);
		if (storage === undefined) {
			storage = new PlainStorage(x.dtype, read(x));
			storages.set(x.storage, storage);
		}
		const { shape, strides, offset } = x.layout;
		const requiresGrad = x.requiresGrad && x.isLeaf;
		return new PlainTensor(
			x.dtype,
			shape,
			strides,
			offset,
			storage,
			requiresGrad,
		);
	};
}

function readNow(t: Tensor): Uint8Array {
	const { backend, handle, bytes } = t.storage;
	if (backend.readSync === undefined)
		throw new DeviceError(
			`encode() cannot read a ${t.device} tensor at once. Use await save(…), or await t.to('cpu') first`,
		);
	return backend.readSync(handle, 0, bytes);
}

/**
 * The bytes of a weight file. PyTorch: what `torch.save` writes.
 * @throws FormatError naming what cannot be saved
 */
export function encode(value: unknown, format: FormatName = "pth"): Uint8Array {
	return FORMATS[format].encode(value, toPlain(readNow));
}

/**
 * The contents of a weight file, known by its bytes. Wider types become
 * float32 and int32.
 * @throws FormatError if it is none, is damaged, or holds anything but data
 */
export function decode(bytes: Uint8Array): Saved {
	const convert = makeConverter();
	const storages = new Map<PlainStorage, Storage>();
	const backend = readyBackend();
	try {
		return mapLeaves(FORMATS[detectFormat(bytes)].decode(bytes), (x, path) =>
			x instanceof PlainTensor ? toTensor(convert(x, path)) : undefined,
		);
	} finally {
		for (const storage of storages.values()) storage.release();
	}

	function toTensor(plain: NativeTensor): Tensor {
		let storage = storages.get(plain.storage);
		if (storage === undefined) {
			storage = Storage.of(backend, plain.storage.bytes.length);
			backend.write(storage.handle, 0, plain.storage.bytes);
			storages.set(plain.storage, storage);
		}
		const t = newHandle(
			storage.retain(),
			new Layout(plain.shape, plain.strides, plain.offset),
			plain.dtype,
		);
		t.madeBy = "load";
		if (plain.requiresGrad && plain.dtype === "float32") t.requiresGrad_(true);
		return t;
	}
}

/**
 * Writes a value of tensors, dicts, lists and plain values to a file in the
 * format of its extension, whole or not at all.
 * @throws FormatError for an unknown extension or an unsaveable value,
 * TorchletError if the target cannot be written
 */
export function save(value: unknown, target: ByteTarget): Promise<void> {
	return stepAside(saved(value, target));
}

async function saved(value: unknown, target: ByteTarget): Promise<void> {
	const format = formatOfTarget(target);
	const reads = new Map<Storage, Promise<Uint8Array>>();
	mapLeaves(value, (x) => {
		if (!(x instanceof Tensor)) return undefined;
		x.assertAlive();
		const { backend, handle, bytes } = x.storage;
		if (!reads.has(x.storage))
			reads.set(
				x.storage,
				backend.readSync
					? Promise.resolve(backend.readSync(handle, 0, bytes))
					: backend.read(handle, 0, bytes),
			);
		return x;
	});
	// all at once: if a device is lost, each of its reads fails
	const contents = new Map(
		await Promise.all(
			Array.from(
				reads,
				async ([storage, read]) => [storage, await read] as const,
			),
		),
	);
	const bytes = FORMATS[format].encode(
		value,
		toPlain((t) => contents.get(t.storage) as Uint8Array),
	);
	await writeBytes(target, bytes);
}

function formatOfTarget(target: ByteTarget): FormatName {
	if (typeof target === "string") return formatOfName(target);
	if (target instanceof URL) return formatOfName(target.pathname);
	const { name } = target as { name?: unknown };
	return typeof name === "string" ? formatOfName(name) : "pth";
}

/**
 * Reads a weight file: a path, a URL, a Blob, a Response or bytes.
 * PyTorch: `torch.load`.
 * @throws FormatError if it is none, TorchletError if it cannot be read
 */
export function load(source: ByteSource): Promise<Saved> {
	const scope = currentScope();
	return stepAside(
		readBytes(source).then((bytes) => {
			const before = enterScope(scope);
			try {
				return decode(bytes);
			} finally {
				enterScope(before);
			}
		}),
	);
}
