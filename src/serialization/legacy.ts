import { FormatError } from "../errors.js";
import { FILE_DTYPE_SIZE, PlainStorage, type PlainTensor } from "./plain.js";
import { type Unpickled, unpickle } from "./unpickle.js";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/**
 * Reads the layout of PyTorch before 1.6: pickles of a magic number, a
 * version and the writer's type sizes, then the value, then the list of
 * storage keys, then for each key a count and raw little-endian elements.
 *
 * @throws FormatError if it is none, or damaged. There are no checksums.
 */
export function readLegacy(bytes: Uint8Array): Unpickled {
	const magic = header(bytes, 0);
	if (magic.value !== MAGIC) {
		throw new FormatError(
			"a pickle, but not one that torch.save wrote; save with torch.save(model.state_dict(), path)",
		);
	}
	const version = header(bytes, magic.end);
	if (version.value !== PROTOCOL) {
		throw new FormatError(
			`torch.save's legacy version ${String(version.value)} is unknown; ${PROTOCOL} is read`,
		);
	}
	const system = header(bytes, version.end);
	if (
		typeof system.value === "object" &&
		system.value !== null &&
		"little_endian" in system.value &&
		system.value.little_endian === false
	) {
		throw new FormatError(
			"saved on a big-endian machine; load it in PyTorch and save it again",
		);
	}

	const storages = new Map<string, { storage: PlainStorage; numel: number }>();
	const body = unpickle(bytes, system.end, (dtype, key, numel) => {
		const known = storages.get(key);
		if (known === undefined) {
			const storage = new PlainStorage(dtype, new Uint8Array(0), key);
			storages.set(key, { storage, numel });
			return storage;
		}
		if (known.storage.dtype !== dtype || known.numel !== numel) {
			throw new FormatError(`storage '${key}' is described in two ways`);
		}
		return known.storage;
	});

	const keys = header(bytes, body.end);
	if (!Array.isArray(keys.value)) {
		throw new FormatError("the list of storages is missing from the file");
	}
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	let pos = keys.end;
	for (const key of keys.value) {
		const found = typeof key === "string" ? storages.get(key) : undefined;
		if (found === undefined) {
			throw new FormatError("the file's list of storages names an unknown one");
		}
		const { storage, numel } = found;
		const size = numel * FILE_DTYPE_SIZE[storage.dtype];
		if (size + 8 > bytes.length - pos) {
			throw new FormatError(
				`the file is cut short: storage '${storage.key}' needs ${size} bytes, ${Math.max(0, bytes.length - pos - 8)} are left`,
			);
		}
		if (view.getBigInt64(pos, true) !== BigInt(numel)) {
			throw new FormatError(
				`storage '${storage.key}' should have ${numel} elements, the file has ${view.getBigInt64(pos, true)}`,
			);
		}
		storage.bytes = bytes.subarray(pos + 8, pos + 8 + size);
		storages.delete(key as string);
		pos += 8 + size;
	}
	const [missing] = storages.keys();
	if (missing !== undefined) {
		throw new FormatError(`the file has no data for storage '${missing}'`);
	}
	return body;
}

/** A pickle in which no tensor may stand. */
function header(
	bytes: Uint8Array,
	start: number,
): { value: unknown; tensors: PlainTensor[]; end: number } {
	return unpickle(bytes, start, () => {
		throw new FormatError("a tensor where torch.save's header should be");
	});
}
