type Pair = readonly [number, number];

/**
 * From pixels of the result, relative to its middle, to pixels of the image.
 * Source: torchvision's `_get_inverse_affine_matrix`.
 */
export function inverseMatrix(
	[cx, cy]: Pair,
	angle: number,
	[tx, ty]: Pair,
	scale: number,
	shear: Pair,
): number[] {
	const rot = radians(angle);
	const sx = radians(shear[0]);
	const sy = radians(shear[1]);
	const a = Math.cos(rot - sy) / Math.cos(sy);
	const b = (-Math.cos(rot - sy) * Math.tan(sx)) / Math.cos(sy) - Math.sin(rot);
	const c = Math.sin(rot - sy) / Math.cos(sy);
	const d = (-Math.sin(rot - sy) * Math.tan(sx)) / Math.cos(sy) + Math.cos(rot);
	const [m0, m1, m3, m4] = [d / scale, -b / scale, -c / scale, a / scale];
	return [
		...[m0, m1, m0 * (-cx - tx) + m1 * (-cy - ty) + cx],
		...[m3, m4, m3 * (-cx - tx) + m4 * (-cy - ty) + cy],
	];
}

function radians(degrees: number): number {
	return degrees * (Math.PI / 180);
}

/** In float32 all the way, and x and y as parts of half the image, as torchvision has it. */
export function mapOf(
	matrix: readonly number[],
	h: number,
	w: number,
): Float32Array {
	return Float32Array.from(
		matrix,
		(m, i) => Math.fround(m) / Math.fround(0.5 * (i < 3 ? w : h)),
	);
}

/** Height and width that hold all of the turned image. Source: `_compute_affine_output_size`. */
export function expandedSize(
	matrix: readonly number[],
	h: number,
	w: number,
): [number, number] {
	const f = Math.fround;
	const m = matrix.map(f) as number[];
	const corners = [-0.5, 0.5].flatMap((x) =>
		[-0.5, 0.5].map((y) => [x * w, y * h] as const),
	);
	const extent = (row: readonly number[], size: number) => {
		const [a = 0, b = 0, c = 0] = row;
		const ends = corners.map(([x, y]) => f(f(f(x * a) + f(y * b)) + c));
		// cut, so that a rounding error does not make a pixel
		const cut = (v: number) =>
			f(Math.trunc(f(f(v + f(size * 0.5)) / f(1e-4))) * f(1e-4));
		return (
			Math.ceil(cut(Math.max(...ends))) - Math.floor(cut(Math.min(...ends)))
		);
	};
	return [extent(m.slice(3), h), extent(m.slice(0, 3), w)];
}
