/**
 * Windows that move over images. All arguments lie in memory as 32-bit words
 * (see `Argument`); strides of x are in bytes, everything else is contiguous.
 */

enum Argument {
	batch,
	channels,
	height,
	width,
	strideN,
	strideC,
	strideH,
	strideW,
	kernelH,
	kernelW,
	stepH,
	stepW,
	padH,
	padW,
	dilationH,
	dilationW,
	outH,
	outW,
}

// @ts-ignore: decorator
@inline
function get(block: usize, i: i32): i32 {
	return load<i32>(block + (<usize>i << 2));
}

/** First window whose entry at `offset` (padding taken off) is inside. */
// @ts-ignore: decorator
@inline
function firstInside(offset: i32, step: i32, count: i32): i32 {
	return offset >= 0 ? 0 : min((step - 1 - offset) / step, count);
}

/** One past the last window whose entry at `offset` is below `size`. */
// @ts-ignore: decorator
@inline
function endInside(
	offset: i32,
	step: i32,
	count: i32,
	size: i32,
): i32 {
	return offset >= size ? 0 : min((size - 1 - offset) / step + 1, count);
}

/**
 * n floats from a stride to contiguous memory. Rows are short: a call and a
 * tail of single floats cost more than the copy, so the last four overlap.
 */
// @ts-ignore: decorator
@inline
function gatherRow(x: usize, stride: i32, y: usize, n: i32): void {
	if (stride == 4 && n >= 4) {
		const last = y + (n << 2) - 16;
		const end = x + (n << 2) - 16;
		for (; y < last; x += 16, y += 16) v128.store(y, v128.load(x));
		v128.store(last, v128.load(end));
		return;
	}
	for (; n > 0; n--, x += stride, y += 4) store<u32>(y, load<u32>(x));
}

/** Adds n contiguous floats to floats of a stride. */
function addRow(x: usize, y: usize, stride: i32, n: i32): void {
	if (stride == 4)
		for (; n >= 4; n -= 4, x += 16, y += 16)
			v128.store(y, f32x4.add(v128.load(y), v128.load(x)));
	for (; n > 0; n--, x += 4, y += stride)
		store<f32>(y, load<f32>(y) + load<f32>(x));
}

function zero(y: usize, n: i32): void {
	for (; n >= 4; n -= 4, y += 16) v128.store(y, i32x4.splat(0));
	for (; n > 0; n--, y += 4) store<u32>(y, 0);
}

/**
 * Between images x and columns [N, C kh kw, outH outW]: copies entries to the
 * columns, or (`back`) adds the columns to the images.
 */
// @ts-ignore: decorator
@inline
function columns(back: bool, a: usize, x: usize, y: usize): void {
	const height = get(a, Argument.height);
	const width = get(a, Argument.width);
	const strideH = get(a, Argument.strideH);
	const strideW = get(a, Argument.strideW);
	const stepH = get(a, Argument.stepH);
	const stepW = get(a, Argument.stepW);
	const outH = get(a, Argument.outH);
	const outW = get(a, Argument.outW);
	for (let n = 0; n < get(a, Argument.batch); n++)
		for (let c = 0; c < get(a, Argument.channels); c++) {
			const plane =
				x +
				n * get(a, Argument.strideN) +
				c * get(a, Argument.strideC);
			for (let kh = 0; kh < get(a, Argument.kernelH); kh++)
				for (let kw = 0; kw < get(a, Argument.kernelW); kw++) {
					const top =
						kh * get(a, Argument.dilationH) - get(a, Argument.padH);
					const left =
						kw * get(a, Argument.dilationW) - get(a, Argument.padW);
					const first = firstInside(left, stepW, outW);
					const end = max(
						first,
						endInside(left, stepW, outW, width),
					);
					const inside = end - first;
					const start = (left + first * stepW) * strideW;
					const stride = stepW * strideW;
					for (let oh = 0; oh < outH; oh++, y += outW << 2) {
						const h = top + oh * stepH;
						const isRow = <u32>h < <u32>height && inside > 0;
						const row = plane + h * strideH + start;
						if (back) {
							if (isRow)
								addRow(y + (first << 2), row, stride, inside);
						} else if (isRow) {
							zero(y, first);
							gatherRow(row, stride, y + (first << 2), inside);
							zero(y + (end << 2), outW - end);
						} else zero(y, outW);
					}
				}
		}
}

export function im2col(a: usize, x: usize, y: usize): void {
	columns(false, a, x, y);
}

/** Adds the columns y to the images x, which the caller has filled with 0. */
export function col2im(a: usize, x: usize, y: usize): void {
	columns(true, a, x, y);
}

/** Four floats, `apart` bytes from each other. */
// @ts-ignore: decorator
@inline
function loadFour(p: usize, apart: i32): v128 {
	let v = v128.load32_zero(p);
	v = v128.load32_lane(p + apart, v, 1);
	v = v128.load32_lane(p + (apart << 1), v, 2);
	return v128.load32_lane(p + (apart << 1) + apart, v, 3);
}

