import { sameShape } from "../../layout.js";
import type { Kernels, View } from "../backend.js";
import { isSoftware } from "./adapter.js";
import {
	groupsFor,
	headText,
	joinedText,
	joining,
	shareJoined,
	shareKey,
	shareText,
} from "./lines.js";
import { direct } from "./matmul-direct.js";
import { tiled } from "./matmul-tiled.js";
import {
	accessOf,
	blocksOf,
	describe,
	keyOf,
	type Product,
	slotsOf,
	storeText,
	WORDS,
	wordsOf,
} from "./product.js";
import { blockOf, held, isSameView, u } from "./program.js";
import type { Queue } from "./queue.js";

/** Rows, or columns, up to which a product is a few dot products. */
const FEW = 4;

/** Each entry of y by a group of invocations along k. */
function few(q: Queue, p: Product): void {
	const count = p.m * p.n * p.batches;
	const access = accessOf(p);
	const isWide =
		p.k % 4 === 0 &&
		access.a.reading === "along" &&
		access.b.reading === "along";
	const steps = isWide ? p.k / 4 : p.k;
	const share = shareJoined(q.features, p.n, steps, p.words[10] === 1);
	const { along } = share;
	const form = isWide ? ("vectors" as const) : ("elements" as const);
	const slots = slotsOf(p).map((slot, k) => (k < 2 ? { ...slot, form } : slot));
	const add = isWide
		? "sum += dot(A_vec(oA + k * 4u), B_vec(oB + k * 4u));"
		: `sum = fma(A(oA + k * ${u(7)}), B(oB + k * ${u(10)}), sum);`;
	q.run(
		`few:${isWide}:${shareKey(share)}:${keyOf(p)}`,
		slots,
		[...wordsOf(p), count, steps],
		groupsFor(share, count),
		() => ({
			...joining(share),
			body: `${shareText(share, WORDS)}${headText(share)}	let column = line % ${u(1)};
	let row = (line / ${u(1)}) % ${u(0)};
	let batch = line / (${u(1)} * ${u(0)});
	let oA = ${u(4)} + batch * ${u(5)} + row * ${u(6)};
	let oB = ${u(8)} + batch * ${u(9)} + column * ${u(11)};
	var sum = 0.0;
	for (var k = first; k < ${u(WORDS + 1)}; k += ${along}u) { ${add} }
${joinedText(share, "sum", "total", "sum")}	if (isLine && first == 0u) ${storeText(p, "total")}`,
		}),
	);
}

export function matmulKernels(q: Queue): Pick<Kernels, "matmul"> {
	const large = isSoftware(q.device) ? direct : tiled;
	// sums of a factor are of all its bits
	const addsUp = large === direct || !q.features.f16;

	/** Waits for a relu of the result, forward or backward, or for the sums of its first factor. */
	function defer(p: Product, emit: () => void, takesSums: boolean): void {
		const blocks = blocksOf(p);
		q.defer({
			blocks,
			emit,
			relu(x, y) {
				if (p.relu || p.positive || !isSameView(x, p.y)) return false;
				if (isSameView(y, p.y)) p.relu = true;
				else if (q.join(blockOf(y))) p.positive = held(y);
				else return false;
				return true;
			},
			gate(x, gate, y) {
				if (p.relu || p.positive || !isSameView(x, p.y)) return false;
				const isAlike = [gate, y].every((v) =>
					sameShape(v.layout.shape, p.y.layout.shape),
				);
				const [source, target] = [blockOf(gate), blockOf(y)];
				if (!isAlike || source === target) return false;
				if (q.mostBuffers - blocks.length < 2) return false;
				// a constant is no buffer yet
				if (q.constantIn(source) !== undefined) return false;
				if (blocks.includes(target) || !q.join(source)) return false;
				q.join(target);
				p.gate = held(gate);
				p.positive = held(y);
				return true;
			},
			columnSums(x, y) {
				if (!takesSums || p.sums || p.batches > 1 || p.k === 0) return false;
				if (x.layout.rank !== 2 || y.layout.rank !== 2) return false;
				if (y.layout.shape[0] !== 1 || x.layout.shape[0] === 1) return false;
				const turned: View = {
					storage: x.storage,
					layout: x.layout.transpose(0, 1),
					dtype: x.dtype,
				};
				if (!isSameView(turned, p.a) || !q.join(blockOf(y))) return false;
				p.sums = held(y);
				return true;
			},
		});
	}

	return {
		matmul(a, b, y, bias, relu) {
			if (y.layout.numel === 0) return;
			const { rank, shape } = y.layout;
			const m = shape[rank - 2] as number;
			const n = shape[rank - 1] as number;
			const isTurned = m > FEW && n <= FEW;
			const p = describe(
				held(a),
				held(b),
				held(y),
				bias && held(bias),
				relu,
				isTurned,
			);
			const isFew = isTurned || m <= FEW;
			if (!isFew && addsUp && p.batches === 1 && p.k > 0)
				p.sums = q.deferred?.handOver?.(p.a, blocksOf(p)) ?? null;
			defer(p, () => (isFew ? few : large)(q, p), !isFew && addsUp);
		},
	};
}
