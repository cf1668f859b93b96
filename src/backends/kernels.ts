import type {
	BinaryName,
	Blame,
	Operand,
	ReduceName,
	UnaryName,
	View,
	Window,
} from "./view.js";

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
