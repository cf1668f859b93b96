import { FormatError } from "../errors.js";
import { checkTensor } from "./globals.js";
import { readLegacy } from "./legacy.js";
import { pickle, type ToPlain } from "./pickle.js";
import { FILE_DTYPE_SIZE, PlainStorage, type PlainValue } from "./plain.js";
import { type Unpickled, unpickle } from "./unpickle.js";
import { writeZip, ZipReader } from "./zip.js";

/** PyTorch names the folder in its archive after the file, or so. */
const ROOT = "archive";

/** The version of the layout that PyTorch has written since 1.6. */
const VERSION = "3\n";

/** The newest that PyTorch itself reads (kMaxSupportedFileFormatVersion). */
const MAX_VERSION = 10;

/** Whether bytes begin as a zip archive does. */
export function isZip(bytes: Uint8Array): boolean {
	return (
		bytes[0] === 0x50 &&
		bytes[1] === 0x4b &&
		((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6))
	);
}

/** Whether bytes begin as a pickle of protocol 2 or later does. */
export function isPickle(bytes: Uint8Array): boolean {
	return bytes[0] === 0x80 && (bytes[1] ?? 0) >= 2 && (bytes[1] ?? 255) <= 5;
}

/**
 * Reads what `torch.save` wrote, in its zip layout or the older one, as data.
 * Storages are views of `bytes` where the file stores them so.
 *
 * Dicts with string keys become objects, others Maps, lists and tuples arrays.
 * An empty dict becomes an object.
 *
 * @throws FormatError if the bytes are damaged, or name anything but data.
 */
export function decodePth(bytes: Uint8Array): PlainValue {
	const read = isZip(bytes) ? readZip(bytes) : readLegacy(bytes);
	for (const tensor of read.tensors) checkTensor(tensor);
	return read.value;
}

function readZip(bytes: Uint8Array): Unpickled {
	const zip = new ZipReader(bytes);
	const root = findRoot(zip);
	if (zip.sizeOf(`${root}/constants.pkl`) !== undefined) {
		throw new FormatError(
			"a TorchScript archive, which holds code; save model.state_dict() with torch.save instead",
		);
	}
	checkVersion(zip, `${root}/version`);
	if (zip.sizeOf(`${root}/byteorder`) !== undefined) {
		if (text(zip.read(`${root}/byteorder`)) !== "little") {
			throw new FormatError(
				"saved on a big-endian machine; load it in PyTorch and save it again on a little-endian one",
			);
		}
	}

	const storages = new Map<string, PlainStorage>();
	return unpickle(zip.read(`${root}/data.pkl`), 0, (dtype, key, numel) => {
		const size = numel * FILE_DTYPE_SIZE[dtype];
		let storage = storages.get(key);
		if (storage === undefined) {
			const name = `${root}/data/${key}`;
			// before it is read: a lie costs no memory
			if (zip.sizeOf(name) !== size) {
				throw new FormatError(
					`storage '${key}' should have ${size} bytes (${numel} of ${dtype}), the file has ${zip.sizeOf(name) ?? "none"}`,
				);
			}
			storage = new PlainStorage(dtype, zip.read(name), key);
			storages.set(key, storage);
		}
		if (storage.dtype !== dtype || storage.bytes.length !== size) {
			throw new FormatError(`storage '${key}' is described in two ways`);
		}
		return storage;
	});
}

function findRoot(zip: ZipReader): string {
	for (const name of zip.names()) {
		if (/^[^/]+\/data\.pkl$/.test(name)) return name.slice(0, -9);
	}
	throw new FormatError(
		"a zip archive, but not one that torch.save wrote: it has no data.pkl",
	);
}

function checkVersion(zip: ZipReader, name: string): void {
	if (zip.sizeOf(name) === undefined) return;
	const version = text(zip.read(name)).trim();
	if (!/^\d{1,4}$/.test(version) || Number(version) > MAX_VERSION) {
		throw new FormatError(
			`a file of PyTorch's version '${version.slice(0, 20)}'; up to ${MAX_VERSION} are read`,
		);
	}
}

function text(bytes: Uint8Array): string {
	return new TextDecoder().decode(bytes);
}

/**
 * Writes data as `torch.save` does, in the zip layout, so that `torch.load`
 * reads it. The same value gives the same bytes.
 *
 * @param toPlain is asked about every object that is no {@link PlainTensor},
 * once, for the tensor it stands for; storages are told by identity.
 * @throws FormatError for values that are no data, with their path.
 */
export function encodePth(value: unknown, toPlain?: ToPlain): Uint8Array {
	const names = new Map<PlainStorage, string>();
	const nameOf = (storage: PlainStorage): string => {
		const name = names.get(storage) ?? String(names.size);
		names.set(storage, name);
		return name;
	};
	const data = pickle(value, nameOf, toPlain);
	const files: [string, Uint8Array][] = [[`${ROOT}/data.pkl`, data]];
	for (const [storage, name] of names) {
		files.push([`${ROOT}/data/${name}`, storage.bytes]);
	}
	files.push([`${ROOT}/version`, new TextEncoder().encode(VERSION)]);
	return writeZip(files);
}
