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

/** What is `inside`, 0 to 1, of the image, and the rest of the fill. */
// @ts-ignore: decorator
@inline
function blend(sum: f32, inside: f32, fill: f32): f32 {
	return sum * inside + (<f32>1 - inside) * fill;
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
	const halfW = <f64>w * 0.5;
	const halfH = <f64>h * 0.5;
	for (; images > 0; images--, maps += step) {
		const xu = at(maps, 0);
		const x1 = at(maps, 2);
		const yu = at(maps, 3);
		const y1 = at(maps, 5);
		for (let i = 0; i < outH; i++) {
			const v = <f64>i + 0.5 - 0.5 * <f64>outH;
			const xv = v * <f64>at(maps, 1);
			const yv = v * <f64>at(maps, 4);
			let u: f32 = 0.5 - 0.5 * <f32>outW;
			for (let j = 0; j < outW; j++, y += 4, u += 1) {
				// as in `fused`, with the product by v at hand
				const gx = <f32>(xv + <f64>(u * xu)) + x1;
				const gy = <f32>(yv + <f64>(u * yu)) + y1;
				const px = <f32>(<f64>(gx + 1) * halfW - 0.5);
				const py = <f32>(<f64>(gy + 1) * halfH - 0.5);
				let to = y;
				if (!(px > -1 && px < w && py > -1 && py < h)) {
					for (let c = 0; c < channels; c++, to += outPlane)
						store<f32>(to, at(fills, c));
					continue;
				}
				const cornerX = isBilinear ? floor(px) : nearest(px);
				const cornerY = isBilinear ? floor(py) : nearest(py);
				const left = <i32>cornerX;
				const top = <i32>cornerY;
				const isWest = <u32>left < <u32>width;
				const isNorth = <u32>top < <u32>height;
				let from = x + (<isize>(top * width + left) << 2);
				if (!isBilinear) {
					const inside = isWest && isNorth;
					for (let c = 0; c < channels; c++, from += plane, to += outPlane)
						store<f32>(to, inside ? load<f32>(from) : at(fills, c));
					continue;
				}
				const east = px - cornerX;
				const west = <f32>1 - east;
				const south = py - cornerY;
				const north = <f32>1 - south;
				const isEast = <u32>(left + 1) < <u32>width;
				const isSouth = <u32>(top + 1) < <u32>height;
				let nw = west * north;
				let ne = east * north;
				let sw = west * south;
				let se = east * south;
				if (isWest && isEast && isNorth && isSouth) {
					const inside = nw + ne + sw + se;
					for (let c = 0; c < channels; c++, from += plane, to += outPlane) {
						const below = from + (<usize>width << 2);
						let sum = load<f32>(from) * nw;
						sum = fused(load<f32>(from, 4), ne, sum);
						sum = fused(load<f32>(below), sw, sum);
						sum = fused(load<f32>(below, 4), se, sum);
						store<f32>(to, blend(sum, inside, at(fills, c)));
					}
					continue;
				}
				// what lies outside weighs nothing, and is not read
				if (!(isNorth && isWest)) nw = 0;
				if (!(isNorth && isEast)) ne = 0;
				if (!(isSouth && isWest)) sw = 0;
				if (!(isSouth && isEast)) se = 0;
				const inside = nw + ne + sw + se;
				for (let c = 0; c < channels; c++, from += plane, to += outPlane) {
					const below = from + (<usize>width << 2);
					let sum: f32 = 0;
					if (nw != 0) sum = load<f32>(from) * nw;
					if (ne != 0) sum = fused(load<f32>(from, 4), ne, sum);
					if (sw != 0) sum = fused(load<f32>(below), sw, sum);
					if (se != 0) sum = fused(load<f32>(below, 4), se, sum);
					store<f32>(to, blend(sum, inside, at(fills, c)));
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
