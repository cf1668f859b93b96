/**
 * Softmax, its logarithm, their gradients and the fused cross-entropy. A line's
 * sums run in four lanes that are added at the end, so their order depends on
 * the line's length alone.
 */
import {
	gathered,
	line0,
	line1,
	line2,
	loadPart,
	nextLines,
	scatter,
	startLines,
	storePart,
} from "./lines";
import { exp4, log4 } from "./math";
import { maxLanes, sumLanes } from "./simd";

function largest(x: usize, n: i32): f32 {
	let m = f32x4.splat(-Infinity);
	let i = 0;
	for (; i + 4 <= n; i += 4) {
		m = f32x4.max(m, v128.load(x));
		x += 16;
	}
	if (i < n) m = f32x4.max(m, loadPart(x, n - i, -Infinity));
	return maxLanes(m);
}

/**
 * y = exp(x - shift), and the sum of it; y = 0 keeps the sum only. Shifted by
 * the line's largest, since exp overflows float32 from 89 on.
 */
function expShifted(x: usize, y: usize, n: i32, shift: f32): f32 {
	const s = f32x4.splat(shift);
	let sum = f32x4.splat(0);
	let i = 0;
	for (; i + 4 <= n; i += 4) {
		const e = exp4(f32x4.sub(v128.load(x), s));
		if (y) v128.store(y + (<usize>i << 2), e);
		sum = f32x4.add(sum, e);
		x += 16;
	}
	if (i < n) {
		// the rest counts for nothing; exp(-Infinity) there would underflow, which is slow
		const e = exp4(f32x4.sub(loadPart(x, n - i, shift), s));
		if (y) storePart(y + (<usize>i << 2), n - i, e);
		sum = f32x4.add(
			sum,
			v128.and(e, f32x4.gt(f32x4.splat(<f32>(n - i)), lanes())),
		);
	}
	return sumLanes(sum);
}

// @ts-ignore: decorator
@inline
function lanes(): v128 {
	return f32x4(0, 1, 2, 3);
}

// @ts-ignore: decorator
@inline
function logOf(x: f32): f32 {
	return f32x4.extract_lane(log4(f32x4.splat(x)), 0);
}

class Divide {}
class Subtract {}
class ScaleProbability {}
class AddScaledExp {}

/** What becomes of a line's entries x, and of a second line's z, given p and q. */
// @ts-ignore: decorator
@inline
function rule<OP>(x: v128, z: v128, p: v128, q: v128): v128 {
	if (idof<OP>() == idof<Divide>()) return f32x4.div(x, p);
	if (idof<OP>() == idof<Subtract>())
		return f32x4.sub(f32x4.sub(x, p), q);
	// softmaxBackward: z (x - p), with the output z and the gradient x
	if (idof<OP>() == idof<ScaleProbability>())
		return f32x4.mul(z, f32x4.sub(x, p));
	// the logarithm's: x - exp(z) p
	if (idof<OP>() == idof<AddScaledExp>())
		return f32x4.sub(x, f32x4.mul(exp4(z), p));
	ERROR("operation without a rule");
	return x;
}

function mapLine<OP>(
	x: usize,
	z: usize,
	y: usize,
	n: i32,
	p: f32,
	q: f32,
): void {
	const vp = f32x4.splat(p);
	const vq = f32x4.splat(q);
	for (; n >= 4; n -= 4) {
		v128.store(y, rule<OP>(v128.load(x), v128.load(z), vp, vq));
		x += 16;
		z += 16;
		y += 16;
	}
	if (n > 0) {
		const part = rule<OP>(loadPart(x, n, 0), loadPart(z, n, 0), vp, vq);
		storePart(y, n, part);
	}
}

/** Lines of n entries, `xStep` and `yStep` bytes apart; `work` holds 2 lines. */
export function softmax(
	rank: i32,
	x: usize,
	xStep: usize,
	y: usize,
	yStep: usize,
	n: i32,
	log: bool,
	work: usize,
): void {
	if (!startLines(rank, x, y, 0)) return;
	do {
		const from = gathered(line0, xStep, n, work);
		const to = yStep == 4 ? line1 : work + (<usize>n << 2);
		const m = largest(from, n);
		if (log) {
			const sum = expShifted(from, 0, n, m);
			mapLine<Subtract>(from, from, to, n, m, logOf(sum));
		} else {
			const sum = expShifted(from, to, n, m);
			mapLine<Divide>(to, to, to, n, sum, 0);
		}
		scatter(to, line1, yStep, n);
	} while (nextLines(rank));
}

