import type { Binary, Reduce, Unary } from "../../assembly/opcodes.js";
import type { DType } from "../dtype.js";
import type { Layout } from "../layout.js";

export type UnaryName = keyof typeof Unary;
export type BinaryName = keyof typeof Binary;
export type ReduceName = keyof typeof Reduce;

/** The devices: the SIMD core, and a GPU. */
export type DeviceName = "cpu" | "webgpu";

/** A backend's own name for a piece of its memory: an address, a buffer. */
export type Handle = unknown;

/** What a kernel sees of a tensor. A Tensor satisfies it as it is. */
export interface View {
	readonly storage: { readonly handle: Handle };
	readonly layout: Layout;
	readonly dtype: DType;
}

/** Says what is wrong with an index that is found out of range after the call. */
export interface Blame {
	/** Tells its words from all others'. */
	readonly key: string;
	/**
	 * @param value the first index that is out of range
	 * @param position its place in row-major order
	 * @param least the least index of all
	 */
	error(value: number, position: number, least: number): Error;
}

/** A number stands for a tensor of any shape that is full of it. */
export type Operand = View | number;

/** Sizes of a two-dimensional window that moves over an image. */
export interface Window {
	readonly kernel: readonly [number, number];
	readonly stride: readonly [number, number];
	readonly padding: readonly [number, number];
	readonly dilation: readonly [number, number];
}

export interface SgdOptions {
	readonly lr: number;
	readonly momentum: number;
	readonly dampening: number;
	readonly weightDecay: number;
	readonly nesterov: boolean;
	readonly maximize: boolean;
	/** The momentum buffers hold nothing yet: the first step fills them. */
	readonly first: boolean;
}

export interface AdamOptions {
	readonly lr: number;
	readonly beta1: number;
	readonly beta2: number;
	readonly eps: number;
	readonly weightDecay: number;
	/** AdamW: decay the weights themselves, not the gradient. */
	readonly decoupled: boolean;
	readonly amsgrad: boolean;
	readonly maximize: boolean;
	/** Number of this step, from 1. */
	readonly step: number;
}

export interface RmspropOptions {
	readonly lr: number;
	readonly alpha: number;
	readonly eps: number;
	readonly weightDecay: number;
	readonly momentum: number;
	readonly centered: boolean;
	readonly maximize: boolean;
}

export interface AdagradOptions {
	/** Learning rate of this step: lr / (1 + (step - 1) * lrDecay). */
	readonly lr: number;
	readonly eps: number;
	readonly weightDecay: number;
	readonly maximize: boolean;
}

/**
 * The computations that every device has. Outputs are named last and allocated
 * by the caller. Views may have any layout, stride 0 included, unless stated;
 * an output never overlaps itself, and overlaps an input only where both have
 * the same layout (in place). Sizes and dtypes were checked by the caller;
 * a kernel neither throws nor allocates tensors.
 */
export interface Kernels {
	/** y = value, converted to y's dtype. */
	fill(y: View, value: number): void;

	/**
	 * y = x, of the same shape, converted as PyTorch's `to`: floats are cut
	 * towards zero, uint8 wraps, bool is x != 0 (NaN is true).
	 */
	copy(x: View, y: View): void;

	/**
	 * y = op(x), same shapes. float32 to float32; neg, abs, sign, square and
	 * bitwiseNot also int32 to int32; logicalNot, isnan, isinf, isfinite from
	 * float32 or int32 to bool; logicalNot also from bool.
	 * p0, p1: softplus (beta, threshold), elu (alpha), leakyRelu (slope),
	 * hardtanh (min, max: either may be infinite; NaN passes through).
	 */
	unary(op: UnaryName, x: View, y: View, p0?: number, p1?: number): void;

