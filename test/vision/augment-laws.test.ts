import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backends/backend.js";
import { DeviceError, DTypeError, ShapeError } from "../../src/errors.js";
import {
	fromArray,
	manualSeed,
	memory,
	rand,
	randint,
	scope,
	stack,
	type Tensor,
	zeros,
} from "../../src/index.js";
import { pickPixels } from "../../src/ops/augment.js";
import { datasets, transforms } from "../../src/vision/index.js";
import { MNIST_FOLDER } from "./helpers.js";

const {
	CenterCrop,
	Compose,
	Lambda,
	Normalize,
	Pad,
	RandomAffine,
	RandomCrop,
	RandomErasing,
	RandomHorizontalFlip,
	RandomRotation,
	RandomVerticalFlip,
	Resize,
	ToTensor,
	mapImages,
} = transforms;

const side = fc.integer({ min: 1, max: 12 });
const seed = fc.integer({ min: 0, max: 1 << 30 });
const run = { seed: 5, numRuns: 60 };

function same(a: Tensor, b: Tensor): void {
	expect([a.shape, a.dtype]).toEqual([b.shape, b.dtype]);
	expect(a.dataSync()).toEqual(b.dataSync());
}

describe("laws", () => {
	test("RandomCrop with padding is Pad, and a part of it", () =>
		fc.assert(
			fc.property(
				fc.tuple(side, side, side, side, seed),
				fc.integer({ min: 0, max: 5 }),
				fc.constantFrom("constant", "edge", "reflect", "symmetric" as const),
				([h, w, th, tw, s], p, paddingMode) => {
					fc.pre(p < Math.min(h, w));
					fc.pre(th <= h + 2 * p && tw <= w + 2 * p);
					const x = rand(2, h, w);
					const options = { paddingMode, fill: 3 } as const;
					const whole = new Pad(p, options).forward(x);
					manualSeed(s);
					const y = new RandomCrop([th, tw], {
						padding: p,
						...options,
					}).forward(x);
					manualSeed(s);
					const [i, j] = RandomCrop.getParams(whole, [th, tw]);
					same(y, whole.narrow(1, i, th).narrow(2, j, tw).contiguous());
				},
			),
			run,
		));

	test("an affine map without turn, shift, scale or shear leaves images alone", () =>
		fc.assert(
			fc.property(side, side, seed, (h, w, s) => {
				manualSeed(s);
				const x = rand(3, 2, h, w);
				same(new RandomAffine(0).forward(x), x);
				const y = new RandomAffine(0, {
					translate: [0, 0],
					scale: [1, 1],
					shear: 0,
					interpolation: "bilinear",
				}).forward(x);
				expect(y.sub(x).abs().max().itemSync()).toBeLessThan(1e-5);
			}),
			run,
		));

	test("quarter turns are rot90", () =>
		fc.assert(
			fc.property(
				side,
				side,
				fc.constantFrom("nearest", "bilinear" as const),
				(h, w, interpolation) => {
					const turn = (x: Tensor, angle: number, expand = false) =>
						new RandomRotation([angle, angle], {
							interpolation,
							expand,
						}).forward(x);
					const near = (a: Tensor, b: Tensor) => {
						expect(a.shape).toEqual(b.shape);
						expect(a.sub(b).abs().max().itemSync()).toBeLessThan(1e-5);
					};
					const x = rand(2, h, h);
					near(turn(x, 90), x.transpose(1, 2).flip(1));
					near(turn(x, -90), x.transpose(1, 2).flip(2));
					const y = rand(2, h, w);
					near(turn(y, 180), y.flip(1, 2));
				},
			),
			run,
		));

	test("flips are flip, and come back", () =>
		fc.assert(
			fc.property(side, side, (h, w) => {
				const x = randint(0, 256, [2, h, w]).to("uint8");
				const across = new RandomHorizontalFlip(1);
				same(across.forward(x), x.flip(-1));
				same(new RandomVerticalFlip({ p: 1 }).forward(x), x.flip(-2));
				same(across.forward(across.forward(x)), x);
				expect(new RandomHorizontalFlip(0).forward(x)).toBe(x);
			}),
			run,
		));

	test("CenterCrop undoes Pad", () =>
		fc.assert(
			fc.property(side, side, side, (h, w, p) => {
				const x = rand(1, h, w);
				same(new CenterCrop([h, w]).forward(new Pad(p).forward(x)), x);
			}),
			run,
		));

	test("resizing keeps a constant image, and a linear ramp inside", () =>
		fc.assert(
			fc.property(
				fc.tuple(side, side, side, side),
				fc.constantFrom("nearest", "bilinear", "bicubic" as const),
				fc.boolean(),
				([h, w, oh, ow], interpolation, smooth) => {
					const antialias = smooth && interpolation !== "nearest";
					const y = new Resize([oh, ow], {
						interpolation,
						antialias,
					}).forward(zeros(1, h, w).add(0.7));
					expect(y.shape).toEqual([1, oh, ow]);
					expect(y.sub(0.7).abs().max().itemSync()).toBeLessThan(1e-5);
				},
			),
			run,
		));

	const step = fc.constantFrom(
		() => new RandomAffine(30, { scale: [0.5, 2], fill: 0.5 }),
		() => new RandomAffine(9, { shear: 20, interpolation: "bilinear" }),
		() => new RandomRotation(180, { interpolation: "bilinear" }),
		() => new RandomCrop(6, { padding: 2, padIfNeeded: true }),
		() => new RandomErasing({ p: 0.7, value: "random" }),
		() => new RandomErasing(0.7, { value: 2 }),
		() => new RandomHorizontalFlip(),
		() => new RandomVerticalFlip(),
		() => new Resize([7, 8]),
		() => new Pad(1, 0.5, "edge"),
		() => new Normalize([0.5], [0.5]),
	);

	test("a batch at once is image by image, draws in the same order", () =>
		fc.assert(
			fc.property(
				fc.array(step, { maxLength: 4 }),
				fc.integer({ min: 1, max: 5 }),
				seed,
				(steps, n, s) => {
					const transform = new Compose(steps.map((make) => make()));
					// an unknown step: the batch has to go image by image
					const each = new Compose([transform, (x: Tensor) => x]);
					const x = rand(n, 2, 7, 9).transpose(2, 3);
					manualSeed(s);
					const whole = mapImages(transform, x);
					const next = rand(1).itemSync();
					manualSeed(s);
					same(whole, mapImages(each, x));
					expect(rand(1).itemSync()).toBe(next);
				},
			),
			run,
		));

	test("an image is treated as a tensor of its bytes", () =>
		fc.assert(
			fc.property(
				fc.array(step, { maxLength: 3 }),
				fc.integer({ min: 1, max: 4 }),
				seed,
				(makers, channels, s) => {
					const steps = makers
						.map((make) => make())
						.filter(
							(t) => !(t instanceof Normalize || t instanceof RandomErasing),
						);
					const transform = new Compose<transforms.Image>(steps);
					const data = Uint8Array.from(
						{ length: 6 * 9 * channels },
						(_, i) => (i * 89) % 256,
					);
					const x = fromArray(data, [6, 9, channels]).permute(2, 0, 1);
					manualSeed(s);
					const image = transform.forward({ data, width: 9, height: 6 });
					manualSeed(s);
					const y = new Compose(steps).forward(x);
					expect([channels, image.height, image.width]).toEqual(y.shape);
					const bytes = Uint8Array.from(image.data);
					same(
						fromArray(bytes, [image.height, image.width, channels]),
						y.permute(1, 2, 0).contiguous(),
					);
				},
			),
			run,
		));
});

