import { DatasetError } from "../errors.js";
import { type DownloadOptions, downloadFile } from "./download.js";
import { gunzip, isGzip } from "./gzip.js";
import { type IdxArray, parseIdx } from "./idx.js";
import { type MnistName, PUBLISHED, type Published } from "./resources.js";
import { type Found, findFile, type Place, placeOf } from "./source.js";

/** Where to find an MNIST-like data set. Either `root`, or `images` and `labels`. */
export interface MnistSource extends DownloadOptions {
	/**
	 * A folder (path or file: URL) or an http(s) URL base. The files may lie in
	 * torchvision's layout, `root/MNIST/raw/`, or directly in `root`.
	 */
	readonly root?: string | URL | undefined;
	/** The 60,000 training images (default) or the 10,000 test images. */
	readonly train?: boolean | undefined;
	/** The image file's bytes, raw or gzip. */
	readonly images?: Uint8Array | ArrayBuffer | undefined;
	/** The label file's bytes, raw or gzip. */
	readonly labels?: Uint8Array | ArrayBuffer | undefined;
	/** Fetches what is missing into `root`, in torchvision's layout. */
	readonly download?: boolean | undefined;
}

export interface MnistData {
	/** [count, rows, cols], 0 = background. */
	readonly images: Uint8Array;
	/** [count], 0..9. */
	readonly labels: Uint8Array;
	readonly count: number;
	readonly rows: number;
	readonly cols: number;
}

type Kind = "images" | "labels";

const RANK: Readonly<Record<Kind, number>> = { images: 3, labels: 1 };

/**
 * Reads one split of MNIST or FashionMNIST.
 *
 * @param published mirrors and sums; other than the real ones only in tests
 * @throws DatasetError if files are missing, damaged, of the wrong kind, or do
 * not belong together; the signal's reason if aborted
 */
export async function readMnist(
	source: MnistSource & { readonly name: MnistName },
	published: Published = PUBLISHED[source.name],
): Promise<MnistData> {
	const { name, root, train = true } = source;
	const place = root === undefined ? undefined : placeOf(root);
	if (source.download) {
		if (place?.kind !== "folder") {
			throw new DatasetError(
				`${name}: download: true needs a folder as root, but found ${root ?? "none"}. Give the folder to download to.`,
			);
		}
		await downloadMissing(place, name, published, source);
	}
	const load = async (kind: Kind): Promise<IdxArray> => {
		const found =
			given(source[kind], kind) ??
			(place && (await findFile(place, pathsOf(name, train, kind), source)));
		if (found) return unpack(found, kind);
		if (place) throw notFound(place, name, train, kind);
		throw new DatasetError(
			`${name}: no root given, and no ${kind}. Give root (a folder or URL), or both images and labels as bytes.`,
		);
	};
	// Side by side, but the images' failure is told first, whichever comes first.
	const reading = { images: load("images"), labels: load("labels") };
	reading.labels.catch(() => {});
	const images = await reading.images;
	const labels = await reading.labels;

	const [count = 0, rows = 0, cols = 0] = images.shape;
	if (labels.shape[0] !== count) {
		throw new DatasetError(
			`${name}: found ${count} images but ${labels.shape[0]} labels. Give the two files of the same split.`,
		);
	}
	const wrong = labels.data.findIndex((label) => label > 9);
	if (wrong >= 0) {
		throw new DatasetError(
			`${name}: label ${labels.data[wrong]} at index ${wrong} is out of range: expected 0 to 9. The label file is damaged or of another data set.`,
		);
	}
	return { images: images.data, labels: labels.data, count, rows, cols };
}

/** Relative paths under which a file may lie, the best first. */
function pathsOf(name: string, train: boolean, kind: Kind): string[] {
	const stem = `${train ? "train" : "t10k"}-${kind}`;
	const idx = `idx${RANK[kind]}-ubyte`;
	// With a dot: what some tools make of the name when they unpack it.
	const spellings = [`${stem}-${idx}`, `${stem}.${idx}`];
	return [`${name}/raw/`, ""].flatMap((folder) =>
		spellings.flatMap((file) => [`${folder}${file}`, `${folder}${file}.gz`]),
	);
}

function given(
	bytes: Uint8Array | ArrayBuffer | undefined,
	kind: Kind,
): Found | undefined {
	if (bytes === undefined) return undefined;
	return {
		what: `the given ${kind}`,
		bytes: bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes),
	};
}

async function unpack({ what, bytes }: Found, kind: Kind): Promise<IdxArray> {
	const idx = parseIdx(isGzip(bytes) ? await gunzip(bytes, what) : bytes, what);
	const rank = idx.shape.length;
	if (rank !== RANK[kind]) {
		const content =
			{ 1: "labels", 3: "images" }[rank] ?? `an array of ${rank} dimensions`;
		throw new DatasetError(
			`${what}: expected ${kind} (${RANK[kind]} dimensions), but found ${content} of shape [${idx.shape.join(", ")}]. ` +
				"Were the image and the label file exchanged?",
		);
	}
	return idx;
}

function notFound(place: Place, name: string, train: boolean, kind: Kind) {
	const looked = pathsOf(name, train, kind).map((p) => `  ${place.base}/${p}`);
	const advice =
		place.kind === "folder"
			? "You can use download: true to download it"
			: "Put the files there, or give another root";
	return new DatasetError(
		`Dataset not found. ${advice}. Looked for ${name}'s ${train ? "training" : "test"} ${kind} at\n${looked.join("\n")}`,
	);
}

/** Both splits, as torchvision: a later open of the other one needs no network. */
async function downloadMissing(
	place: Place,
	name: MnistName,
	published: Published,
	options: DownloadOptions,
): Promise<void> {
	const mirrors = options.mirrors ?? published.mirrors;
	for (const file of published.files) {
		const train = file.name.startsWith("train");
		const kind: Kind = file.name.includes("images") ? "images" : "labels";
		// A packed file at the download's own place is judged by its sum instead.
		const own = `${name}/raw/${file.name}`;
		const paths = pathsOf(name, train, kind).filter((path) => path !== own);
		if (await isSound(place, paths, kind, options)) continue;
		await downloadFile(file, `${place.base}/${name}/raw`, mirrors, options);
	}
}

async function isSound(
	place: Place,
	paths: readonly string[],
	kind: Kind,
	options: DownloadOptions,
): Promise<boolean> {
	const found = await findFile(place, paths, options);
	if (!found) return false;
	try {
		await unpack(found, kind);
		return true;
	} catch (error) {
		if (error instanceof DatasetError) return false;
		throw error;
	}
}
