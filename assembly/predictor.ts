/**
 * The predictor's own module: rows of bytes or floats in, labels out. Its memory
 * is made by the caller, who lays out everything in it: weights, this plan,
 * room to work in. So one block serves one network, and several threads can
 * work in it.
 */
import {
	Layer,
	layerOfFloats,
	layerOfLists,
	layerOfPairs,
	rowBytes,
} from "./predict-layers";
import { Lists, listBytes, listFloats, listPairs } from "./predict-lists";
import { activate, argmax, softmaxRow } from "./predict-output";

export { start } from "./predict-lists";

/** Rows are bytes, the first layer's weights floats or pairs of 16-bit integers; or rows are floats. */
enum Input {
	bytes,
	pairs,
	floats,
}

/** Followed by its layers. */
@unmanaged
class Plan {
	input!: i32;
	layers!: i32;
	/** Rows that go through the layers together. */
	block!: i32;
	/** Whether probabilities are the last layer's softmax, or its results. */
	softmax!: i32;
	/** Longest lists of a block of rows; 0: none are made. */
	limit!: i32;
}

/** Where one thread works. */
@unmanaged
class Work extends Lists {
	/** Results of a block of rows, in turns. */
	even!: usize;
	odd!: usize;
}

/** First byte that the caller may use; a test holds it below BASE in runner.ts. */
export function base(): usize {
	return __heap_base;
}

// @ts-ignore: decorator
@inline
function layerAt(plan: Plan, i: i32): Layer {
	return changetype<Layer>(
		changetype<usize>(plan) + offsetof<Plan>() + i * offsetof<Layer>(),
	);
}

function widen(x: usize, y: usize, n: usize): void {
	for (let i: usize = 0; i < n; i++)
		store<f32>(y + (i << 2), <f32>(<i32>load<u8>(x + i)));
}

/** The first layer: by lists, or densely where they would be too long. */
function first(plan: Plan, work: Work, x: usize, m: i32, y: usize): void {
	const layer = layerAt(plan, 0);
	const k = layer.inputs;
	const stride = layer.panel << 4;
	if (plan.input == Input.pairs) {
		listPairs(work, x, m, k, stride);
		layerOfPairs(layer, work, m, y);
		return;
	}
	const bytes = plan.input == Input.bytes;
	// of a short block a part of the limit
	const limit = plan.limit
		? <i32>((<i64>plan.limit * <i64>m) / <i64>plan.block)
		: 0;
	if (
		limit > 0 &&
		(bytes
			? listBytes(work, x, m, k, stride, limit)
			: listFloats(work, x, m, k, stride, limit))
	) {
		layerOfLists(layer, work, m, y);
		return;
	}
	let rows = x;
	if (bytes) {
		rows = work.entries;
		widen(x, rows, <usize>k * <usize>m);
	}
	layerOfFloats(layer, rows, <usize>k << 2, m, y);
}

function activateRows(layer: Layer, m: i32, y: usize): void {
	if (layer.activation > 1)
		activate(
			layer.activation,
			y,
			y + <usize>m * rowBytes(layer),
			layer.p0,
			layer.p1,
		);
}

/** Labels of `rows` rows, and with `probabilities` not 0 these too. */
export function predict(
	plan: Plan,
	work: Work,
	x: usize,
	rows: i32,
	labels: usize,
	probabilities: usize,
): void {
	const xRow = <usize>layerAt(plan, 0).inputs <<
		(plan.input == Input.floats ? 2 : 0);
	for (let at = 0; at < rows; at += plan.block) {
		const m = min(plan.block, rows - at);
		let y = work.even;
		first(plan, work, x, m, y);
		let layer = layerAt(plan, 0);
		activateRows(layer, m, y);
		for (let i = 1; i < plan.layers; i++) {
			const z = i & 1 ? work.odd : work.even;
			const yRow = rowBytes(layer);
			layer = layerAt(plan, i);
			layerOfFloats(layer, y, yRow, m, z);
			activateRows(layer, m, z);
			y = z;
		}
		const n = layer.outputs;
		const yRow = rowBytes(layer);
		for (let i = 0; i < m; i++) {
			store<i32>(labels, argmax(y, n));
			labels += 4;
			if (probabilities) {
				if (plan.softmax) softmaxRow(y, n);
				memory.copy(probabilities, y, <usize>n << 2);
				probabilities += <usize>n << 2;
			}
			y += yRow;
		}
		x += <usize>m * xRow;
	}
}

