import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DatasetError } from "../../src/errors.js";
import type { FetchProgress } from "../../src/vision/http.js";
import { type MnistSource, readMnist } from "../../src/vision/mnist.js";
import { PUBLISHED } from "../../src/vision/resources.js";
import {
	type Answer,
	cutting,
	filesUnder,
	published,
	serve,
	serving,
	smallSet,
	temporaryFolder,
} from "./helpers.js";

const small = published();
const ALL = [...small.packed.keys()]
	.flatMap((name) => [name, name.replace(".gz", "")])
	.sort();

function open(root: string, options: MnistSource) {
	return readMnist(
		{ name: "MNIST", root, download: true, ...options },
		small.published,
	);
}

async function failure(reading: Promise<unknown>): Promise<Error> {
	return reading.then(
		() => {
			throw new Error("accepted");
		},
		(error) => error,
	);
}

describe("download: true", () => {
	test("fetches both splits into torchvision's layout, and only once", async () => {
		const root = await temporaryFolder();
		const { url, asked } = await serve(serving(small.packed));
		const seen: FetchProgress[] = [];
		const set = await open(root, {
			mirrors: [url],
			onProgress: (progress) => seen.push(progress),
		});
		expect([...set.labels]).toEqual([9, 8, 7]);
		expect(await filesUnder(join(root, "MNIST/raw"))).toEqual(ALL);
		expect(asked).toEqual([...small.packed.keys()]);
		for (const [name, raw] of smallSet()) {
			const there = await readFile(join(root, "MNIST/raw", name));
			expect(there.equals(raw)).toBe(true);
		}
		for (const [file, bytes] of small.packed) {
			const ofFile = seen.filter((progress) => progress.file === file);
			const total = bytes.length;
			expect(ofFile[0]).toEqual({ file, loaded: 0, total });
			expect(ofFile.at(-1)).toEqual({ file, loaded: total, total });
		}

		const test = await open(root, { mirrors: [url], train: false });
		expect([...test.labels]).toEqual([9, 8]);
		expect(asked.length).toBe(4);
	});

	test("fetches again only what is damaged or missing", async () => {
		const root = await temporaryFolder();
		const raw = join(root, "MNIST/raw");
		const { url, asked } = await serve(serving(small.packed));
		await mkdir(raw, { recursive: true });
		const [images, labels] = [
			"train-images-idx3-ubyte",
			"train-labels-idx1-ubyte",
		];
		// Right sum, not unpacked yet; and one whose unpacking was cut off.
		await writeFile(
			join(raw, `${images}.gz`),
			small.packed.get(`${images}.gz`) as Uint8Array,
		);
		await writeFile(join(raw, `${labels}.gz`), "damaged");
		await writeFile(join(raw, `${labels}`), new Uint8Array(5));
		// Flat in the root: accepted as it is.
		for (const [name, bytes] of smallSet()) {
			if (name.startsWith("t10k")) await writeFile(join(root, name), bytes);
		}
		expect((await open(root, { mirrors: [url] })).count).toBe(3);
		expect(asked).toEqual([`${labels}.gz`]);
	});

	test("the next mirror serves what the first does not", async () => {
		const wrong = new Map(
			[...small.packed.keys()].map((name) => [name, new Uint8Array(50)]),
		);
		const failing: Answer[] = [
			(response) => response.writeHead(404).end(),
			(response) => response.destroy(),
			serving(wrong),
			cutting(small.packed),
		];
		for (const answer of failing) {
			const root = await temporaryFolder();
			const first = await serve(answer);
			const second = await serve(serving(small.packed));
			// Without the slash at the end, which people forget.
			const mirrors = [first.url, second.url.slice(0, -1)];
			expect((await open(root, { mirrors })).count).toBe(3);
			expect(first.asked.length).toBeGreaterThanOrEqual(4);
			expect(await filesUnder(root)).toEqual(ALL);
		}
	});

	test.each<[string, Answer, RegExp]>([
		[
			"a 404",
			(response) => response.writeHead(404).end(),
			/got:\nHTTP 404 Not Found/,
		],
		[
			"a wrong sum",
			(response) => response.end("not the file"),
			/12 bytes with MD5 [0-9a-f]{32}, expected [0-9a-f]{32}/,
		],
		["a cut connection", cutting(small.packed), /got:\n.*(terminated|cut)/],
		[
			"a login page",
			(response) =>
				response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
			/a web page instead of the file/,
		],
	])("%s leaves no file behind", async (_, answer, message) => {
		const root = await temporaryFolder();
		const { url } = await serve(answer);
		const error = await failure(open(root, { mirrors: [url] }));
		expect(error).toBeInstanceOf(DatasetError);
		expect(error.message).toMatch(/^Error downloading train-images-idx3-ubyte/);
		expect(error.message).toContain(`Tried ${url}train-images-idx3-ubyte.gz`);
		expect(error.message).toMatch(message);
		expect(await filesUnder(root)).toEqual([]);
	});

	test("a failed download leaves what was there as it was", async () => {
		const root = await temporaryFolder();
		await mkdir(join(root, "MNIST/raw"), { recursive: true });
		const path = join(root, "MNIST/raw/train-images-idx3-ubyte.gz");
		await writeFile(path, "old");
		const { url } = await serve(cutting(small.packed));
		await failure(open(root, { mirrors: [url] }));
		expect(await readFile(path, "utf8")).toBe("old");
		expect((await filesUnder(root)).length).toBe(1);
	});

	test("abort stops it with the signal's reason, without trying other mirrors", async () => {
		const root = await temporaryFolder();
		const aborting = new AbortController();
		const reason = new Error("enough");
		// Sends a part and then nothing more: only the signal can end it.
		const hanging = await serve((response) => {
			response.writeHead(200, { "content-length": 1000 });
			response.write(new Uint8Array(10));
		});
		const second = await serve(serving(small.packed));
		const error = await failure(
			open(root, {
				mirrors: [hanging.url, second.url],
				signal: aborting.signal,
				onProgress: ({ loaded }) => {
					if (loaded > 0) aborting.abort(reason);
				},
			}),
		);
		expect(error).toBe(reason);
		expect(second.asked).toEqual([]);
		expect(await filesUnder(root)).toEqual([]);

		const early = AbortSignal.abort(reason);
		const again = open(root, { mirrors: [second.url], signal: early });
		expect(await failure(again)).toBe(reason);
		expect(second.asked).toEqual([]);
	});

	test("an error of the progress callback is the caller's, and cleans up", async () => {
		const root = await temporaryFolder();
		const { url } = await serve(serving(small.packed));
		const bug = new Error("a bug in the progress bar");
		const opening = open(root, {
			mirrors: [url],
			onProgress: ({ loaded }) => {
				if (loaded > 0) throw bug;
			},
		});
		expect(await failure(opening)).toBe(bug);
		expect(await filesUnder(root)).toEqual([]);
	});

	test("a root that cannot be written to, or is no folder", async () => {
		const root = await temporaryFolder();
		const { url } = await serve(serving(small.packed));
		await writeFile(join(root, "file"), "");
		const error = await failure(open(join(root, "file"), { mirrors: [url] }));
		expect(error).toBeInstanceOf(DatasetError);
		expect(error.message).toMatch(/cannot write to .*file\/MNIST\/raw/);
		expect((await stat(join(root, "file"))).size).toBe(0);
		const there = await failure(open(url, { mirrors: [url] }));
		expect(there).toBeInstanceOf(DatasetError);
		expect(there.message).toMatch(/needs a folder as root, but found http/);
	});

	test("the published sums are torchvision's", () => {
		// The sums in torchvision's datasets/mnist.py.
		expect(
			Object.fromEntries(PUBLISHED.MNIST.files.map((f) => [f.name, f.md5])),
		).toEqual({
			"train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
			"train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
			"t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
			"t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
		});
		expect(
			Object.fromEntries(
				PUBLISHED.FashionMNIST.files.map((f) => [f.name, f.md5]),
			),
		).toEqual({
			"train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
			"train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
			"t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
			"t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
		});
	});
});
