/**
 * The slowest and plainest autograd: one node a number. What tensors do with
 * views, broadcasting and writes in place is compared with arrays of these.
 */
export class Scalar {
	grad = 0;

	constructor(
		readonly value: number,
		private readonly inputs: readonly (readonly [Scalar, number])[] = [],
	) {}

	add(b: Scalar): Scalar {
		return new Scalar(this.value + b.value, [
			[this, 1],
			[b, 1],
		]);
	}

	mul(b: Scalar): Scalar {
		return new Scalar(this.value * b.value, [
			[this, b.value],
			[b, this.value],
		]);
	}

	scale(k: number): Scalar {
		return new Scalar(this.value * k, [[this, k]]);
	}

	sin(): Scalar {
		return new Scalar(Math.sin(this.value), [[this, Math.cos(this.value)]]);
	}

	backward(): void {
		const order: Scalar[] = [];
		const seen = new Set<Scalar>();
		const visit = (s: Scalar) => {
			if (seen.has(s)) return;
			seen.add(s);
			for (const [input] of s.inputs) visit(input);
			order.push(s);
		};
		visit(this);
		this.grad = 1;
		for (const s of order.reverse())
			for (const [input, slope] of s.inputs) input.grad += slope * s.grad;
	}
}

/** A strided view of an array of scalars, by the place of every element. */
export interface Model {
	readonly shape: readonly number[];
	/** Row-major places in `memory`. */
	readonly places: readonly number[];
	readonly memory: Scalar[];
}

export function sizeOf(shape: readonly number[]): number {
	return shape.reduce((p, n) => p * n, 1);
}

/** The index of row-major element `i`. */
export function indexOf(i: number, shape: readonly number[]): number[] {
	const out = new Array<number>(shape.length);
	let rest = i;
	for (let d = shape.length - 1; d >= 0; d--) {
		const n = shape[d] as number;
		out[d] = rest % n;
		rest = Math.floor(rest / n);
	}
	return out;
}

/** A view whose element at an index is that of `from` at `map(index)`. */
export function viewOf(
	from: Model,
	shape: readonly number[],
	map: (index: number[]) => number[],
): Model {
	const places = Array.from({ length: sizeOf(shape) }, (_, i) => {
		const at = map(indexOf(i, shape));
		let flat = 0;
		for (let d = 0; d < at.length; d++)
			flat = flat * (from.shape[d] as number) + (at[d] as number);
		return from.places[flat] as number;
	});
	return { shape, places, memory: from.memory };
}

export function valuesOf(m: Model): number[] {
	return m.places.map((p) => (m.memory[p] as Scalar).value);
}

/** Whether two elements share a place. */
export function isShared(m: Model): boolean {
	return new Set(m.places).size < m.places.length;
}
