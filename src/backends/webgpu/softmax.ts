import type { Kernels, View } from "../backend.js";
import type { Features } from "./features.js";
import {
	groupsFor,
	headText,
	joinedText,
	joining,
	shareJoined,
	shareKey,
	shareText,
} from "./lines.js";
import { u } from "./program.js";
import type { Queue } from "./queue.js";
import { isLastReduced } from "./reduce.js";
import { Loops } from "./strides.js";

function sizeAt(v: View, dim: number): number {
	return v.layout.rank === 0 ? 1 : (v.layout.shape[dim] as number);
}

function strideAt(v: View, dim: number): number {
	return v.layout.rank === 0 ? 0 : (v.layout.strides[dim] as number);
}

/** Lines along `dim` of some views of one shape, as parameters. */
function describe(features: Features, views: readonly View[], dim: number) {
	const { shape } = (views[0] as View).layout;
	const length = sizeAt(views[0] as View, dim);
	const count = (views[0] as View).layout.numel / length;
	const kept = Loops.over(shape, views, (d) => d === dim);
	const share = shareJoined(
		features,
		count,
		length,
		isLastReduced(shape, (d) => d === dim),
	);
	const words = [count, length];
	for (const v of views) words.push(v.layout.offset, strideAt(v, dim));
	const at = words.length;
	words.push(...kept.words());
	const names = views.map((_, k) => `o${k}`);
	const head = `${shareText(share, 0)}${headText(share)}${names
		.map((name, k) => `	var ${name} = ${u(2 + 2 * k)};\n`)
		.join("")}	${kept.text("line", at, names)}`;
	const place = (k: number, index: string) =>
		`o${k} + ${index} * ${u(3 + 2 * k)}`;
	return {
		share,
		words,
		head,
		place,
		count,
		key: `${shareKey(share)}:${kept.key}`,
	};
}

export function softmaxKernels(
	q: Queue,
): Pick<Kernels, "softmax" | "softmaxBackward"> {
	return {
		softmax(x, y, dim, log) {
			if (x.layout.numel === 0) return;
			const { share, words, head, place, count, key } = describe(
				q.features,
				[x, y],
				dim,
			);
			const loop = `for (var k = first; k < ${u(1)}; k += ${share.along}u)`;
			const slots = [
				{ name: "X", view: x },
				{ name: "Y", view: y, writes: true },
			];
			q.run(
				`softmax:${log}:${key}`,
				slots,
				words,
				groupsFor(share, count),
				() => ({
					...joining(share),
					body: `${head}	var top = -inf();
	${loop} { top = max_(top, X(${place(0, "k")})); }
${joinedText(share, "max", "shift", "top")}	workgroupBarrier();
	var sum = 0.0;
	${loop} { sum += exp_(X(${place(0, "k")}) - shift); }
${joinedText(share, "sum", "whole", "sum")}	let total = ${log ? "log_(whole)" : "whole"};
	if (isLine) {
		${loop} {
			let v = X(${place(0, "k")}) - shift;
			Y_put(${place(1, "k")}, ${log ? "v - total" : "exp_(v) / total"});
		}
	}`,
				}),
			);
		},

		softmaxBackward(g, y, dx, dim, log) {
			if (g.layout.numel === 0) return;
			const { share, words, head, place, count, key } = describe(
				q.features,
				[g, y, dx],
				dim,
			);
			const loop = `for (var k = first; k < ${u(1)}; k += ${share.along}u)`;
			const slots = [
				{ name: "G", view: g },
				{ name: "Y", view: y },
				{ name: "D", view: dx, writes: true },
			];
			const gk = `G(${place(0, "k")})`;
			const yk = `Y(${place(1, "k")})`;
			q.run(
				`softmaxBackward:${log}:${key}`,
				slots,
				words,
				groupsFor(share, count),
				() => ({
					...joining(share),
					body: `${head}	var sum = 0.0;
	${loop} { sum += ${log ? gk : `${gk} * ${yk}`}; }
${joinedText(share, "sum", "total", "sum")}	if (isLine) {
		${loop} { D_put(${place(2, "k")}, ${log ? `${gk} - exp_(${yk}) * total` : `${yk} * (${gk} - total)`}); }
	}`,
				}),
			);
		},
	};
}
