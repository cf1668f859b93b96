import type { Kernels, View } from "../backend.js";
import { THREADS } from "./fused.js";
import { bits, f, type Slot, u } from "./program.js";
import type { Queue } from "./queue.js";

/**
 * Runs `rule` on every element of the parameters, as many of them in one
 * dispatch as a kernel may have buffers.
 * @param lists arrays of each parameter, under the names that the rule has for them
 * @param rule text that reads \`NAME\` and writes by \`NAME_put\`, at \`oNAME\`
 */
function step(
	q: Queue,
	key: string,
	lists: Readonly<Record<string, readonly View[]>>,
	read: string,
	hyper: readonly number[],
	rule: string,
): void {
	const names = Object.keys(lists).filter(
		(name) => (lists[name] as readonly View[]).length > 0,
	);
	const params = lists.P as readonly View[];
	const total = params.length;
	const most = Math.floor(q.mostBuffers / names.length);
	const per = names.length + 1;
	for (let from = 0; from < total; from += most) {
		const to = Math.min(from + most, total);
		const slots: Slot[] = [];
		const words = hyper.map(bits);
		const first = words.length;
		let end = 0;
		for (let k = from; k < to; k++) {
			const numel = (params[k] as View).layout.numel;
			end += numel;
			words.push(end);
			for (const name of names) {
				const view = lists[name]?.[k] as View;
				words.push(view.layout.offset);
				slots.push({
					name: `${name}${k - from}_`,
					view,
					writes: !read.includes(name),
				});
			}
		}
		if (end === 0) continue;
		const count = to - from;
		q.run(
			`${key}:${names.join("")}:${count}`,
			slots,
			words,
			Math.ceil(end / THREADS),
			() => {
				let body = `	let at = group * ${THREADS}u + lane;\n`;
				for (let k = 0; k < count; k++) {
					const word = first + k * per;
					const start = k === 0 ? "0u" : u(word - per);
					const own = rule.replace(/\b([A-Z])(_put)?\(/g, (_, name, put) =>
						put ? `${name}${k}__put(o${name}, ` : `${name}${k}_(o${name}`,
					);
					const offsets = names
						.map(
							(name, j) => `let o${name} = ${u(word + 1 + j)} + at - ${start};`,
						)
						.join(" ");
					body += `	if (at < ${u(word)}) { ${offsets}\n${own}\n		return; }\n`;
				}
				return { body };
			},
		);
	}
}

const GRADIENT = (decay: string, maximize: boolean) =>
	`	let w = P();
	var d = ${maximize ? "-G()" : "G()"};
	if (${decay} != 0.0) { d = fma(${decay}, w, d); }
`;

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
			const rule = `${GRADIENT(f(3), o.maximize)}${
				withMomentum
					? `${momentum}	B_put(b);\n	d = ${o.nesterov ? `fma(${f(1)}, b, d)` : "b"};\n`
					: ""
			}	P_put(fma(-${f(0)}, d, w));`;
			const key = `sgd:${o.first}:${o.nesterov}:${o.maximize}`;
			step(q, key, lists, "G", hyper, rule);
		},

		adam(params, grads, means, squares, maxima, o) {
			const lists = { P: params, G: grads, M: means, S: squares, X: maxima };
			const hyper = [
				o.lr / (1 - o.beta1 ** o.step),
				o.beta1,
				1 - o.beta1,
				o.beta2,
				1 - o.beta2,
				Math.sqrt(1 - o.beta2 ** o.step),
				o.eps,
				o.decoupled ? 0 : o.weightDecay,
				o.decoupled ? 1 - o.lr * o.weightDecay : 1,
			];
			const rule = `${GRADIENT(f(7), o.maximize)}	let kept = w * ${f(8)};
	let m = fma(${f(2)}, d, M() * ${f(1)});
	var v = fma(${f(4)} * d, d, S() * ${f(3)});
	M_put(m);
	S_put(v);
${maxima.length > 0 ? "	v = max_(X(), v);\n	X_put(v);\n" : ""}	P_put(kept - ${f(0)} * m / (sqrt(v) / ${f(5)} + ${f(6)}));`;
			step(q, `adam:${o.maximize}`, lists, "G", hyper, rule);
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
			const rule = `${GRADIENT(f(4), o.maximize)}	var v = fma(${f(2)} * d, d, S() * ${f(1)});
	S_put(v);
${averages.length > 0 ? `	let m = fma(${f(2)}, d, A() * ${f(1)});\n	A_put(m);\n	v = v - m * m;\n` : ""}	let scale = sqrt_(v) + ${f(3)};
${
	buffers.length > 0
		? `	let b = B() * ${f(5)} + d / scale;\n	B_put(b);\n	P_put(fma(-${f(0)}, b, w));`
		: `	P_put(w - ${f(0)} * d / scale);`
}`;
			step(q, `rmsprop:${o.maximize}`, lists, "G", hyper, rule);
		},

		adagrad(params, grads, sums, o) {
			const lists = { P: params, G: grads, S: sums };
			const hyper = [o.lr, o.eps, o.weightDecay];
			const rule = `${GRADIENT(f(2), o.maximize)}	let v = fma(d, d, S());
	S_put(v);
	P_put(w - ${f(0)} * d / (sqrt(v) + ${f(1)}));`;
			step(q, `adagrad:${o.maximize}`, lists, "G", hyper, rule);
		},
	};
}
