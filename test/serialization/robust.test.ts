import { readFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { beforeAll, describe, expect, test } from "vitest";
import { FormatError } from "../../src/errors.js";
import { crc32, portableCrc32 } from "../../src/serialization/crc32.js";
import { detectFormat, formatOfName } from "../../src/serialization/formats.js";
import {
	mapLeaves,
	PlainStorage,
	PlainTensor,
	Tuple,
} from "../../src/serialization/plain.js";
import { decodePth, encodePth } from "../../src/serialization/pth.js";
import { writeZip, ZipReader } from "../../src/serialization/zip.js";
import { temporaryFolder } from "../helpers/folder.js";
import { python } from "../helpers/python.js";
import { seeded } from "../helpers/random.js";

const folder = temporaryFolder();
const load = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
const utf8 = (s: string) => new TextEncoder().encode(s);

beforeAll(() => {
	python(
		`
import torch, sys, os
from collections import OrderedDict
torch.manual_seed(3)
m = torch.nn.Linear(6, 4)
value = {'model': m.state_dict(), 'view': m.weight.detach().t(), 'p': m.bias, 'list': [1, 2.5, None, True, 'text', (3,), 2**70], 7: {}}
torch.save(value, sys.argv[1] + '/zip.pth')
torch.save(value, sys.argv[1] + '/legacy.pth', _use_new_zipfile_serialization=False)
class Evil:
    def __init__(self, f, *a): self.f = f; self.a = a
    def __reduce__(self): return (self.f, self.a)
for name, legacy in (('', True), ('-legacy', False)):
    save = lambda x, n: torch.save(x, f'{sys.argv[1]}/{n}{name}.pth', _use_new_zipfile_serialization=legacy)
    save({'a': Evil(os.system, 'touch ' + sys.argv[1] + '/owned')}, 'system')
    save(Evil(eval, '1+1'), 'eval')
    save(m, 'module')
    save([1 + 2j], 'complex')
    save(torch.ones(1, dtype=torch.complex64), 'complex-tensor')
    save({1, 2}, 'set')
    save(torch.float32, 'dtype')
    x = []; x.append(x); save(x, 'cycle')
torch.jit.save(torch.jit.trace(m, torch.ones(1, 6)), sys.argv[1] + '/script.pth')
`,
		[folder],
	);
});

/** Bytes with one of: a byte changed, a bit flipped, cut, a run copied over. */
function mutate(bytes: Uint8Array, random: (n: number) => number): Uint8Array {
	const out = bytes.slice();
	const p = random(out.length);
	switch (random(6)) {
		case 0:
			return out.subarray(0, p);
		case 1:
			out.copyWithin(p, random(out.length), random(out.length));
			return out;
		case 2:
			// the numbers that a length or count is most hurt by
			for (let i = p; i < p + 4; i++) out[i] = random(2) ? 255 : 127;
			return out;
		case 3:
			out[p] = (out[p] as number) ^ (1 << random(8));
			return out;
		default:
			out[p] = random(256);
			return out;
	}
}

/** What decode gives, or "refused"; any error but FormatError is passed on. */
function attempt(bytes: Uint8Array): unknown {
	try {
		return decodePth(bytes);
	} catch (error) {
		if (error instanceof FormatError) return "refused";
		throw error;
	}
}

/** Every tensor that came through must lie within bytes that are there. */
function total(value: unknown): number {
	let bytes = 0;
	mapLeaves(value, (x) => {
		if (!(x instanceof PlainTensor)) return undefined;
		const last = x.shape.reduce(
			(at, size, i) => at + (size - 1) * (x.strides[i] as number),
			x.offset,
		);
		const size = x.storage.dtype.endsWith("64") ? 8 : 1;
		if (!x.shape.includes(0)) {
			expect((last + 1) * size).toBeLessThanOrEqual(x.storage.bytes.length);
		}
		bytes += x.storage.bytes.length;
		return x;
	});
	return bytes;
}

describe("damaged files", () => {
	test.each(["zip.pth", "ours"])(
		"2,000 mutations of %s: right, or FormatError",
		(name) => {
			const original = load("zip.pth");
			const bytes = name === "ours" ? encodePth(decodePth(original)) : original;
			const right = decodePth(bytes);
			const random = seeded(name.length);
			let refused = 0;
			for (let i = 0; i < 2000; i++) {
				const result = attempt(mutate(bytes, random));
				if (result === "refused") refused++;
				else expect(result).toEqual(right);
			}
			expect(refused).toBeGreaterThan(500);
			expect(refused).toBeLessThan(2000);
		},
	);

	test("every truncation is refused", () => {
		const bytes = load("zip.pth");
		for (let n = 0; n < bytes.length; n++) {
			expect(attempt(bytes.subarray(0, n))).toBe("refused");
		}
		const legacy = load("legacy.pth");
		for (let n = 0; n < legacy.length; n++) {
			expect(attempt(legacy.subarray(0, n))).toBe("refused");
		}
	});

	test("2,000 mutations without checksums: data within bounds, or FormatError", () => {
		const random = seeded(5);
		const legacy = load("legacy.pth");
		const zip = new ZipReader(load("zip.pth"));
		const files = [...zip.names()].map((n): [string, Uint8Array] => [
			n,
			zip.read(n),
		]);
		let refused = 0;
		for (let i = 0; i < 2000; i++) {
			// the pickle is where everything hangs on; its sum is made right again
			const broken =
				i % 2 === 0
					? mutate(legacy, random)
					: writeZip(
							files.map(([n, b]) =>
								n.endsWith("data.pkl") ? [n, mutate(b, random)] : [n, b],
							),
						);
			const result = attempt(broken);
			if (result === "refused") refused++;
			else expect(total(result)).toBeLessThanOrEqual(16 * broken.length);
		}
		expect(refused).toBeGreaterThan(500);
	});

	test("a byte changed in the weights is found by its checksum", () => {
		const storage = new PlainStorage("float32", new Uint8Array(400));
		const bytes = encodePth(new PlainTensor("float32", [100], [1], 0, storage));
		const at = 64 * Math.ceil(bytes.indexOf(0x2e, 64) / 64) + 200;
		bytes[at] = (bytes[at] as number) ^ 1;
		expect(() => decodePth(bytes)).toThrow(/checksum of entry '.*' differs/);
	});

	test.each([crc32, portableCrc32])("%o is zip's", (sum) => {
		expect(sum(utf8("123456789"))).toBe(0xcbf43926);
		expect(sum(utf8(""))).toBe(0);
		expect(sum(utf8("x123456789").subarray(1))).toBe(0xcbf43926);
	});
});

describe("hostile files", () => {
	const names = {
		system: "refused global '(posix|nt|os).system'",
		eval: "refused global '(__builtin__|builtins).eval'",
		module: "refused global 'torch.nn.modules.linear.Linear'",
		complex: "refused global '(__builtin__|builtins).complex'",
		"complex-tensor": "refused global 'torch.ComplexFloatStorage'",
		set: "refused global '(__builtin__|builtins).set'",
		dtype: "refused global 'torch.float32'",
		cycle: "contains itself",
	};
	test.each(Object.entries(names))("%s is refused", (name, message) => {
		for (const layout of ["", "-legacy"]) {
			const bytes = load(`${name}${layout}.pth`);
			if (name === "module" && layout === "-legacy") {
				// the old layout also names the class's source; either is refused
				expect(() => decodePth(bytes)).toThrow(FormatError);
			} else expect(() => decodePth(bytes)).toThrow(new RegExp(message));
		}
		expect(() => load("owned")).toThrow("ENOENT");
	});

	test("TorchScript is told apart", () => {
		expect(() => decodePth(load("script.pth"))).toThrow("TorchScript");
	});

	const wrap = (pickle: Uint8Array | number[], data = new Uint8Array(4)) =>
		writeZip([
			["x/data.pkl", Uint8Array.from(pickle)],
			["x/data/0", data],
		]);
	/** A pickle of one float32 tensor over storage '0', by hand. */
	const tensor = (
		numel: number,
		offset: number,
		size: number,
		stride: number,
	) =>
		wrap(
			Buffer.from(
				[
					"ctorch._utils\n_rebuild_tensor_v2\n((",
					"X\x07\0\0\0storagectorch\nFloatStorage\n",
					`X\x01\0\0\x000X\x03\0\0\0cpuI${numel}\ntQ`,
					`I${offset}\n(I${size}\nt(I${stride}\nt\x89tR.`,
				].join(""),
				"latin1",
			),
		);

	test("a tensor reaches no further than its storage", () => {
		expect(decodePth(tensor(1, 0, 1, 1))).toBeInstanceOf(PlainTensor);
		expect(decodePth(tensor(1, 0, 5, 0))).toBeInstanceOf(PlainTensor);
		expect(decodePth(tensor(1, 1, 0, 1))).toBeInstanceOf(PlainTensor);
		for (const [numel, offset, size, stride, message] of [
			[1, 0, 2, 1, "storage '0' has only 1 elements"],
			[1, 1, 1, 1, "storage '0' has only 1 elements"],
			[1, -1, 1, 1, "bad storage offset"],
			[1, 0, -1, 1, "bad size"],
			[1, 0, 1, -1, "bad stride"],
			[2, 0, 1, 1, "should have 8 bytes \\(2 of float32\\), the file has 4"],
			[2 ** 50, 0, 1, 1, "the file has 4"],
		] as const) {
			expect(() => decodePth(tensor(numel, offset, size, stride))).toThrow(
				new RegExp(message),
			);
		}
	});

	test("small files cost little: claims, nesting, doubling, bombs", () => {
		const start = performance.now();
		// a string, an integer, an APPENDS that claim what is not there
		const huge = [0x58, 255, 255, 255, 255, 0x2e];
		expect(() => decodePth(wrap(huge))).toThrow("ends too early");
		expect(() => decodePth(wrap([0x8b, 255, 255, 255, 127]))).toThrow(
			"absurd size",
		);
		const deep = new Uint8Array(100_000).fill(0x28);
		deep.fill(0x74, 50_000);
		expect(() => decodePth(wrap([...deep, 0x2e]))).toThrow(FormatError);
		// [[…], […]] 60 deep: 2⁶⁰ lists if each were copied
		const doubling = [0x5d];
		for (let i = 0; i < 60; i++) doubling.push(0x32, 0x86);
		expect(decodePth(wrap([...doubling, 0x2e]))).toHaveLength(2);
		expect(() =>
			mapLeaves(decodePth(wrap([...doubling, 0x2e])), () => undefined),
		).not.toThrow();
		// 64 MB of zeros in 64 KB, under a header that claims 4 bytes
		const bomb = zipSync({
			"x/data.pkl": utf8("."),
			"x/data/0": new Uint8Array(1 << 26),
		});
		expect(new ZipReader(bomb).read("x/data/0").length).toBe(1 << 26);
		const view = new DataView(bomb.buffer);
		for (let p = 0; p < bomb.length - 4; p++) {
			if (view.getUint32(p, true) === 1 << 26) view.setUint32(p, 4, true);
		}
		expect(() => new ZipReader(bomb).read("x/data/0")).toThrow(FormatError);
		for (let p = bomb.length - 200; p < bomb.length - 4; p++) {
			if (view.getUint32(p, true) === 4) view.setUint32(p, 0xfffffff0, true);
		}
		expect(() => new ZipReader(bomb).read("x/data/0")).toThrow(
			/claims 4294967280 bytes/,
		);
		expect(performance.now() - start).toBeLessThan(5000);
	});

	test("deflated entries are read", () => {
		const zip = new ZipReader(load("zip.pth"));
		const files = Object.fromEntries(
			[...zip.names()].map((n) => [n, zip.read(n)]),
		);
		expect(decodePth(zipSync(files, { level: 9 }))).toEqual(
			decodePth(load("zip.pth")),
		);
	});
});

describe("what cannot be saved", () => {
	class Point {}
	const cycle: unknown[] = [];
	cycle.push(cycle);
	test.each([
		[{ a: { b: () => 0 } }, "cannot save a function (at 'a.b')"],
		[{ a: [undefined] }, "cannot save undefined (at 'a.0')"],
		[new Point(), "cannot save an object of class Point"],
		[new Float32Array(2), "cannot save an object of class Float32Array"],
		[Symbol("x"), "cannot save a symbol"],
		[cycle, "contains itself (at '0')"],
		[new Map([[[1], 2]]), "a dict with an object as key"],
	])("%# is refused with its place", (value, message) => {
		expect(() => encodePth(value)).toThrow(FormatError);
		expect(() => encodePth(value)).toThrow(message);
	});

	test("an object of the caller's may stand for a tensor", () => {
		const p = new Point();
		const storage = new PlainStorage("uint8", Uint8Array.of(5));
		const back = decodePth(
			encodePth({ p, list: [p, new Tuple([p])] }, (x) =>
				x === p ? new PlainTensor("uint8", [1], [1], 0, storage) : undefined,
			),
		) as { p: PlainTensor; list: [PlainTensor, [PlainTensor]] };
		expect(back.p.storage.bytes).toEqual(Uint8Array.of(5));
		expect(back.list[0]).toBe(back.p);
		expect(back.list[1][0]).toBe(back.p);
	});
});

describe("formats", () => {
	test("are known by content", () => {
		expect(detectFormat(load("zip.pth"))).toBe("pth");
		expect(detectFormat(load("legacy.pth"))).toBe("pth");
		for (const [content, message] of [
			["", "it is empty"],
			["<!DOCTYPE html>", "web page"],
			["version https://git-lfs.github.com/spec/v1", "Git LFS pointer"],
			["\x1f", "1 bytes that begin with 1f"],
		] as const) {
			expect(() => detectFormat(utf8(content))).toThrow(message);
		}
	});

	test("and by name", () => {
		expect(formatOfName("/a.b/mnist.PTH")).toBe("pth");
		expect(formatOfName("model.pt")).toBe("pth");
		expect(() => formatOfName("/a.pth/model")).toThrow(".pth or .pt");
	});
});