/**
 * `rows` rows of n floats times `scale`, in place; what each summed up to before
 * goes to `sums`, as doubles. Here and not in JavaScript, where the first 100,000
 * turns of a loop run in the interpreter and each makes garbage: most of a cold
 * start. Many rows a call, for the first thousand calls go the slow way in.
 */
export function foldRows(
	x: usize,
	rows: i32,
	n: i32,
	scale: f64,
	sums: usize,
): void {
	for (const last = sums + (<usize>rows << 3); sums < last; sums += 8) {
		let sum: f64 = 0;
		for (const end = x + (<usize>n << 2); x < end; x += 4) {
			const w = <f64>load<f32>(x);
			sum += w;
			store<f32>(x, <f32>(w * scale));
		}
		store<f64>(sums, sum);
	}
}

/**
 * Rows of n floats to neighbouring columns, whose lines are `stride` bytes
 * apart; their sums as floats go to `sums`.
 */
export function packRows(
	x: usize,
	rows: i32,
	n: i32,
	to: usize,
	stride: i32,
	sums: usize,
): void {
	for (const last = sums + (<usize>rows << 2); sums < last; sums += 4) {
		let sum: f64 = 0;
		let at = to;
		for (const end = x + (<usize>n << 2); x < end; x += 4) {
			const w = load<f32>(x);
			sum += <f64>w;
			store<f32>(at, w);
			at += stride;
		}
		store<f32>(sums, <f32>sum);
		to += 4;
	}
}

/**
 * Rows of n floats to whole numbers of 16 bits from -largest to largest, at
 * `to`; their factors, as floats, go to `scales`. `room` is how large
 * Σ |w| / factor may get.
 */
export function quantiseRows(
	x: usize,
	rows: i32,
	n: i32,
	to: usize,
	largest: f64,
	room: f64,
	scales: usize,
): void {
	for (const last = scales + (<usize>rows << 2); scales < last; scales += 4) {
		const end = x + (<usize>n << 2);
		let top: f64 = 0;
		let total: f64 = 0;
		for (let at = x; at < end; at += 4) {
			const w = abs(<f64>load<f32>(at));
			top = max(top, w);
			total += w;
		}
		const exact = max(top / largest, (total / room) * (1 + 2.0 ** -20));
		// as it will be kept
		const scale: f32 = exact > 0 ? <f32>exact : 1;
		store<f32>(scales, scale);
		for (let at = to; x < end; x += 4) {
			const w = <f64>load<f32>(x) / <f64>scale;
			store<i16>(at, <i16>(<i32>floor(w + 0.5)));
			at += 2;
		}
		to += <usize>n << 1;
	}
}

/**
 * Rows of n 16-bit numbers, in pairs, to neighbouring columns, whose lines are
 * `stride` bytes apart; their sums go to `sums`.
 */
export function packPairs(
	x: usize,
	rows: i32,
	n: i32,
	to: usize,
	stride: i32,
	sums: usize,
): void {
	for (const last = sums + (<usize>rows << 2); sums < last; sums += 4) {
		const end = x + (<usize>n << 1);
		let sum = 0;
		for (let at = to; x < end; x += 4) {
			// of an odd number the last is by itself
			const pair = x + 2 < end ? load<i32>(x) : load<u16>(x);
			sum += (pair >> 16) + ((pair << 16) >> 16);
			store<i32>(at, pair);
			at += stride;
		}
		x = end;
		store<i32>(sums, sum);
		to += 4;
	}
}
