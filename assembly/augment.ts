/**
 * Images moved, sampled, resized and painted over: what augmentation does to
 * whole batches. Everything is contiguous, images are [N, C, H, W]. A table has
 * rows for each image, or one row for all of them: `step`, in bytes, is 0 then.
 */

/** a · b + c, rounded once: as PyTorch's compiler fuses it. */
// @ts-ignore: decorator
@inline
function fused(a: f32, b: f32, c: f32): f32 {
	return <f32>(<f64>a * <f64>b + <f64>c);
}

// @ts-ignore: decorator
@inline
function at(p: usize, i: i32): f32 {
	return load<f32>(p + (<usize>i << 2));
}

// @ts-ignore: decorator
@inline
function pick<T>(
	x: usize,
	y: usize,
	rows: usize,
	rowStep: usize,
	cols: usize,
	colStep: usize,
	images: i32,
	channels: i32,
	height: i32,
	width: i32,
	outH: i32,
	outW: i32,
	fill: T,
): void {
	const row = <usize>width * sizeof<T>();
	for (; images > 0; images--, rows += rowStep, cols += colStep)
		for (let c = 0; c < channels; c++, x += <usize>height * row)
			for (let i = 0; i < outH; i++) {
				const r = load<i32>(rows + (<usize>i << 2));
				const from = x + <usize>r * row;
				for (let j = 0; j < outW; j++, y += sizeof<T>()) {
					const k = load<i32>(cols + (<usize>j << 2));
					store<T>(
						y,
						(r | k) < 0 ? fill : load<T>(from + <usize>k * sizeof<T>()),
					);
				}
			}
}

/** y[n, c, i, j] = x[n, c, rows[n, i], cols[n, j]]; `fill` where an index is negative. */
export function pickBytes(
	x: usize,
	y: usize,
	rows: usize,
	rowStep: usize,
	cols: usize,
	colStep: usize,
	images: i32,
	channels: i32,
	height: i32,
	width: i32,
	outH: i32,
	outW: i32,
	fill: i32,
): void {
	pick<u8>(x, y, rows, rowStep, cols, colStep, images, channels, height, width, outH, outW, <u8>fill);
}

/** As `pickBytes`, for elements of four bytes. */
export function pickWords(
	x: usize,
	y: usize,
	rows: usize,
	rowStep: usize,
	cols: usize,
	colStep: usize,
	images: i32,
	channels: i32,
	height: i32,
	width: i32,
	outH: i32,
	outW: i32,
	fill: i32,
): void {
	pick<u32>(x, y, rows, rowStep, cols, colStep, images, channels, height, width, outH, outW, <u32>fill);
}

/** Where in an image of `size` a coordinate of -1..1 lies; far outside, just outside. */
// @ts-ignore: decorator
@inline
function place(g: f32, half: f32, size: f32): f32 {
	return min<f32>(max<f32>(fused(g + 1, half, -0.5), -2), size + 1);
}

/**
 * Each pixel from where an affine map of its position lies in x, as PyTorch's
 * affine grid and grid_sample find it, bit for bit. A row of `maps` has six
 * numbers: x and then y, in halves of the image from its centre, of a pixel
 * (u, v, 1) in pixels from the centre. Outside lie `fills`, one per channel.
 */
