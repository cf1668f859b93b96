/** Mathematics that initialisation needs once, in double precision. */

/** The error function: its power series, which converges fast enough up to 6. */
export function erf(x: number): number {
	const size = Math.abs(x);
	if (size > 6) return Math.sign(x);
	let term = size;
	let sum = size;
	// terms of one sign: e^(-x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!, so nothing cancels
	for (let n = 1; term > sum * 1e-17; n++) {
		term *= (2 * size * size) / (2 * n + 1);
		sum += term;
	}
	return (
		Math.sign(x) * ((2 / Math.sqrt(Math.PI)) * sum * Math.exp(-size * size))
	);
}

/** Inverse of `erf`: a rational estimate (Giles 2010), then Newton's method. */
export function erfinv(y: number): number {
	if (!(y > -1 && y < 1))
		return Math.abs(y) === 1 ? y * Number.POSITIVE_INFINITY : Number.NaN;
	const w = Math.log(1 - y * y);
	const c = 2 / (Math.PI * 0.147) + w / 2;
	let x = Math.sign(y) * Math.sqrt(Math.sqrt(c * c - w / 0.147) - c);
	for (let i = 0; i < 4; i++)
		x -= (erf(x) - y) / ((2 / Math.sqrt(Math.PI)) * Math.exp(-x * x));
	return x;
}

/**
 * The orthonormal factor Q of a matrix's QR decomposition with R's diagonal
 * positive, which makes it unique; of the transpose, transposed, if the matrix is wide.
 * @param a [rows, columns], row-major
 */
export function orthonormalColumns(
	a: Float64Array,
	rows: number,
	columns: number,
): Float64Array {
	const q = a.slice();
	const tall = rows >= columns;
	const count = tall ? columns : rows;
	const length = tall ? rows : columns;
	const at = tall
		? (i: number, j: number) => i * columns + j
		: (i: number, j: number) => j * columns + i;
	const dot = (j: number, k: number) => {
		let sum = 0;
		for (let i = 0; i < length; i++)
			sum += (q[at(i, j)] as number) * (q[at(i, k)] as number);
		return sum;
	};
	for (let j = 0; j < count; j++) {
		// Gram-Schmidt twice is as orthogonal as Householder's reflections.
		for (let pass = 0; pass < 2; pass++)
			for (let k = 0; k < j; k++) {
				const share = dot(j, k);
				for (let i = 0; i < length; i++)
					q[at(i, j)] =
						(q[at(i, j)] as number) - share * (q[at(i, k)] as number);
			}
		const norm = Math.sqrt(dot(j, j));
		for (let i = 0; i < length; i++)
			q[at(i, j)] = (q[at(i, j)] as number) / norm;
	}
	return q;
}
