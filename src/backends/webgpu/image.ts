import type { Kernels, View, Window } from "../backend.js";
import { THREADS } from "./fused.js";
import { type Slot, u } from "./program.js";
import type { Queue } from "./queue.js";

/** Places that a window has along one side of the image. */
function placesOf(size: number, window: Window, side: 0 | 1): number {
	const reach = window.dilation[side] * (window.kernel[side] - 1) + 1;
	const room = size + 2 * window.padding[side] - reach;
	return Math.floor(room / window.stride[side]) + 1;
}

function keyOf({ kernel, stride, padding, dilation }: Window): string {
	return [kernel, stride, padding, dilation].join(";");
}

/** Four sizes, then offset and four strides of each view, as parameters. */
function sizes(v: View): number[] {
	return [0, 1, 2, 3].map((d) => v.layout.shape[d] as number);
}

function place(v: View): number[] {
	return [v.layout.offset, ...v.layout.strides];
}

/** Text for the place of entry (n, c, h, w); `at` is the first word of `place`. */
function entry(at: number, h: string, w: string): string {
	return `${u(at)} + n * ${u(at + 1)} + c * ${u(at + 2)} + u32(${h}) * ${u(at + 3)} + u32(${w}) * ${u(at + 4)}`;
}

/** Starts a kernel of one invocation for each entry of an image; word 0 counts them, 1 to 4 are its sizes. */
const HEAD = `	let at = group * ${THREADS}u + lane;
	if (at >= ${u(0)}) { return; }
	let w = i32(at % ${u(4)});
	let h = i32((at / ${u(4)}) % ${u(3)});
	let c = (at / (${u(4)} * ${u(3)})) % ${u(2)};
	let n = at / (${u(4)} * ${u(3)} * ${u(2)});
`;

/** Windows that move over images [N, C, H, W] of floats. */
export function imageKernels(
	q: Queue,
): Pick<
	Kernels,
	"im2col" | "col2im" | "maxPool2d" | "avgPool2d" | "avgPool2dBackward"