/** Maximum of each window and its position in height · width. */
export function maxPool2d(a: usize, x: usize, y: usize, indices: usize): void {
	const height = get(a, Argument.height);
	const width = get(a, Argument.width);
	const strideH = get(a, Argument.strideH);
	const strideW = get(a, Argument.strideW);
	const kernelH = get(a, Argument.kernelH);
	const kernelW = get(a, Argument.kernelW);
	const dilationH = get(a, Argument.dilationH);
	const dilationW = get(a, Argument.dilationW);
	const outH = get(a, Argument.outH);
	const outW = get(a, Argument.outW);
	const stepH = get(a, Argument.stepH);
	const stepW = get(a, Argument.stepW);
	const padH = get(a, Argument.padH);
	const padW = get(a, Argument.padW);
	const apart = stepW * strideW;
	const offsets = i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(stepW));
	for (let n = 0; n < get(a, Argument.batch); n++)
		for (let c = 0; c < get(a, Argument.channels); c++) {
			const plane =
				x +
				n * get(a, Argument.strideN) +
				c * get(a, Argument.strideC);
			for (let oh = 0; oh < outH; oh++) {
				let top = oh * stepH - padH;
				const bottom = min(top + (kernelH - 1) * dilationH + 1, height);
				while (top < 0) top += dilationH;
				for (let ow = 0; ow < outW; ) {
					let left = ow * stepW - padW;
					const reach = left + (kernelW - 1) * dilationW + 1;
					// four windows that are all inside of the row, or one
					const four =
						ow + 4 <= outW && left >= 0 && reach + 3 * stepW <= width;
					const right = min(reach, width);
					while (left < 0) left += dilationW;
					const firsts = i32x4.add(
						i32x4.splat(top * width + left),
						offsets,
					);
					let best = f32x4.splat(-Infinity);
					// dilated over all pixels, a window may be empty
					const isEmpty = top >= bottom || left >= right;
					let at = isEmpty ? i32x4.splat(0) : firsts;
					for (let h = top; h < bottom; h += dilationH) {
						let p = plane + h * strideH + left * strideW;
						let here = i32x4.add(
							firsts,
							i32x4.splat((h - top) * width),
						);
						for (let w = left; w < right; w += dilationW) {
							const v = four
								? loadFour(p, apart)
								: v128.load32_zero(p);
							// the first of equal ones wins, and NaN
							const wins = v128.or(f32x4.gt(v, best), f32x4.ne(v, v));
							best = v128.bitselect(v, best, wins);
							at = v128.bitselect(here, at, wins);
							here = i32x4.add(here, i32x4.splat(dilationW));
							p += dilationW * strideW;
						}
					}
					if (four) {
						v128.store(y, best);
						v128.store(indices, at);
					} else {
						v128.store32_lane(y, best, 0);
						v128.store32_lane(indices, at, 0);
					}
					const done = four ? 4 : 1;
					ow += done;
					y += done << 2;
					indices += done << 2;
				}
			}
		}
}

/**
 * Means of windows, or (`back`) their gradient: each mean's share is added to
 * its entries of x, which the caller has filled with 0.
 */
// @ts-ignore: decorator
@inline
function averages(
	back: bool,
	a: usize,
	x: usize,
	y: usize,
	countPadding: bool,
	divisor: i32,
): void {
	const height = get(a, Argument.height);
	const width = get(a, Argument.width);
	const strideH = get(a, Argument.strideH);
	const strideW = get(a, Argument.strideW);
	const outH = get(a, Argument.outH);
	const outW = get(a, Argument.outW);
	const padH = get(a, Argument.padH);
	const padW = get(a, Argument.padW);
	for (let n = 0; n < get(a, Argument.batch); n++)
		for (let c = 0; c < get(a, Argument.channels); c++) {
			const plane =
				x +
				n * get(a, Argument.strideN) +
				c * get(a, Argument.strideC);
			for (let oh = 0; oh < outH; oh++)
				for (let ow = 0; ow < outW; ow++, y += 4) {
					let top = oh * get(a, Argument.stepH) - padH;
					let left = ow * get(a, Argument.stepW) - padW;
					let bottom = min(top + get(a, Argument.kernelH), height + padH);
					let right = min(left + get(a, Argument.kernelW), width + padW);
					const withPadding = (bottom - top) * (right - left);
					top = max(top, 0);
					left = max(left, 0);
					bottom = min(bottom, height);
					right = min(right, width);
					const count = <f32>(divisor > 0
						? divisor
						: countPadding
							? withPadding
							: (bottom - top) * (right - left));
					let sum: f32 = 0;
					const share = back ? load<f32>(y) / count : 0;
					for (let h = top; h < bottom; h++) {
						let p = plane + h * strideH + left * strideW;
						for (let w = left; w < right; w++, p += strideW)
							if (back) store<f32>(p, load<f32>(p) + share);
							else sum += load<f32>(p);
					}
					if (!back)
						store<f32>(y, bottom > top && right > left ? sum / count : 0);
				}
		}
}

export function avgPool2d(
	a: usize,
	x: usize,
	y: usize,
	countPadding: bool,
	divisor: i32,
): void {
	averages(false, a, x, y, countPadding, divisor);
}

/** Adds to x, which the caller has filled with 0, the gradient for g. */
export function avgPool2dBackward(
	a: usize,
	x: usize,
	g: usize,
	countPadding: bool,
	divisor: i32,
): void {
	averages(true, a, x, g, countPadding, divisor);
}