	/**
	 * y = op(a, b); views have y's shape (broadcast by stride 0) and one common
	 * dtype, float32 or int32. Comparisons and logical operations give bool; these and the
	 * bitwise ones also take bool. div is float32 only. Integer division by
	 * zero gives 0. remainder has the divisor's sign, fmod the dividend's, as PyTorch's.
	 * maximum, minimum propagate NaN.
	 * thresholdBackward(g, y) = 0 where y <= 0, else g (also for NaN);
	 * sigmoidBackward(g, y) = g y (1 - y); tanhBackward(g, y) = g (1 - y²).
	 */
	binary(op: BinaryName, a: Operand, b: Operand, y: View): void;

	/** y = c ? a : b; c is bool, a and b have y's dtype (any of the four). */
	where(c: View, a: Operand, b: Operand, y: View): void;

	/**
	 * Reduces over the dimensions that have size 1 in y and not in x (y keeps
	 * the rank of x); float32 or int32; max and min also uint8 and bool. Over no elements: 0,
	 * 1, -inf, inf. max and min propagate NaN. The order of summation depends on
	 * the shape alone, with an error like pairwise summation's.
	 * scale multiplies a sum at the store (mean is one kernel).
	 */
	reduce(op: ReduceName, x: View, y: View, scale?: number): void;

	/**
	 * Extreme along the one dimension where y has size 1: the value (if asked)
	 * and the int32 index of its first occurrence. NaN counts as the extreme.
	 */
	argReduce(
		op: "max" | "min",
		x: View,
		values: View | null,
		indices: View,
	): void;

	/** Running sum along dim. */
	cumsum(x: View, y: View, dim: number): void;

	/** Stable sort along dim, NaN last (ascending) or first (descending). */
	sort(
		x: View,
		values: View,
		indices: View,
		dim: number,
		descending: boolean,
	): void;

	/**
	 * y = a · b (+ bias, of size [N]) (then ReLU). 2-dimensional, or
	 * 3-dimensional with the same first size (which may have stride 0).
	 * float32. Transposed operands cost no copy.
	 */
	matmul(a: View, b: View, y: View, bias: View | null, relu: boolean): void;

	/** Softmax, or its logarithm, along dim. */
	softmax(x: View, y: View, dim: number, log: boolean): void;

	/**
	 * Gradient of `softmax` from its output y: y (g - Σ g y), or for the
	 * logarithm g - exp(y) Σ g.
	 */
	softmaxBackward(g: View, y: View, dx: View, dim: number, log: boolean): void;

	/**
	 * Fused softmax-cross-entropy of logits x [N, C] and int32 classes t [N].
	 * Writes the loss, a mean or sum over the rows whose class is not
	 * ignoreIndex (0-dimensional), and if dx is given its gradient.
	 * @returns -1, or the first row whose class is out of range (then nothing
	 * was written). A device that cannot tell at once writes NaN and returns -1; a
	 * later read then fails with what `blame` says.
	 */
	crossEntropy(
		x: View,
		t: View,
		loss: View,
		dx: View | null,
		mean: boolean,
		ignoreIndex: number,
		blame?: Blame,
	): number;

	/**
	 * y[i..., j, k...] = x[i..., index[j], k...] along dim; index is int32 of one
	 * dimension, values -size to size - 1. Any dtype.
	 * @returns -1, or the first position whose index is out of range (nothing written)
	 */
	indexSelect(x: View, dim: number, index: View, y: View): number;

	/** y[i..., index[j], k...] += x[i..., j, k...] (or = x); y is changed in place. Returns as indexSelect. */
	indexPut(y: View, dim: number, index: View, x: View, add: boolean): number;

	/** y[p] = x[p with dim replaced by index[p]]; index has y's shape. Returns as indexSelect. */
	gather(x: View, dim: number, index: View, y: View): number;

	/** y[p with dim replaced by index[p]] = x[p] (or +=); x and index have one shape; y is changed in place. Returns as indexSelect. */
	scatter(y: View, dim: number, index: View, x: Operand, add: boolean): number;

	/**
	 * Row-major positions of the entries of x that are not 0, as int32, into y
	 * (contiguous, large enough for all of them).
	 * @returns how many there are
	 */
	nonzero(x: View, y: View): number;

