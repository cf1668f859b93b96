import type { Kernels, View } from "../backend.js";
import { isSoftware } from "./adapter.js";
import { THREADS } from "./fused.js";
import { bits, blockOf, f, type Slot, u } from "./program.js";
import type { Queue } from "./queue.js";

/** Elements that an invocation steps at a time. */
const EACH = 4;
const MOST_GROUPS = 65535;
/** Enough for the threads of a software adapter. */
const FEW_GROUPS = 8;

type Lists = Readonly<Record<string, readonly View[]>>;

/** Whether these arrays can be read and written in fours: what is behind them is nobody's. */
function areWide(views: readonly View[]): boolean {
	return views.every((view) => {
		const { offset, numel } = view.layout;
		const { adopted, bytes } = blockOf(view);
		const isLast = adopted === 0 && (offset + numel) * 4 >= bytes;
		return offset % 4 === 0 && (numel % 4 === 0 || isLast);
	});
}

/**
 * Text of the rule for `EACH` elements of parameter k, from `at` on, with the
 * arrays of `names` at `oNAME`.
 */
function elementsText(
	rule: string,
	names: readonly string[],
	writes: (name: string) => boolean,
	k: number,
	isWide: boolean,
	numel: string,
): string {
	if (!isWide)
		return Array.from({ length: EACH }, (_, e) => {
			const own = rule.replace(/\b([A-Z])(_put)?\(/g, (_, name, put) =>
				put ? `${name}${k}__put(o${name} + i, ` : `${name}${k}_(o${name} + i`,
			);
			return `	{ let i = at + ${e}u; if (i < ${numel}) {\n${own}\n	} }`;
		}).join("\n");
	const before = names.map(
		(name) =>
			`	${writes(name) ? "var" : "let"} four${name} = ${name}${k}__vec(o${name} + at);`,
	);
	const each = Array.from({ length: EACH }, (_, e) => {
		const own = rule.replace(/\b([A-Z])(_put)?\(/g, (_, name, put) =>
			put ? `four${name}[${e}] = (` : `(four${name}[${e}]`,
		);
		return `	{\n${own}\n	}`;
	});
	const after = names
		.filter(writes)
		.map((name) => `	${name}${k}__putvec(o${name} + at, four${name});`);
	return [...before, ...each, ...after].join("\n");
}

/**
 * Runs `rule` on every element of the parameters, as many of them in one
 * dispatch as a kernel may have buffers. A workgroup has a part of each.
 * @param lists arrays of each parameter, under the names that the rule has for them
 * @param hyper numbers that the rule has as \`f(k)\`
 * @param rule text that reads \`NAME()\` and writes by \`NAME_put()\`
 */
function step(
	q: Queue,
	key: string,
	lists: Lists,
	read: string,
	hyper: readonly number[],
	rule: string,
): void {
	const names = Object.keys(lists).filter(
		(name) => (lists[name] as readonly View[]).length > 0,
	);
	const writes = (name: string) => !read.includes(name);
	const params = lists.P as readonly View[];
	const total = params.length;
	const atOnce = Math.floor(q.mostBuffers / names.length);
	const most = isSoftware(q.device) ? FEW_GROUPS : MOST_GROUPS;
	const per = names.length + 1;
	for (let from = 0; from < total; from += atOnce) {
		const to = Math.min(from + atOnce, total);
		const views = Array.from({ length: to - from }, (_, k) =>
			names.map((name) => lists[name]?.[from + k] as View),
		);
		const blocks = views.flat().map(blockOf);
		const isApart = new Set(blocks).size === blocks.length;
		const wide = views.map((own) => isApart && areWide(own));
		const slots: Slot[] = [];
		const words = hyper.map(bits);
		const first = words.length + 1;
		const largest = Math.max(...views.map(([p]) => (p as View).layout.numel));
		if (largest === 0) continue;
		const groups = Math.min(most, Math.ceil(largest / (THREADS * EACH)));
		words.push(groups * THREADS * EACH);
		views.forEach((own, k) => {
			words.push((own[0] as View).layout.numel);
			own.forEach((view, j) => {
				const name = names[j] as string;
				words.push(view.layout.offset);
				slots.push({
					name: `${name}${k}_`,
					view,
					writes: writes(name),
					form: wide[k] ? "vectors" : "elements",
				});
			});
		});
		q.run(
			`${key}:${names.join("")}:${wide.map(Number).join("")}`,
			slots,
			words,
			groups,
			() => {
				// read once: the rule stands there several times
				let body = hyper.map((_, k) => `	let h${k} = ${f(k)};\n`).join("");
				const own = hyper.reduce<string>(
					(text, _, k) => text.replaceAll(f(k), `h${k}`),
					rule,
				);
				wide.forEach((isWide, k) => {
					const word = first + k * per;
					const offsets = names
						.map((name, j) => `let o${name} = ${u(word + 1 + j)};`)
						.join(" ");
					body += `	for (var at = (group * ${THREADS}u + lane) * ${EACH}u; at < ${u(word)}; at += ${u(first - 1)}) {
	${offsets}
${elementsText(own, names, writes, k, isWide, u(word))}
	}
`;
				});
				return { body };
			},
		);
	}
}

/** Text of the gradient `d` at `w`, with the penalty whose factor is `value`, and `decay` in the text. */
const gradient = (decay: string, value: number, maximize: boolean) =>
	`	let w = P();
	var d = ${maximize ? "-G()" : "G()"};
${value === 0 ? "" : `	d = fma(${decay}, w, d);\n`}`;

/** Formulas and their order as in assembly/optim.ts. */
export function optimKernels(
	q: Queue,
): Pick<Kernels, "sgd" | "adam" | "rmsprop" | "adagrad"> {
	return {
		sgd(params, grads, buffers, o) {
			const lists = { P: params, G: grads, B: buffers };
			const hyper = [o.lr, o.momentum, 1 - o.dampening, o.weightDecay];
			const withMomentum = buffers.length > 0;
			const momentum = o.first
				? "	let b = d;\n"
				: `	let b = fma(${f(2)}, d, B() * ${f(1)});\n`;
			const rule = `${gradient(f(3), o.weightDecay, o.maximize)}${
				withMomentum
					? `${momentum}	B_put(b);\n	d = ${o.nesterov ? `fma(${f(1)}, b, d)` : "b"};\n`
					: ""
			}	P_put(fma(-${f(0)}, d, w));`;
			const key = `sgd:${o.first}:${o.nesterov}:${o.maximize}:${o.weightDecay !== 0}`;
			step(q, key, lists, "G", hyper, rule);
		},

		adam(params, grads, means, squares, maxima, o) {
			const lists = { P: params, G: grads, M: means, S: squares, X: maxima };
			const decay = o.decoupled ? 0 : o.weightDecay;
			const hyper = [
				o.lr / (1 - o.beta1 ** o.step),
				o.beta1,
				1 - o.beta1,
				o.beta2,
				1 - o.beta2,
				Math.sqrt(1 - o.beta2 ** o.step),
				o.eps,
				decay,
				o.decoupled ? 1 - o.lr * o.weightDecay : 1,
			];
			const rule = `${gradient(f(7), decay, o.maximize)}	let kept = w * ${f(8)};
	let m = fma(${f(2)}, d, M() * ${f(1)});
	var v = fma(${f(4)} * d, d, S() * ${f(3)});
	M_put(m);
	S_put(v);
${maxima.length > 0 ? "	v = max_(X(), v);\n	X_put(v);\n" : ""}	P_put(kept - ${f(0)} * m / (sqrt(v) / ${f(5)} + ${f(6)}));`;
			step(q, `adam:${o.maximize}:${decay !== 0}`, lists, "G", hyper, rule);
		},

		rmsprop(params, grads, squares, buffers, averages, o) {
			const lists = {
				P: params,
				G: grads,
				S: squares,
				B: buffers,
				A: averages,
			};
			const hyper = [
				o.lr,
				o.alpha,
				1 - o.alpha,
				o.eps,
				o.weightDecay,
				o.momentum,
			];
			const rule = `${gradient(f(4), o.weightDecay, o.maximize)}	var v = fma(${f(2)} * d, d, S() * ${f(1)});
	S_put(v);
${averages.length > 0 ? `	let m = fma(${f(2)}, d, A() * ${f(1)});\n	A_put(m);\n	v = v - m * m;\n` : ""}	let scale = sqrt_(v) + ${f(3)};
${
	buffers.length > 0
		? `	let b = B() * ${f(5)} + d / scale;\n	B_put(b);\n	P_put(fma(-${f(0)}, b, w));`
		: `	P_put(w - ${f(0)} * d / scale);`
}`;
			step(
				q,
				`rmsprop:${o.maximize}:${o.weightDecay !== 0}`,
				lists,
				"G",
				hyper,
				rule,
			);
		},

		adagrad(params, grads, sums, o) {
			const lists = { P: params, G: grads, S: sums };
			const hyper = [o.lr, o.eps, o.weightDecay];
			const rule = `${gradient(f(2), o.weightDecay, o.maximize)}	let v = fma(d, d, S());
	S_put(v);
	P_put(w - ${f(0)} * d / (sqrt(v) + ${f(1)}));`;
			step(
				q,
				`adagrad:${o.maximize}:${o.weightDecay !== 0}`,
				lists,
				"G",
				hyper,
				rule,
			);
		},
	};
}