export function warpImages(
	x: usize,
	y: usize,
	maps: usize,
	step: usize,
	fills: usize,
	isBilinear: bool,
	images: i32,
	channels: i32,
	height: i32,
	width: i32,
	outH: i32,
	outW: i32,
): void {
	const plane = <usize>(height * width) << 2;
	const outPlane = <usize>(outH * outW) << 2;
	const w = <f32>width;
	const h = <f32>height;
	for (; images > 0; images--, maps += step) {
		for (let i = 0; i < outH; i++) {
			const v = <f32>i + 0.5 - 0.5 * <f32>outH;
			for (let j = 0; j < outW; j++, y += 4) {
				const u = <f32>j + 0.5 - 0.5 * <f32>outW;
				const gx = fused(v, at(maps, 1), u * at(maps, 0)) + at(maps, 2);
				const gy = fused(v, at(maps, 4), u * at(maps, 3)) + at(maps, 5);
				const px = place(gx, 0.5 * w, w);
				const py = place(gy, 0.5 * h, h);
				let to = y;
				let from = x;
				if (!isBilinear) {
					const left = <i32>nearest(px);
					const top = <i32>nearest(py);
					const inside =
						<u32>left < <u32>width && <u32>top < <u32>height;
					from += <usize>(top * width + left) << 2;
					for (let c = 0; c < channels; c++, from += plane, to += outPlane)
						store<f32>(to, inside ? load<f32>(from) : at(fills, c));
					continue;
				}
				const floorX = floor(px);
				const floorY = floor(py);
				const left = <i32>floorX;
				const top = <i32>floorY;
				const east = px - floorX;
				const west = <f32>1 - east;
				const south = py - floorY;
				const north = <f32>1 - south;
				const isWest = <u32>left < <u32>width;
				const isEast = <u32>(left + 1) < <u32>width;
				const isNorth = <u32>top < <u32>height;
				const isSouth = <u32>(top + 1) < <u32>height;
				// a neighbour outside weighs nothing, and its place is not read
				const nw = isNorth && isWest ? west * north : <f32>0;
				const ne = isNorth && isEast ? east * north : <f32>0;
				const sw = isSouth && isWest ? west * south : <f32>0;
				const se = isSouth && isEast ? east * south : <f32>0;
				const rowN = (isNorth ? top : 0) * width;
				const rowS = (isSouth ? top + 1 : 0) * width;
				const colW = isWest ? left : 0;
				const colE = isEast ? left + 1 : 0;
				const inside = nw + ne + sw + se;
				for (let c = 0; c < channels; c++, from += plane, to += outPlane) {
					let sum = at(from, rowN + colW) * nw;
					sum = fused(at(from, rowN + colE), ne, sum);
					sum = fused(at(from, rowS + colW), sw, sum);
					sum = fused(at(from, rowS + colE), se, sum);
					store<f32>(to, sum * inside + (<f32>1 - inside) * at(fills, c));
				}
			}
		}
		x += plane * channels;
		y += outPlane * (channels - 1);
	}
}

/**
 * Lines along the middle dimension of x [outer, size, inner]: entry i of y
 * [outer, outSize, inner] is the sum of `taps` entries of x, two at least, at
 * indices[i], times weights[i].
 */
export function resampleLines(
	x: usize,
	y: usize,
	indices: usize,
	weights: usize,
	taps: i32,
	outer: i32,
	size: i32,
	outSize: i32,
	inner: i32,
): void {
	for (; outer > 0; outer--, x += <usize>(size * inner) << 2)
		for (let i = 0; i < outSize; i++) {
			const index = indices + (<usize>(i * taps) << 2);
			const weight = weights + (<usize>(i * taps) << 2);
			for (let j = 0; j < inner; j++, y += 4) {
				// the second product is rounded by itself, as PyTorch's compiler has it
				let sum = at(x, load<i32>(index, 4) * inner + j) * at(weight, 1);
				sum = fused(at(x, load<i32>(index) * inner + j), at(weight, 0), sum);
				for (let k = 2; k < taps; k++) {
					const from = load<i32>(index + (<usize>k << 2)) * inner + j;
					sum = fused(at(x, from), at(weight, k), sum);
				}
				store<f32>(y, sum);
			}
		}
}

/**
 * Paints over a box of each image. A row of `boxes`: top, left, height, width,
 * where in `values` its values begin, and whether there is one for each pixel
 * of the box [C, h, w], or one for each channel.
 */
export function eraseBoxes(
	y: usize,
	boxes: usize,
	values: usize,
	images: i32,
	channels: i32,
	height: i32,
	width: i32,
): void {
	for (; images > 0; images--, boxes += 24) {
		const boxH = load<i32>(boxes, 8);
		const boxW = load<i32>(boxes, 12);
		let value = values + (<usize>load<i32>(boxes, 16) << 2);
		const each = load<i32>(boxes, 20) << 2;
		const corner = load<i32>(boxes) * width + load<i32>(boxes, 4);
		for (let c = 0; c < channels; c++, y += <usize>(height * width) << 2) {
			for (let i = 0; i < boxH; i++) {
				let to = y + (<usize>(corner + i * width) << 2);
				for (let j = 0; j < boxW; j++, to += 4, value += each)
					store<f32>(to, load<f32>(value));
			}
			if (!each) value += 4;
		}
	}
}