	/**
	 * y[i, j...] = table[x[index[i], j...]] for bytes x [N, ...] and a float32
	 * table [256], or [C, 256] with C the size of x's dimension 1. Without
	 * index, y has x's shape. Index values were checked by the caller.
	 */
	lookup(x: View, index: View | null, table: View, y: View): void;

	/** x [N, C, H, W] to y [N, C·kh·kw, outH·outW], zeros outside. y is contiguous. */
	im2col(x: View, y: View, window: Window): void;

	/** The transposed map of im2col: every column entry is added to its pixel; y is overwritten. */
	col2im(x: View, y: View, window: Window): void;

	/** Maxima of windows of x [N, C, H, W], and their positions in H·W (int32). NaN wins; outside counts as -inf. */
	maxPool2d(x: View, y: View, indices: View, window: Window): void;

	/** Means of windows. With countIncludePad the divisor counts padding too. divisor > 0 overrides it. */
	avgPool2d(
		x: View,
		y: View,
		window: Window,
		countIncludePad: boolean,
		divisor: number,
	): void;

	/** Gradient of avgPool2d with respect to x; dx is overwritten. */
	avgPool2dBackward(
		g: View,
		dx: View,
		window: Window,
		countIncludePad: boolean,
		divisor: number,
	): void;

	/** One step of SGD for every parameter, in place. Buffers (momentum) are empty if momentum is 0. All contiguous float32. Source: torch.optim.SGD. */
	sgd(
		params: readonly View[],
		grads: readonly View[],
		buffers: readonly View[],
		o: SgdOptions,
	): void;

	/** One step of Adam or AdamW; maxima is empty unless amsgrad. Source: torch.optim.Adam, AdamW. */
	adam(
		params: readonly View[],
		grads: readonly View[],
		means: readonly View[],
		squares: readonly View[],
		maxima: readonly View[],
		o: AdamOptions,
	): void;

	/** One step of RMSprop; buffers only with momentum, averages only if centered. Source: torch.optim.RMSprop. */
	rmsprop(
		params: readonly View[],
		grads: readonly View[],
		squares: readonly View[],
		buffers: readonly View[],
		averages: readonly View[],
		o: RmspropOptions,
	): void;

	/** One step of Adagrad. Source: torch.optim.Adagrad. */
	adagrad(
		params: readonly View[],
		grads: readonly View[],
		sums: readonly View[],
		o: AdagradOptions,
	): void;
}

/**
 * Products with a matrix that is mostly one value, its background, by lists of
 * the other entries: x · wᵀ = Σ (x - c) w + c Σ w, which holds for any x. They may round
 * differently from `matmul`, by as much. Lists are an int32 view of the size that `probe`
 * names, and belong to the x that they were made from.
 */
export interface BackgroundKernels {
	/**
	 * Bytes of the lists of x [M, K] for a product with `outputs` columns; 0 if
	 * they do not pay, by a glance at a few values.
	 */
	probe(x: View, outputs: number): number;
	/** Writes the lists; false, with undefined contents, if they do not pay. */
	gather(x: View, lists: View): boolean;
	/**
	 * y = x · wᵀ (+ bias) (then ReLU) for w [N, K] and contiguous y. False if
	 * it has to be a `matmul`: for w that is not finite, or not contiguous in rows.
	 */
	linear(
		lists: View,
		w: View,
		bias: View | null,
		y: View,
		relu: boolean,
	): boolean;
	/**
	 * There will probably be a `weightGrad` of [outputs, K] by these lists: a device with idle
	 * threads may begin.
	 */
	prepareGrad(x: View, lists: View, outputs: number): void;
	/** dw [N, K] = gᵀ · x, contiguous. False if it has to be a `matmul`. */
	weightGrad(x: View, lists: View, g: View, dw: View): boolean;
}

/**
 * What augmentation does to batches of images [N, C, H, W], all contiguous.
 * A table has a row for each image, or one for all.
 */
