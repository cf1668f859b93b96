import { Layout, sameShape } from "../../layout.js";
import type { Kernels, View } from "../backend.js";
import { isSoftware } from "./adapter.js";
import { groupsFor, shareKey, shareOut, treeText } from "./lines.js";
import { bits, blockOf, f, held, i, isSameView, u } from "./program.js";
import type { Queue } from "./queue.js";

/** Rows of a cross-entropy that one workgroup does alone, in elements. */
const SMALL = 1 << 15;
/** Classes up to which an invocation of a software adapter does whole rows. */
const FEW_CLASSES = 32;
/** How many of them there are then: all meet at each barrier, and that costs more than the rows do. */
const ALONE = 64;

function isSameShape(a: View, b: View): boolean {
	return sameShape(a.layout.shape, b.layout.shape);
}

export function crossEntropyKernels(
	q: Queue,
	kernels: Pick<Kernels, "reduce" | "fill">,
): Pick<Kernels, "crossEntropy"> {
	return {
		crossEntropy(
			logits,
			targets,
			lossView,
			gradient,
			mean,
			ignoreIndex,
			blame,
		) {
			const [x, t, loss] = [held(logits), held(targets), held(lossView)];
			const dx = gradient && held(gradient);
			const [m, n] = x.layout.shape as [number, number];
			if (m === 0) {
				kernels.fill(loss, mean ? Number.NaN : 0);
				return -1;
			}
			// One workgroup for all rows adds their losses up itself.
			const isWhole = m * n <= SMALL;
			const isAlone = isSoftware(q.device) && n <= FEW_CLASSES;
			const share = isAlone
				? { across: ALONE, along: 1, isAlong: true }
				: shareOut(m, n, true);
			const threads = share.across * share.along;
			const barrier = isAlone ? "" : "workgroupBarrier();";
			const tree = (join: (a: string, b: string) => string) =>
				isAlone ? "" : treeText(share, join);
			const losses = isWhole ? null : q.pool.alloc(m * 4);
			const rows: View = losses
				? {
						storage: { handle: losses },
						layout: Layout.contiguous([m]),
						dtype: "float32",
					}
				: loss;
			const [xs, ts, ds] = [x, t, dx ?? x].map((v) => v.layout.strides) as [
				number[],
				number[],
				number[],
			];
			// the gradient times a number, if somebody asks for it next
			let scaled: View | null = null;
			let factor = 1;
			const emit = () => {
				const words = [
					m,
					n,
					x.layout.offset,
					xs[0] as number,
					xs[1] as number,
					t.layout.offset,
					ts[0] as number,
					rows.layout.offset,
					dx?.layout.offset ?? 0,
					ds[0] as number,
					ds[1] as number,
					ignoreIndex >>> 0,
					scaled?.layout.offset ?? 0,
					scaled?.layout.strides[0] ?? 0,
					scaled?.layout.strides[1] ?? 0,
					bits(factor),
					blame ? q.faults.numberOf(blame) : 0,
				];
				const slots = [
					{ name: "X", view: x },
					{ name: "T", view: t },
					{ name: "L", view: rows, writes: true },
					...(dx ? [{ name: "D", view: dx, writes: true }] : []),
					...(scaled ? [{ name: "E", view: scaled, writes: true }] : []),
					...(blame ? [q.faults.slot()] : []),
				];
				const loop = `for (var k = first; k < ${u(1)}; k += ${share.along}u)`;
				const xk = `X(${u(2)} + row * ${u(3)} + k * ${u(4)})`;
				const dk = `${u(8)} + row * ${u(9)} + k * ${u(10)}`;
				const lead = share.isAlong ? "lane - first" : "lane";
				const body = `	let first = lane % ${share.along}u;
	let head = ${lead};
	let own = lane / ${share.along}u;
	// how many rows count
	var counted = 0u;
	for (var r = lane; r < ${u(0)}; r += ${threads}u) { if (T(${u(5)} + r * ${u(6)}) != ${i(11)}) { counted++; } }
	counts[lane] = counted;
	for (var step = ${threads / 2}u; step > 0u; step >>= 1u) {
		workgroupBarrier();
		if (lane < step) { counts[lane] += counts[lane + step]; }
	}
	workgroupBarrier();
	let scale = ${mean ? "divide_(1.0, f32(counts[0]))" : "1.0"};
	var loss = 0.0;
	${isWhole ? `for (var start = 0u; start < ${u(0)}; start += ${share.across}u) {` : `{ let start = group * ${share.across}u;`}
		let isRow = start + own < ${u(0)};
		let row = min(start + own, ${u(0)} - 1u);
		let class_ = T(${u(5)} + row * ${u(6)});
		let isCounted = class_ != ${i(11)};
		let isBad = isCounted && (class_ < 0 || class_ >= i32(${u(1)}));
		var top = -inf();
		${loop} { top = max_(top, ${xk}); }
		part[lane] = top;
${tree((a, b) => `part[${a}] = max_(part[${a}], part[${b}]);`)}		let shift = part[head];
		${barrier}
		var sum = 0.0;
		${loop} { sum += exp_(${xk} - shift); }
		part[lane] = sum;
${tree((a, b) => `part[${a}] += part[${b}];`)}		let total = part[head];
		${barrier}
		${
			blame
				? `if (isBad && isRow && first == 0u && F_claim(0u, ${i(16)})) {
			var r = 0u;
			var bad = class_;
			for (; r < row; r++) {
				bad = T(${u(5)} + r * ${u(6)});
				if (bad != ${i(11)} && (bad < 0 || bad >= i32(${u(1)}))) { break; }
			}
			F_put(1u, select(class_, bad, r < row));
			F_put(2u, i32(r));
		}`
				: ""
		}
		var mine = 0.0;
		if (isBad) { mine = nan(); }
		else if (isCounted) {
			let k = u32(class_);
			mine = log_(total) - (${xk} - shift);
		}
		if (isRow && first == 0u) { ${isWhole ? "loss += mine;" : `L_put(${u(7)} + row, mine * scale);`} }
		${
			dx
				? `if (isRow) {
			${loop} {
				var d = exp_(${xk} - shift) * (scale / total);
				if (i32(k) == class_) { d -= scale; }
				d = select(select(0.0, d, isCounted), nan(), isBad);
				D_put(${dk}, d);
				${scaled ? `E_put(${u(12)} + row * ${u(13)} + k * ${u(14)}, d * ${f(15)});` : ""}
			}
		}`
				: ""
		}
	}
	${
		isWhole
			? `part[lane] = loss;
	for (var step = ${threads / 2}u; step > 0u; step >>= 1u) {
		workgroupBarrier();
		if (lane < step) { part[lane] += part[lane + step]; }
	}
	if (lane == 0u) { L_put(${u(7)}, ${mean ? "divide_(part[0], f32(counts[0]))" : "part[0]"}); }`
			: ""
	}`;
				const key = `crossEntropy:${threads}:${shareKey(share)}:${mean}:${isWhole}:${scaled !== null}:${blame !== undefined}`;
				q.run(key, slots, words, isWhole ? 1 : groupsFor(share, m), () => ({
					functions: `var<workgroup> part: array<f32, ${threads}>;
var<workgroup> counts: array<u32, ${threads}>;`,
					body,
					threads,
				}));
				if (losses) {
					kernels.reduce("sum", rows, {
						...loss,
						layout: new Layout([1], [1], loss.layout.offset),
					});
					q.release(losses);
				}
			};
			q.defer({
				blocks: [
					x,
					t,
					rows,
					...(dx ? [dx] : []),
					...(blame ? [q.faults.slot().view] : []),
				].map(blockOf),
				emit,
				scale(v, by, y) {
					if (dx === null || scaled || !isSameView(v, dx)) return false;
					if (!isSameShape(v, y) || !q.join(blockOf(y))) return false;
					scaled = held(y);
					factor = by;
					return true;
				},
			});
			return -1;
		},
	};
}
