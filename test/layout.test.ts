import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ShapeError } from "../src/errors.js";
import {
	broadcastShapes,
	inferShape,
	Layout,
	numelOf,
	wrapDim,
} from "../src/layout.js";

const RUNS = { seed: 11, numRuns: 400 };

/** Every index of `shape`, in row-major order. */
function indices(shape: readonly number[]): number[][] {
	return shape.reduce<number[][]>(
		(list, n) =>
			list.flatMap((at) => Array.from({ length: n }, (_, i) => [...at, i])),
		[[]],
	);
}

/** Where every element lies, in row-major order. */
const places = (l: Layout) => indices(l.shape).map((at) => l.at(...at));

const sizes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });

/** A layout as views leave it: permuted, cut, stepped and expanded. */
const layouts = fc
	.tuple(
		sizes,
		fc.array(fc.tuple(fc.nat(3), fc.nat(50), fc.nat(50)), { maxLength: 4 }),
	)
	.map(([shape, steps]) => {
		let l = Layout.contiguous(shape);
		for (const [kind, a, b] of steps) {
			if (l.rank === 0) continue;
			const d = a % l.rank;
			const n = l.shape[d] as number;
			if (kind === 0) l = l.transpose(d, b % l.rank);
			else if (kind === 1 && n > 0) l = l.narrow(d, b % n, n - (b % n));
			else if (kind === 2 && n > 0) l = l.narrow(d, 0, Math.ceil(n / 2), 2);
			else if (n === 1) l = l.expand(l.shape.map((x, i) => (i === d ? 3 : x)));
		}
		return l;
	});

describe("Layout, against lists of places", () => {
	test("transpose and permute reorder indices", () => {
		fc.assert(
			fc.property(layouts, fc.nat(), fc.nat(), (l, a, b) => {
				if (l.rank === 0) return;
				const [d, e] = [a % l.rank, b % l.rank];
				const order = l.shape.map((_, i) => (i === d ? e : i === e ? d : i));
				const swapped = l.transpose(d, e);
				expect(places(swapped)).toEqual(places(l.permute(order)));
				expect(places(swapped)).toEqual(
					indices(swapped.shape).map((at) =>
						l.at(...order.map((i) => at[i] as number)),
					),
				);
			}),
			RUNS,
		);
	});

	test("narrow and select pick indices", () => {
		fc.assert(
			fc.property(
				layouts,
				fc.nat(),
				fc.nat(),
				fc.integer({ min: 1, max: 3 }),
				(l, a, b, step) => {
					if (l.rank === 0) return;
					const d = a % l.rank;
					const n = l.shape[d] as number;
					if (n === 0) return;
					const start = b % n;
					const length = Math.ceil((n - start) / step);
					const cut = l.narrow(d, start, length, step);
					expect(places(cut)).toEqual(
						indices(cut.shape).map((at) =>
							l.at(...at.map((i, x) => (x === d ? start + i * step : i))),
						),
					);
					const one = l.select(d, start);
					expect(places(one)).toEqual(
						indices(one.shape).map((at) =>
							l.at(...at.slice(0, d), start, ...at.slice(d)),
						),
					);
				},
			),
			RUNS,
		);
	});

	test("unsqueeze and squeeze leave every element in its place", () => {
		fc.assert(
			fc.property(layouts, fc.nat(), (l, a) => {
				const d = a % (l.rank + 1);
				const wide = l.unsqueeze(d);
				expect(wide.shape[d]).toBe(1);
				expect(places(wide)).toEqual(places(l));
				expect(wide.squeeze([d]).shape).toEqual(l.shape);
				expect(places(wide.squeeze(wide.shape.map((_, i) => i)))).toEqual(
					places(l),
				);
			}),
			RUNS,
		);
	});

	test("expand repeats, diagonal walks", () => {
		fc.assert(
			fc.property(layouts, fc.integer({ min: -4, max: 4 }), (l, offset) => {
				const shape = [2, ...l.shape.map((n) => (n === 1 ? 3 : n))];
				const wide = l.expand(shape);
				expect(places(wide)).toEqual(
					indices(shape).map((at) =>
						l.at(...at.slice(1).map((i, d) => (l.shape[d] === 1 ? 0 : i))),
					),
				);
				if (l.rank < 2) return;
				const diagonal = l.diagonal(offset, 0, 1);
				const n = diagonal.shape.at(-1) as number;
				const [rows, columns] = l.shape as [number, number];
				expect(n).toBe(
					Math.max(
						0,
						indices([rows, columns]).filter(
							([i, j]) => (j as number) - (i as number) === offset,
						).length,
					),
				);
				expect(places(diagonal)).toEqual(
					indices(diagonal.shape).map((at) => {
						const i = at.at(-1) as number;
						const first = Math.max(-offset, 0) + i;
						return l.at(first, first + offset, ...at.slice(0, -1));
					}),
				);
			}),
			RUNS,
		);
	});

	test("viewAs is there exactly if strides can say it", () => {
		fc.assert(
			fc.property(layouts, sizes, (l, drawn) => {
				const shape = fitted(drawn, l.numel);
				if (l.numel === 0 || shape === null) return;
				const list = places(l);
				const view = l.viewAs(shape);
				// the strides that the first steps ask for
				const at = (index: number[]) =>
					list[
						index.reduce((flat, i, d) => flat * (shape[d] as number) + i, 0)
					] as number;
				const zero = shape.map(() => 0);
				const strides = shape.map((n, d) =>
					n > 1 ? at(zero.map((_, i) => (i === d ? 1 : 0))) - at(zero) : 0,
				);
				const linear = indices(shape).every(
					(index) =>
						at(index) ===
						at(zero) +
							index.reduce((sum, i, d) => sum + i * (strides[d] as number), 0),
				);
				expect(view !== null).toBe(linear);
				if (view) expect(places(view)).toEqual(list);
			}),
			{ seed: 11, numRuns: 3000 },
		);
	});

	test("contiguous, dense and shared are what the places say", () => {
		fc.assert(
			fc.property(layouts, (l) => {
				const list = places(l);
				const inOrder = list.every((p, i) => p === (list[0] as number) + i);
				if (l.numel > 0) expect(l.isContiguous).toBe(inOrder);
				expect(l.isShared).toBe(new Set(list).size < list.length);
				expect(l.extent).toBe(
					list.length > 0 ? Math.max(...list) + 1 : l.offset,
				);
				if (l.isDense && l.numel > 0)
					expect(Math.max(...list) - Math.min(...list) + 1).toBe(list.length);
			}),
			RUNS,
		);
	});
});