export interface AugmentKernels {
	/**
	 * y[n, c, i, j] = x[n, c, rows[n, i], cols[n, j]], or `fill` where one of the
	 * int32 indices is -1. Any dtype; indices were checked by the caller.
	 */
	pick(x: View, rows: View, cols: View, y: View, fill: number): void;
	/**
	 * Each pixel of y from x at an affine map of its position: maps [N, 6], two
	 * rows that make x and y, -1 to 1 over the image, of (u, v, 1) in pixels from y's
	 * centre. Outside are fills [C]. The bits of PyTorch's `grid_sample` with
	 * torchvision's fill. float32.
	 */
	warp(x: View, maps: View, fills: View, y: View, bilinear: boolean): void;
	/**
	 * y has another size than x along dim: each entry is the sum of weights[i, k]
	 * times entry indices[i, k] of x, for two k at least. float32, int32 indices in range.
	 */
	resample(x: View, dim: number, indices: View, weights: View, y: View): void;
	/**
	 * Paints over a box of each image, in place: boxes int32 [N, 6] of top, left,
	 * height, width, where in `values` the box's begin, and 1 if they are [C, h, w]
	 * rather than [C]. float32.
	 */
	erase(y: View, boxes: View, values: View): void;
}

export interface BackendMemory {
	/** Bytes in blocks that are in use. */
	bytes: number;
	/** The most that was ever in use at once. */
	peakBytes: number;
	/** Bytes taken from the system. */
	reservedBytes: number;
}

/** One device: its memory and its kernels. Knows no gradient and no module. */
export interface Backend extends Kernels {
	readonly device: DeviceName;
	/** Absent where a device gains nothing by it. */
	readonly background?: BackgroundKernels;
	/** Absent where batches are not augmented: loaders make them on the cpu. */
	readonly augment?: AugmentKernels;
	/** @throws OutOfMemoryError with the state before the call intact */
	alloc(bytes: number): Handle;
	free(handle: Handle, bytes: number): void;
	/** Copies host bytes into a block, from byte `at` on. */
	write(handle: Handle, at: number, bytes: Uint8Array): void;
	/** Copies a part of a block into host memory. */
	read(handle: Handle, at: number, bytes: number): Promise<Uint8Array>;
	/** As `read`, at once; absent where the device cannot. */
	readSync?(handle: Handle, at: number, bytes: number): Uint8Array;
	/** One element, `at` bytes from the start (bool: 0 or 1); where `readSync` is. */
	readItem?(handle: Handle, at: number, dtype: DType): number;
	/**
	 * Where there is no `readSync`: if an entry of `index` (int32 or uint8) is not
	 * in [low, high), the next `read` fails with what `blame` says.
	 */
	watch?(index: View, low: number, high: number, blame: Blame): void;
	memory(): BackendMemory;
}

/**
 * PyTorch's CPU generator (mt19937), which draws into contiguous views of the
 * cpu device. Other devices get their random numbers from it by upload, so that a seed
 * means the same numbers everywhere.
 */
export interface RandomSource {
	/** Only the low 32 bits count, as in PyTorch. */
	seed(seed: number): void;
	/** One 32-bit draw. */
	random32(): number;
	/** float32: 24 bits of a draw over 2^24, scaled to [from, to). */
	uniform(y: View, from: number, to: number): void;
	/** float32, by PyTorch's two Box-Muller paths (below 16 values, 16 and more). */
	normal(y: View, mean: number, std: number): void;
	/** int32: low + draw modulo (high - low); a range of 2^32 and more takes 64 bits a draw. */
	randint(y: View, low: number, high: number): void;
	/** int32 permutation of 0 … n - 1. */
	randperm(y: View): void;
	/** float32 zeros and ones, one with probability p (PyTorch's bernoulli_(p): doubles of 53 bits). */
	bernoulli(y: View, p: number): void;
	/** float32, as PyTorch's exponential_(lambd). */
	exponential(y: View, lambd: number): void;
	getState(): Uint8Array;
	setState(state: Uint8Array): void;
	dispose(): void;
}
