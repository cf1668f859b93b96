import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { DatasetError } from "../../src/errors.js";
import { gunzip, isGzip } from "../../src/vision/gzip.js";

/** Python's gzip.compress(b"torchlet " * 3, mtime=0), bytes in hex. */
const BY_PYTHON =
	"1f8b08000000000002032bc92f4acec8492d5128c16000009ec4ba061b000000";

const random = Uint8Array.from({ length: 200_000 }, (_, i) =>
	Math.floor(Math.abs(Math.sin(i) * 1e6)),
);

describe("gunzip", () => {
	test("unpacks what another program packed", async () => {
		const packed = Buffer.from(BY_PYTHON, "hex");
		expect(isGzip(packed)).toBe(true);
		expect(new TextDecoder().decode(await gunzip(packed, "f"))).toBe(
			"torchlet torchlet torchlet ",
		);
	});

	test("is told by content", () => {
		expect(isGzip(new Uint8Array())).toBe(false);
		expect(isGzip(Uint8Array.of(0x1f))).toBe(false);
		expect(isGzip(Uint8Array.of(0, 0, 8, 3))).toBe(false);
	});

	test("several members, whose last trailer does not tell the whole length", async () => {
		const packed = Buffer.concat([gzipSync(random), gzipSync("tail")]);
		const out = await gunzip(packed, "f");
		expect(out.length).toBe(random.length + 4);
		expect(createHash("md5").update(out.subarray(0, -4)).digest("hex")).toBe(
			createHash("md5").update(random).digest("hex"),
		);
		expect(new TextDecoder().decode(out.subarray(-4))).toBe("tail");
	});

	test("nothing packed is nothing", async () => {
		expect((await gunzip(gzipSync(""), "f")).length).toBe(0);
	});

	test("truncated or corrupted data is a DatasetError with the file's name", async () => {
		const good = gzipSync(random);
		const flipped = (at: number) => {
			const bad = Uint8Array.from(good);
			bad[at] = (bad[at] ?? 0) ^ 0x10;
			return bad;
		};
		const cases = [
			good.subarray(0, 2),
			good.subarray(0, good.length >> 1),
			good.subarray(0, good.length - 1),
			flipped(good.length >> 1),
			flipped(good.length - 6), // the sum
			flipped(good.length - 1), // the length, now 256 MB
		];
		for (const bad of cases) {
			const error = await gunzip(bad, "dir/x.gz").catch((e: unknown) => e);
			expect(error).toBeInstanceOf(DatasetError);
			expect(String(error)).toMatch(/dir\/x\.gz: .*truncated or corrupted/);
		}
	});
});
