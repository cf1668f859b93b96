import { DeviceError, DTypeError, ShapeError } from "../../errors.js";
import { showShape } from "../../layout.js";
import { viewed } from "../../ops/matmul-ranks.js";
import { blamed, isReadable, watch } from "../../ops/range.js";
import type { Tensor } from "../../tensor.js";

/** What `Pad` takes besides its positional arguments. */
export interface PadOptions {
	/** "constant", "reflect", "replicate" or "circular", as far as provided. */
	readonly mode?: "constant" | "reflect" | "replicate" | "circular";
	/** What is padded with. */
	readonly value?: number | boolean;
}

/**
 * A border around the last dimensions: `pads` = before and after for the last
 * one, then for the one before it, and so on; negative numbers cut.
 * PyTorch: `torch.nn.functional.pad`.
 * @throws ShapeError
 */
export function pad(
	x: Tensor,
	pads: readonly number[],
	options: PadOptions | NonNullable<PadOptions["mode"]> = {},
	filler: number | boolean = 0,
): Tensor {
	const { mode = "constant", value = filler } =
		typeof options === "string" ? { mode: options } : options;
	const rank = x.shape.length;
	if (pads.length % 2 !== 0)
		throw new ShapeError("Padding length must be divisible by 2");
	if (pads.length / 2 > rank)
		throw new ShapeError(
			`Padding length too large: ${pads.length} numbers for ${rank} dimension(s)`,
		);
	const before = new Array<number>(rank).fill(0);
	const after = new Array<number>(rank).fill(0);
	for (let i = 0; i < pads.length / 2; i++) {
		before[rank - 1 - i] = pads[2 * i] as number;
		after[rank - 1 - i] = pads[2 * i + 1] as number;
	}
	if (mode !== "constant") {
		assertBorder(rank, pads, mode);
		return named(bordered(x, before, after, mode), mode, pads.length / 2);
	}
	x.shape.forEach((n, d) => {
		const [b, a] = [before[d] as number, after[d] as number];
		if (n + b + a < 0)
			throw new ShapeError(
				`start (${Math.max(-b, 0)}) + length (${n + b + a}) exceeds dimension size (${n}). The input size ${n}, plus negative padding ${b} and ${a} resulted in a negative output size, which is invalid.`,
			);
	});
	return x.padded(before, after, Number(value));
}

/** Positions in a line of `n` that a border repeats. */
const SOURCES = {
	reflect: (i: number, n: number) => (i < 0 ? -i : i >= n ? 2 * n - 2 - i : i),
	replicate: (i: number, n: number) => Math.min(Math.max(i, 0), n - 1),
	circular: (i: number, n: number) => ((i % n) + n) % n,
} as const;

/** @throws ShapeError unless the border goes around what PyTorch takes for images */
function assertBorder(
	rank: number,
	pads: readonly number[],
	mode: keyof typeof SOURCES,
): void {
	const dims = pads.length / 2;
	if (dims > 3 || dims < 1 || (rank !== dims + 1 && rank !== dims + 2))
		throw new ShapeError(
			"Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now",
		);
	if (mode === "circular" && rank !== dims + 2)
		throw new ShapeError(
			`Invalid padding size, expected ${(rank - 2) * 2} but got ${pads.length}`,
		);
}

/** Under the name that PyTorch's graph has for it. */
function named(y: Tensor, mode: keyof typeof SOURCES, dims: number): Tensor {
	if (!y.requiresGrad) return y;
	const pads = mode === "reflect" ? "Reflection" : "Replication";
	return viewed(
		y,
		y.shape,
		mode === "circular" ? "CopySlices" : `${pads}Pad${dims}DBackward0`,
	);
}

function bordered(
	x: Tensor,
	before: readonly number[],
	after: readonly number[],
	mode: keyof typeof SOURCES,
): Tensor {
	const source = SOURCES[mode];
	if (source === undefined)
		throw new ShapeError(`Unrecognised padding mode ${String(mode)}`);
	let out = x;
	x.shape.forEach((size, d) => {
		let n = size;
		let [b, a] = [before[d] as number, after[d] as number];
		if (b === 0 && a === 0) return;
		if (mode === "reflect" && (b >= n || a >= n))
			throw new ShapeError(
				`Argument #4: Padding size should be less than the corresponding input dimension, but got: padding (${b}, ${a}) at dimension ${d} of input ${showShape(x.shape)}`,
			);
		if (mode === "circular" && (b > n || a > n))
			throw new ShapeError(
				"Padding value causes wrapping around more than once.",
			);
		if (mode === "circular" && (b < 0 || a < 0)) {
			// what is cut away does not come back on the other side
			n = size + Math.min(b, 0) + Math.min(a, 0);
			if (n < 0)
				throw new ShapeError(
					"Negative padding value is resulting in an empty dimension.",
				);
			out = out.narrow(d, Math.max(-b, 0), n);
			[b, a] = [Math.max(b, 0), Math.max(a, 0)];
		}
		const places = Int32Array.from({ length: n + b + a }, (_, i) =>
			source(i - b, n),
		);
		out = out.indexSelect(d, out.newFrom(places, [places.length], "int32"));
	});
	return out === x ? x.clone() : out;
}

const outOfOneHot = (_value: number, _position: number, least: number) =>
	`Class values must be ${least < 0 ? "non-negative" : "smaller than num_classes"}.`;

/**
 * Classes as vectors with one 1, in a new last dimension; int32.
 * PyTorch: `torch.nn.functional.one_hot`.
 * @param numClasses one more than the greatest class if left out
 * @throws DTypeError unless int32, ShapeError on a class out of range
 */
export function oneHot(
	x: Tensor,
	numClasses: number | { numClasses?: number } = -1,
): Tensor {
	const asked =
		typeof numClasses === "number" ? numClasses : (numClasses.numClasses ?? -1);
	if (x.dtype !== "int32")
		throw new DTypeError(
			`one_hot is only applicable to index tensor. Convert with .to('int32'), found ${x.dtype}`,
		);
	if (x.numel() === 0 && asked <= 0)
		throw new ShapeError(
			asked === 0
				? "Class values must be smaller than num_classes."
				: "Can not infer total number of classes from empty tensor.",
		);
	// a device that cannot be read at once checks given classes later
	const isUnread = asked > 0 && !isReadable(x);
	if (isUnread) watch(x, 0, asked, blamed(outOfOneHot));
	else if (x.numel() > 0 && !isReadable(x))
		throw new DeviceError(
			`oneHot(): how many classes there are depends on values that lie on '${x.device}', and only an await can bring them here. Give numClasses`,
		);
	const values = x.numel() === 0 || isUnread ? [0] : x.dataSync();
	let greatest = 0;
	for (let i = 0; i < values.length; i++) {
		const v = values[i] as number;
		if (v < 0) throw new ShapeError(outOfOneHot(v, i, v));
		if (v > greatest) greatest = v;
	}
	if (asked !== -1 && greatest >= asked)
		throw new ShapeError(outOfOneHot(greatest, 0, 0));
	const classes = asked === -1 ? greatest + 1 : asked;
	return x.newZeros([...x.shape, classes]).scatter_(-1, x.unsqueeze(-1), 1);
}
