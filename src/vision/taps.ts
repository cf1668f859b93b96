/**
 * Which pixels of a line, and how much of each, make a pixel of a longer or
 * shorter line. In float32, as PyTorch computes them. Source:
 * ATen/native/UpSample.h, native/cpu/UpSampleKernel.cpp.
 */
export interface Taps {
	/** For each pixel of the result, as many indices as weights. */
	readonly indices: readonly Int32Array[];
	readonly weights: readonly Float32Array[];
}

const f = Math.fround;

/** The pixel at or before each. */
export function nearestIndices(size: number, out: number): Int32Array {
	const scale = f(size / out);
	return Int32Array.from({ length: out }, (_, i) =>
		Math.min(Math.floor(f(i * scale)), size - 1),
	);
}

export function tapsOf(
	mode: "bilinear" | "bicubic",
	size: number,
	out: number,
	antialias: boolean,
): Taps {
	const indices: Int32Array[] = [];
	const weights: Float32Array[] = [];
	const line = antialias ? smoothTap : mode === "bilinear" ? linear : cubic;
	for (let i = 0; i < out; i++) {
		const [first, list] = line(i, size, out, mode);
		weights.push(Float32Array.from(list));
		indices.push(
			Int32Array.from(list, (_, k) =>
				Math.min(Math.max(first + k, 0), size - 1),
			),
		);
	}
	return { indices, weights };
}

/** The first pixel, which may lie outside (its edge counts there), and the weights from it on. */
type Line = (
	i: number,
	size: number,
	out: number,
	mode: "bilinear" | "bicubic",
) => readonly [first: number, weights: readonly number[]];

/** Where the middle of pixel i lies in the source line. */
function sourceOf(i: number, size: number, out: number): number {
	return f(size / out) * (i + 0.5) - 0.5;
}

const linear: Line = (i, size, out) => {
	const at = Math.max(sourceOf(i, size, out), 0);
	const first = Math.min(Math.floor(at), size - 1);
	const rest = Math.min(f(at - first), 1);
	return [first, [f(1 - rest), rest]];
};

const cubic: Line = (i, size, out) => {
	const at = sourceOf(i, size, out);
	const first = Math.floor(at);
	const t = f(at - first);
	return [first - 1, [1 + t, t, 1 - t, 2 - t].map((d) => f(cubicAt(d, -0.75)))];
};

/** Keys' cubic kernel at a distance of 0 to 2. */
function cubicAt(x: number, a: number): number {
	if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
	return x < 2 ? ((x - 5) * x + 8) * x * a - 4 * a : 0;
}

/** The kernel widened by the factor by which the line gets shorter. */
const smoothTap: Line = (i, size, out, mode) => {
	const scale = f(size / out);
	const reach = mode === "bilinear" ? 1 : 2;
	const support = scale >= 1 ? f(reach * scale) : reach;
	const inverse = scale >= 1 ? f(1 / scale) : 1;
	const most = Math.ceil(support) * 2 + 1;
	const center = f(scale * (i + 0.5));
	const first = Math.max(Math.trunc(f(f(center - support) + 0.5)), 0);
	const end = Math.min(Math.trunc(f(f(center + support) + 0.5)), size);
	const raw = Array.from({ length: most }, (_, k) => {
		if (first + k >= end) return 0;
		const x = Math.abs(f(f(f(k + first - center) + 0.5) * inverse));
		return f(mode === "bilinear" ? Math.max(1 - x, 0) : cubicAt(x, -0.5));
	});
	const total = raw.reduce((sum, v) => f(sum + v), 0);
	return [first, raw.map((v) => f(v / total))];
};
