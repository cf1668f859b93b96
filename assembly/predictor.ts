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
 * n floats times `scale`, in place; gives the sum of what they were. Here and
 * not in JavaScript, where the first 100,000 turns of a loop run in the
 * interpreter and each makes garbage: most of a cold start.
 */
export function foldRow(x: usize, n: i32, scale: f64): f64 {
	let sum: f64 = 0;
	for (const end = x + (<usize>n << 2); x < end; x += 4) {
		const w = <f64>load<f32>(x);
		sum += w;
		store<f32>(x, <f32>(w * scale));
	}
	return sum;
}

/** n floats to places that are `stride` bytes apart. */
export function packRow(x: usize, n: i32, to: usize, stride: i32): void {
	for (const end = x + (<usize>n << 2); x < end; x += 4) {
		store<i32>(to, load<i32>(x));
		to += stride;
	}
}

/**
 * n floats to whole numbers of 16 bits from -largest to largest, at `to`; gives
 * their factor. `room` is how large Σ |w| / factor may get.
 */
export function quantiseRow(
	x: usize,
	n: i32,
	to: usize,
	largest: f64,
	room: f64,
): f64 {
	let top: f64 = 0;
	let total: f64 = 0;
	for (let i = 0; i < n; i++) {
		const w = abs(<f64>load<f32>(x + (<usize>i << 2)));
		top = max(top, w);
		total += w;
	}
	const exact = max(top / largest, (total / room) * (1 + 2.0 ** -20));
	// as it will be kept
	const scale = exact > 0 ? <f64>(<f32>exact) : 1;
	for (let i = 0; i < n; i++)
		store<i16>(
			to + (<usize>i << 1),
			<i16>floor(<f64>load<f32>(x + (<usize>i << 2)) / scale + 0.5),
		);
	return scale;
}

/** n 16-bit numbers to pairs that are `stride` bytes apart; gives their sum. */
export function packPairs(x: usize, n: i32, to: usize, stride: i32): i32 {
	let sum = 0;
	for (let i = 0; i < n; i++) {
		const w = <i32>load<i16>(x + (<usize>i << 1));
		store<i16>(to + (<usize>(i & 1) << 1), <i16>w);
		sum += w;
		if (i & 1) to += stride;
	}
	return sum;
}