> {
	function run(
		key: string,
		slots: Slot[],
		image: View,
		words: readonly number[],
		body: () => string,
	): void {
		const { numel } = image.layout;
		if (numel === 0) return;
		q.run(
			key,
			slots,
			[numel, ...sizes(image), ...words],
			Math.ceil(numel / THREADS),
			() => ({ body: HEAD + body() }),
		);
	}

	/** Text that declares the part of window (h, w) that is inside, and its divisor. */
	function averageText(
		{ kernel, stride, padding }: Window,
		height: string,
		width: string,
		countPadding: boolean,
		divisor: number,
	): string {
		return `	let top0 = oh * ${stride[0]} - ${padding[0]};
	let left0 = ow * ${stride[1]} - ${padding[1]};
	let bottom0 = min(top0 + ${kernel[0]}, i32(${height}) + ${padding[0]});
	let right0 = min(left0 + ${kernel[1]}, i32(${width}) + ${padding[1]});
	let top = max(top0, 0);
	let left = max(left0, 0);
	let bottom = min(bottom0, i32(${height}));
	let right = min(right0, i32(${width}));
	let divisor = f32(${divisor > 0 ? divisor : countPadding ? "(bottom0 - top0) * (right0 - left0)" : "(bottom - top) * (right - left)"});
`;
	}

	return {
		im2col(x, y, window) {
			const [, c, height, width] = sizes(x) as [number, number, number, number];
			const outH = placesOf(height, window, 0);
			const outW = placesOf(width, window, 1);
			const { kernel, stride, padding, dilation } = window;
			const { numel } = y.layout;
			if (numel === 0) return;
			const words = [
				numel,
				c,
				height,
				width,
				outH,
				outW,
				y.layout.offset,
				...place(x),
			];
			const slots = [
				{ name: "X", view: x },
				{ name: "Y", view: y, writes: true },
			];
			q.run(
				`im2col:${keyOf(window)}`,
				slots,
				words,
				Math.ceil(numel / THREADS),
				() => ({
					body: `	let at = group * ${THREADS}u + lane;
	if (at >= ${u(0)}) { return; }
	let ow = i32(at % ${u(5)});
	var rest = at / ${u(5)};
	let oh = i32(rest % ${u(4)});
	rest = rest / ${u(4)};
	let kw = i32(rest % ${kernel[1]}u);
	rest = rest / ${kernel[1]}u;
	let kh = i32(rest % ${kernel[0]}u);
	rest = rest / ${kernel[0]}u;
	let c = rest % ${u(1)};
	let n = rest / ${u(1)};
	let h = oh * ${stride[0]} - ${padding[0]} + kh * ${dilation[0]};
	let w = ow * ${stride[1]} - ${padding[1]} + kw * ${dilation[1]};
	var v = 0.0;
	if (h >= 0 && h < i32(${u(2)}) && w >= 0 && w < i32(${u(3)})) { v = X(${entry(7, "h", "w")}); }
	Y_put(${u(6)} + at, v);`,
				}),
			);
		},

		// by pixel rather than by column, so that no two write one place
		col2im(x, y, window) {
			const [, , height, width] = sizes(y) as [number, number, number, number];
			const outH = placesOf(height, window, 0);
			const outW = placesOf(width, window, 1);
			const { kernel, stride, padding, dilation } = window;
			const slots = [
				{ name: "X", view: x },
				{ name: "Y", view: y, writes: true },
			];
			const words = [
				outH,
				outW,
				...place(y),
				x.layout.offset,
				...x.layout.strides,
			];
			run(
				`col2im:${keyOf(window)}`,
				slots,
				y,
				words,
				() => `	var sum = 0.0;
	for (var kh = 0; kh < ${kernel[0]}; kh++) {
		let top = h + ${padding[0]} - kh * ${dilation[0]};
		let oh = top / ${stride[0]};
		if (top < 0 || top % ${stride[0]} != 0 || oh >= i32(${u(5)})) { continue; }
		for (var kw = 0; kw < ${kernel[1]}; kw++) {
			let left = w + ${padding[1]} - kw * ${dilation[1]};
			let ow = left / ${stride[1]};
			if (left < 0 || left % ${stride[1]} != 0 || ow >= i32(${u(6)})) { continue; }
			let column = (c * ${kernel[0]}u + u32(kh)) * ${kernel[1]}u + u32(kw);
			sum += X(${u(12)} + n * ${u(13)} + column * ${u(14)} + (u32(oh) * ${u(6)} + u32(ow)) * ${u(15)});
		}
	}
	Y_put(${entry(7, "h", "w")}, sum);`,
			);
		},

		maxPool2d(x, y, indices, window) {
			const { kernel, stride, padding, dilation } = window;
			const [, , height, width] = sizes(x) as [number, number, number, number];
			const slots = [
				{ name: "X", view: x },
				{ name: "Y", view: y, writes: true },
				{ name: "I", view: indices, writes: true },
			];
			const words = [
				height,
				width,
				...place(x),
				...place(y),
				...place(indices),
			];
			run(
				`maxPool:${keyOf(window)}`,
				slots,
				y,
				words,
				() => `	let width = i32(${u(6)});
	var top = h * ${stride[0]} - ${padding[0]};
	var left = w * ${stride[1]} - ${padding[1]};
	let bottom = min(top + ${(kernel[0] - 1) * dilation[0] + 1}, i32(${u(5)}));
	let right = min(left + ${(kernel[1] - 1) * dilation[1] + 1}, width);
	while (top < 0) { top += ${dilation[0]}; }
	while (left < 0) { left += ${dilation[1]}; }
	var best = -inf();
	var where_ = top * width + left;
	for (var y = top; y < bottom; y += ${dilation[0]}) {
		for (var x = left; x < right; x += ${dilation[1]}) {
			let v = X(${entry(7, "y", "x")});
			if (isNan(v) || v > best) { best = v; where_ = y * width + x; if (isNan(v)) { best = nan(); } }
		}
	}
	Y_put(${entry(12, "h", "w")}, best);
	I_put(${entry(17, "h", "w")}, where_);`,
			);
		},

		avgPool2d(x, y, window, countIncludePad, divisor) {
			const [, , height, width] = sizes(x) as [number, number, number, number];
			const slots = [
				{ name: "X", view: x },
				{ name: "Y", view: y, writes: true },
			];
			const words = [height, width, ...place(x), ...place(y)];
			const key = `avgPool:${keyOf(window)}:${countIncludePad}:${divisor}`;
			run(
				key,
				slots,
				y,
				words,
				() => `	let oh = h;
	let ow = w;
${averageText(window, u(5), u(6), countIncludePad, divisor)}	var sum = 0.0;
	for (var y = top; y < bottom; y++) {
		for (var x = left; x < right; x++) { sum += X(${entry(7, "y", "x")}); }
	}
	var mean = 0.0;
	if (bottom > top && right > left) { mean = sum / divisor; }
	Y_put(${entry(12, "h", "w")}, mean);`,
			);
		},

		avgPool2dBackward(g, dx, window, countIncludePad, divisor) {
			const { kernel, stride, padding } = window;
			const [, , outH, outW] = sizes(g) as [number, number, number, number];
			const slots = [
				{ name: "G", view: g },
				{ name: "D", view: dx, writes: true },
			];
			const words = [outH, outW, ...place(g), ...place(dx)];
			const key = `avgPoolBack:${keyOf(window)}:${countIncludePad}:${divisor}`;
			run(
				key,
				slots,
				dx,
				words,
				() => `	var sum = 0.0;
	for (var kh = 0; kh < ${kernel[0]}; kh++) {
		let above = h + ${padding[0]} - kh;
		let oh = above / ${stride[0]};
		if (above < 0 || above % ${stride[0]} != 0 || oh >= i32(${u(5)})) { continue; }
		for (var kw = 0; kw < ${kernel[1]}; kw++) {
			let before = w + ${padding[1]} - kw;
			let ow = before / ${stride[1]};
			if (before < 0 || before % ${stride[1]} != 0 || ow >= i32(${u(6)})) { continue; }
${averageText(window, u(3), u(4), countIncludePad, divisor)}			sum += G(${entry(7, "oh", "ow")}) / divisor;
		}
	}
	D_put(${entry(12, "h", "w")}, sum);`,
			);
		},
	};
}