describe("on tensors", () => {
	test("all images of [N, C, H, W] get the same; mapImages gives each its own", () => {
		const one = rand(1, 12, 12);
		const x = stack([one, one, one, one]);
		manualSeed(1);
		const t = new RandomCrop(5);
		const [a, b] = t.forward(x).unbind(0) as [Tensor, Tensor];
		same(a, b);
		const [c, d] = mapImages(t, x).unbind(0) as [Tensor, Tensor];
		expect(c.dataSync()).not.toEqual(d.dataSync());
	});

	test("two dimensions are one channel, five are one image after another", () => {
		const x = rand(6, 8);
		const pad = new Pad([1, 0, 2, 0]);
		expect(pad.forward(x).shape).toEqual([6, 11]);
		const many = rand(2, 3, 1, 6, 8);
		const turn = new RandomRotation([90, 90]);
		same(turn.forward(many).select(0, 1), turn.forward(many.select(0, 1)));
		expect(() => pad.forward(rand(3))).toThrow(DTypeError);
	});

	test("int32 keeps its values, bool its dtype", () => {
		const x = fromArray(Int32Array.of(1 << 30, 3, -5, 7), [1, 2, 2]);
		const y = new Pad(1, { fill: -9 }).forward(x);
		expect(y.tolistSync()).toEqual([
			[
				[-9, -9, -9, -9],
				[-9, 1 << 30, 3, -9],
				[-9, -5, 7, -9],
				[-9, -9, -9, -9],
			],
		]);
		const truth = x.gt(0);
		expect(new Pad(1, { fill: 1 }).forward(truth).dtype).toBe("bool");
	});

	test("what lies next to the edge, outside, is not read", () => {
		const x = zeros(1, 4, 4);
		x.select(1, 0).select(1, 0).fill_(Number.NaN);
		const y = new RandomAffine(0, {
			translate: [0, 0],
			scale: [2, 2],
			interpolation: "bilinear",
			center: [4, 4],
		}).forward(x);
		const z = new Pad(0).forward(x);
		expect(Number.isNaN(z.dataSync()[0])).toBe(true);
		// the far corner sees pixels outside beside its own
		expect(y.dataSync()[15]).toBe(0);
	});

	test("RandomErasing works on a copy, unless in place", () => {
		const x = zeros(2, 8, 8);
		const y = new RandomErasing({ p: 1, value: [1, 2] }).forward(x);
		expect(x.sum().itemSync()).toBe(0);
		const area = y.select(0, 0).sum().itemSync();
		expect(area).toBeGreaterThan(0);
		expect(y.select(0, 1).sum().itemSync()).toBe(2 * area);
		const z = new RandomErasing({ p: 1, value: 1, inplace: true }).forward(x);
		expect(z).toBe(x);
		expect(x.sum().itemSync()).toBeGreaterThan(0);
	});

	test("nothing is left behind, after errors neither", () => {
		const x = rand(4, 1, 28, 28);
		const transform = new Compose([
			new RandomAffine(10, { interpolation: "bilinear" }),
			new RandomCrop(28, { padding: 4 }),
			new RandomErasing({ p: 1, value: "random" }),
			new Resize(14),
		]);
		const once = () => {
			scope(() => void mapImages(transform, x));
			scope(() => void transform.forward(x));
			expect(() => new RandomCrop(40).forward(x)).toThrow(ShapeError);
			const wrong = new RandomAffine(0, { fill: [1, 2] });
			expect(() => wrong.forward(x)).toThrow(ShapeError);
		};
		once();
		const before = memory().tensors;
		once();
		expect(memory().tensors).toBe(before);
	});

	test("a device without the kernels is told so", () => {
		const x = rand(1, 1, 2, 2);
		const backend = { device: "webgpu" } as Backend;
		expect(() =>
			pickPixels.forward(
				{ k: backend } as Parameters<typeof pickPixels.forward>[0],
				[x, x, x],
				{ fill: 0 },
				null,
			),
		).toThrow(DeviceError);
	});
});

