import { ShapeError } from "../errors.js";
import type { Tensor } from "../tensor.js";

/** A tensor whose dimensions have names. */
interface Named {
	readonly t: Tensor;
	readonly labels: readonly string[];
}

/**
 * Sums of products over named dimensions, pair by pair from the left, each as
 * one batch of matrix products. Source: PyTorch's `einsum`.
 * @throws ShapeError in PyTorch's words
 */
export function einsum(equation: string, operands: readonly Tensor[]): Tensor {
	const [left = "", right] = equation.replaceAll(" ", "").split("->");
	const terms = left.split(",");
	if (operands.length === 0)
		throw new ShapeError("einsum(): must provide at least one operand");
	if (terms.length !== operands.length)
		throw new ShapeError(
			terms.length > operands.length
				? "einsum(): fewer operands were provided than specified in the equation"
				: "einsum(): more operands were provided than specified in the equation",
		);
	const rest = Math.max(
		0,
		...terms.map((term, i) =>
			term.includes("...")
				? (operands[i] as Tensor).shape.length - (term.length - 3)
				: 0,
		),
	);
	const named = terms.map((term, i) =>
		nameOne(operands[i] as Tensor, term, rest, i),
	);
	checkSizes(named);
	const out = right === undefined ? implied(terms, rest) : expand(right, rest);
	for (const [i, label] of out.entries())
		if (out.indexOf(label) < i)
			throw new ShapeError(
				`einsum(): output subscript ${label} appears more than once in the output`,
			);
		else if (!named.some(({ labels }) => labels.includes(label)))
			throw new ShapeError(
				`einsum(): output subscript ${label} does not appear in the equation for any input operand`,
			);
	let result = named[0] as Named;
	for (let i = 1; i < named.length; i++) {
		const later = named.slice(i + 1).flatMap(({ labels }) => labels);
		result = product(result, named[i] as Named, new Set([...later, ...out]));
	}
	const last = summed(result, new Set(out));
	const isDone = last.t !== named[0]?.t && last.labels.join() === out.join();
	return isDone ? last.t : inOrder(last, out);
}

/** The names that stand for "...", counted from the right. */
function ellipsis(count: number): string[] {
	return Array.from({ length: count }, (_, i) => `.${count - i}`);
}

function expand(term: string, rest: number): string[] {
	const at = term.indexOf("...");
	if (at < 0) return [...term];
	return [...term.slice(0, at), ...ellipsis(rest), ...term.slice(at + 3)];
}

/** Without "->": the broadcast dimensions, then every letter that occurs once, by alphabet. */
function implied(terms: readonly string[], rest: number): string[] {
	const letters = [...terms.join("").replaceAll("...", "")];
	const once = letters.filter(
		(c) => letters.indexOf(c) === letters.lastIndexOf(c),
	);
	const any = terms.some((term) => term.includes("..."));
	return [...(any ? ellipsis(rest) : []), ...once.sort()];
}

function nameOne(t: Tensor, term: string, rest: number, i: number): Named {
	if (!/^[a-zA-Z]*(\.\.\.)?[a-zA-Z]*$/.test(term))
		throw new ShapeError(
			`einsum(): invalid subscript given at index ${[...term].findIndex((c) => !/[a-zA-Z]/.test(c))} in the equation string, subscripts must be in [a-zA-Z]`,
		);
	const own = term.includes("...") ? t.shape.length - (term.length - 3) : rest;
	const labels = expand(term, own);
	if (labels.length !== t.shape.length)
		throw new ShapeError(
			`einsum(): the number of subscripts in the equation (${labels.length}) does not match the number of dimensions (${t.shape.length}) for operand ${i} and no ellipsis was given`,
		);
	return diagonals({ t, labels }, i);
}

/** A repeated name takes the diagonal. */
function diagonals({ t, labels }: Named, i: number): Named {
	const again = labels.findIndex((label, d) => labels.indexOf(label) < d);
	if (again < 0) return { t, labels };
	const label = labels[again] as string;
	const first = labels.indexOf(label);
	if (t.shape[first] !== t.shape[again])
		throw new ShapeError(
			`einsum(): subscript ${label} is repeated for operand ${i} but the sizes don't match, ${t.shape[again]} != ${t.shape[first]}`,
		);
	const others = labels.filter((_, d) => d !== first && d !== again);
	return diagonals(
		{ t: t.diagonal(0, first, again), labels: [...others, label] },
		i,
	);
}

function checkSizes(named: readonly Named[]): void {
	const sizes = new Map<string, number>();
	named.forEach(({ t, labels }, i) => {
		labels.forEach((label, d) => {
			const size = t.shape[d] as number;
			const known = sizes.get(label) ?? 1;
			if (size !== 1 && known !== 1 && size !== known)
				throw new ShapeError(
					`einsum(): subscript ${label} has size ${size} for operand ${i} which does not broadcast with previously seen size ${known}`,
				);
			sizes.set(label, known === 1 ? size : known);
		});
	});
}

/** Without the dimensions that nobody needs any more. */
function summed({ t, labels }: Named, needed: ReadonlySet<string>): Named {
	const dims = labels.flatMap((label, d) => (needed.has(label) ? [] : [d]));
	if (dims.length === 0) return { t, labels };
	return {
		t: t.sum(dims),
		labels: labels.filter((label) => needed.has(label)),
	};
}

/** The dimensions in another order, with those that are missing of size 1. */
function inOrder({ t, labels }: Named, order: readonly string[]): Tensor {
	const have = order.filter((label) => labels.includes(label));
	let out = t.permute(have.map((label) => labels.indexOf(label)));
	order.forEach((label, d) => {
		if (!labels.includes(label)) out = out.unsqueeze(d);
	});
	return out;
}

function sizeOf({ t, labels }: Named, label: string): number {
	return t.shape[labels.indexOf(label)] ?? 1;
}

/** One product of matrices for each place in the shared dimensions that stay. */
function product(a: Named, b: Named, needed: ReadonlySet<string>): Named {
	const both = (label: string) =>
		a.labels.includes(label) && b.labels.includes(label);
	const x = summed(a, new Set([...needed, ...b.labels]));
	const y = summed(b, new Set([...needed, ...a.labels]));
	const batch = x.labels.filter((label) => both(label) && needed.has(label));
	const inner = x.labels.filter((label) => both(label) && !needed.has(label));
	const rows = x.labels.filter((label) => !both(label));
	const columns = y.labels.filter((label) => !both(label));
	const labels = [...batch, ...rows, ...columns];
	if (inner.length === 0)
		return { t: inOrder(x, labels).mul(inOrder(y, labels)), labels };
	const size = (label: string) => Math.max(sizeOf(x, label), sizeOf(y, label));
	const least = (label: string) => Math.min(sizeOf(x, label), sizeOf(y, label));
	const wide = (label: string) => (least(label) === 0 ? 0 : size(label));
	const count = (list: readonly string[]) =>
		list.reduce((n, label) => n * wide(label), 1);
	const ordered = (n: Named, order: readonly string[]) =>
		inOrder(n, order).expand(order.map(wide));
	const left = ordered(x, [...batch, ...rows, ...inner]).reshape([
		count(batch),
		count(rows),
		count(inner),
	]);
	const right = ordered(y, [...batch, ...inner, ...columns]).reshape([
		count(batch),
		count(inner),
		count(columns),
	]);
	return { t: left.bmm(right).view(labels.map(wide)), labels };
}