/** `drawn` made to multiply to `numel`, if it can be. */
function fitted(drawn: readonly number[], numel: number): number[] | null {
	const shape = drawn.map((n) => Math.max(n, 1));
	const known = numelOf(shape);
	return numel % known === 0 ? [...shape, numel / known] : null;
}

describe("shapes", () => {
	test("broadcasting, against the rule read aloud", () => {
		fc.assert(
			fc.property(sizes, sizes, (a, b) => {
				const rank = Math.max(a.length, b.length);
				const want: number[] = [];
				let clash = false;
				for (let i = 1; i <= rank; i++) {
					const x = a.at(-i) ?? 1;
					const y = b.at(-i) ?? 1;
					if (i <= a.length && i <= b.length && x !== y && x !== 1 && y !== 1)
						clash = true;
					want.unshift(x === 1 ? y : x);
				}
				if (clash) expect(() => broadcastShapes(a, b)).toThrow(ShapeError);
				else expect(broadcastShapes(a, b)).toEqual(want);
			}),
			{ seed: 5, numRuns: 1000 },
		);
	});

	test("a clash names both sizes and the dimension", () => {
		expect(() => broadcastShapes([2, 3], [4])).toThrow(
			"The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
		);
	});

	test("-1 is filled in, or refused in PyTorch's words", () => {
		expect(inferShape([-1, 3], 12)).toEqual([4, 3]);
		expect(inferShape([3, 0], 0)).toEqual([3, 0]);
		expect(() => inferShape([5, 2], 12)).toThrow(
			"shape '[5, 2]' is invalid for input of size 12",
		);
		expect(() => inferShape([-1, -1], 12)).toThrow(
			"only one dimension can be inferred",
		);
		expect(() => inferShape([-1, 0], 0)).toThrow(
			"cannot reshape tensor of 0 elements into shape [-1, 0] because the unspecified dimension size -1 can be any value and is ambiguous",
		);
		expect(() => inferShape([-2], 2)).toThrow("invalid shape dimension -2");
	});

	test("dimensions count from both ends", () => {
		expect([wrapDim(-1, 3), wrapDim(2, 3), wrapDim(-1, 0)]).toEqual([2, 2, 0]);
		expect(() => wrapDim(3, 3)).toThrow(
			"Dimension out of range (expected to be in range of [-3, 2], but got 3)",
		);
	});
});