describe("refusals of its own", () => {
	test("sizes that do not fit", () => {
		const x = rand(1, 4, 6);
		expect(() => new Pad(4, { paddingMode: "reflect" }).forward(x)).toThrow(
			ShapeError,
		);
		expect(() => new Pad(5, { paddingMode: "symmetric" }).forward(x)).toThrow(
			ShapeError,
		);
		expect(() => new Pad(-3).forward(x)).toThrow(ShapeError);
		expect(() => new Resize([0, 3]).forward(x)).toThrow(
			"Input and output sizes should be greater than 0, but got input (H: 4, W: 6) output (H: 0, W: 3)",
		);
	});

	test("what is no image", () => {
		const flip = new RandomHorizontalFlip();
		expect(() => flip.forward({} as transforms.Image)).toThrow(DTypeError);
		expect(() => flip.forward(null as never)).toThrow(DTypeError);
		const data = new Uint8Array(4);
		expect(() =>
			new RandomErasing().forward({ data, width: 2, height: 2 }),
		).toThrow("Put ToTensor before RandomErasing");
		expect(() => mapImages(flip, rand(1, 2, 2))).toThrow(ShapeError);
	});
});

describe("MNIST's batches", () => {
	const open = (...steps: transforms.Transform[]) =>
		datasets.MNIST.open({
			root: MNIST_FOLDER,
			train: false,
			transform: new Compose(steps),
		});

	class Own extends RandomHorizontalFlip {
		override forward(img: Tensor): Tensor;
		override forward(img: transforms.Image): transforms.Image;
		override forward(img: never): never {
			return img;
		}
	}

	test("are made at once of known steps, and one by one of others", async () => {
		const known = await open(new Pad(1), new ToTensor(), new RandomErasing());
		expect(known.batch).toBeDefined();
		for (const steps of [
			[new RandomRotation(9, { expand: true }), new Resize(28), new ToTensor()],
			[new ToTensor(), new Own()],
			[new ToTensor(), new Lambda((x: Tensor) => x)],
			[new RandomErasing(), new ToTensor()],
		])
			expect((await open(...steps)).batch).toBeUndefined();
	});

	test("a transform of bytes alone gives images", async () => {
		const set = await datasets.MNIST.open({
			root: MNIST_FOLDER,
			train: false,
			transform: new CenterCrop(20),
		});
		const [image] = set.get(0);
		expect([image.width, image.height, image.data.length]).toEqual([
			20, 20, 400,
		]);
		expect(set.batch).toBeUndefined();
	});

	test("hold what get gives", async () => {
		const set = await open(
			new RandomRotation(20, { interpolation: "bilinear" }),
			new RandomCrop(24, { padding: 2 }),
			new ToTensor(),
			new Normalize([0.1307], [0.3081]),
			new RandomErasing({ value: "random" }),
			new Normalize([0.5], [2]),
		);
		manualSeed(3);
		const [images] = set.batch?.([5, 9, 5]) ?? [];
		manualSeed(3);
		same(images as Tensor, stack([5, 9, 5].map((i) => set.get(i)[0])));
	});
});