/** Σ a b of a line, or Σ a where b is 0. */
function sumOfProducts(a: usize, b: usize, n: i32): f32 {
	let sum = f32x4.splat(0);
	let i = 0;
	let o: usize = 0;
	for (; i + 4 <= n; i += 4) {
		let v = v128.load(a + o);
		if (b) v = f32x4.mul(v, v128.load(b + o));
		sum = f32x4.add(sum, v);
		o += 16;
	}
	if (i < n) {
		let v = loadPart(a + o, n - i, 0);
		if (b) v = f32x4.mul(v, loadPart(b + o, n - i, 0));
		sum = f32x4.add(sum, v);
	}
	return sumLanes(sum);
}

/** Strides in bytes along the lines; `work` holds 3 lines. */
export function softmaxBackward(
	rank: i32,
	g: usize,
	gStep: usize,
	y: usize,
	yStep: usize,
	dx: usize,
	dxStep: usize,
	n: i32,
	log: bool,
	work: usize,
): void {
	if (!startLines(rank, g, y, dx)) return;
	const bytes = <usize>n << 2;
	do {
		const a = gathered(line0, gStep, n, work);
		const b = gathered(line1, yStep, n, work + bytes);
		const to = dxStep == 4 ? line2 : work + 2 * bytes;
		if (log) mapLine<AddScaledExp>(a, b, to, n, sumOfProducts(a, 0, n), 0);
		else mapLine<ScaleProbability>(a, b, to, n, sumOfProducts(a, b, n), 0);
		scatter(to, line2, dxStep, n);
	} while (nextLines(rank));
}

/** y = x scale for a line. */
function scaleLine(x: usize, n: i32, scale: f32): void {
	const s = f32x4.splat(scale);
	let i = 0;
	for (; i + 4 <= n; i += 4) {
		v128.store(x, f32x4.mul(v128.load(x), s));
		x += 16;
	}
	for (; i < n; i++) {
		f32.store(x, f32.load(x) * scale);
		x += 4;
	}
}

/** The first of m classes outside of 0 … n - 1 that is not to be ignored, or -1. */
function firstBadClass(
	t: usize,
	tStep: usize,
	m: i32,
	n: i32,
	ignored: i32,
): i32 {
	for (let i = 0; i < m; i++) {
		const c = i32.load(t);
		if (<u32>c >= <u32>n && c != ignored) return i;
		t += tStep;
	}
	return -1;
}

/**
 * Loss of logits x [m, n] against classes t [m], and its gradient if dx is not
 * 0. Strides in bytes; `work` holds 2 lines. Returns the first row with a bad
 * class, having written nothing, or -1.
 */
export function crossEntropy(
	x: usize,
	xRow: usize,
	xStep: usize,
	t: usize,
	tStep: usize,
	loss: usize,
	dx: usize,
	dxRow: usize,
	dxStep: usize,
	m: i32,
	n: i32,
	mean: bool,
	ignored: i32,
	work: usize,
): i32 {
	const bad = firstBadClass(t, tStep, m, n, ignored);
	if (bad >= 0) return bad;
	let counted = 0;
	for (let i = 0; i < m; i++)
		counted += i32(i32.load(t + <usize>i * tStep) != ignored);
	const scale: f32 = mean ? 1 / <f32>counted : 1;
	// float64, since thousands of rows add up
	let total: f64 = 0;
	const gradient = work + (<usize>n << 2);
	for (let i = 0; i < m; i++) {
		const c = i32.load(t);
		const d: usize = !dx ? 0 : dxStep == 4 ? dx : gradient;
		if (c == ignored) {
			if (d) memory.fill(d, 0, <usize>n << 2);
		} else {
			const at = <usize>c << 2;
			const row = gathered(x, xStep, n, work);
			const shift = largest(row, n);
			const logit = f32.load(row + at);
			const sum = expShifted(row, d, n, shift);
			total += <f64>(logOf(sum) - (logit - shift));
			if (d) {
				scaleLine(d, n, scale / sum);
				f32.store(d + at, f32.load(d + at) - scale);
			}
		}
		if (d) scatter(d, dx, dxStep, n);
		x += xRow;
		t += tStep;
		dx += dxRow;
	}
	f32.store(loss, <f32>(mean ? total / <f64>counted : total));
	return -1;
}
