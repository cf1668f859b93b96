import { apply, applyInPlace } from "../autograd/apply.js";
import { newHandle } from "../autograd/handle.js";
import type { Window } from "../backends/backend.js";
import { DeviceError } from "../errors.js";
import {
	broadcastShapes,
	type Layout,
	numelOf,
	type Shape,
	wrapDim,
} from "../layout.js";
import * as advanced from "../ops/advanced-index.js";
import { binaries } from "../ops/binary.js";
import * as losses from "../ops/loss.js";
import { type DimsParams, wrapDims } from "../ops/reduce.js";
import * as shapes from "../ops/shape.js";
import {
	type Part,
	partOf,
	placePart,
	replacePart,
	takePart,
} from "../ops/strided.js";
import { clone, type UnaryOpName, unaries } from "../ops/unary.js";
import * as windows from "../ops/window.js";
import type { Tensor } from "../tensor.js";
import type { Dims, Operand2 } from "./arguments.js";
import { TensorCreation } from "./creation.js";

const NO_PARAMS = { p0: 0, p1: 0 };

/** What the gradients' rules and the layers above need of a tensor, beside what users call. */
export abstract class TensorFoundation extends TensorCreation {
	/** @internal a copy with its own memory, row by row */
	copied(): Tensor {
		return apply(clone, [this.self], { inOrder: true });
	}

	/** @internal another layout over this storage, outside of the graph */
	overLayout(layout: Layout): Tensor {
		return newHandle(this.storage.retain(), layout, this.dtype);
	}

	/** @internal */
	broadcastShape(other: Tensor): Shape {
		return broadcastShapes(this.shape, other.shape);
	}

	/** @internal */
	unary(name: UnaryOpName, p0 = 0, p1 = 0): Tensor {
		return apply(
			unaries[name],
			[this.self],
			p0 === 0 && p1 === 0 ? NO_PARAMS : { p0, p1 },
		);
	}

	/** @internal */
	unary_(name: UnaryOpName, p0 = 0, p1 = 0): Tensor {
		return applyInPlace(unaries[name], [this.self], { p0, p1 });
	}

	/** @internal */
	over(dim: Dims | undefined, keepdim: boolean): DimsParams {
		return {
			dims: wrapDims(dim, this.shape.length),
			keepdim,
			all: dim === undefined || dim === null,
		};
	}

	/** @internal */
	along(dim: number): { dim: number } {
		return { dim: wrapDim(dim, this.shape.length) };
	}

	/**
	 * @internal refuses what depends on values, where only an await can bring them
	 * @throws DeviceError naming `instead`
	 */
	assertReadable(name: string, instead: string): void {
		this.assertAlive();
		const { backend } = this.storage;
		if (backend.readSync === undefined)
			throw new DeviceError(
				`${name}: its result depends on values that lie on '${backend.device}', and only an await can bring them here. Use await ${instead}, which works on every device`,
			);
	}

	// Parts of memory

	/** @internal */
	takePart(part: Part): Tensor {
		return apply(takePart, [this.self], part);
	}

	/** @internal */
	placePart(part: Part): Tensor {
		return apply(placePart, [this.self], part);
	}

	/** @internal */
	replacePart(by: Tensor, part: Part): Tensor {
		return apply(replacePart, [this.self, by], part);
	}

	/** @internal zeros of `shape` with this vector on a diagonal */
	placeDiagonal(shape: Shape, offset: number): Tensor {
		return this.placePart(
			partOf(shape, (whole) => whole.diagonal(offset, 0, 1)),
		);
	}

	/** @internal */
	padded(
		before: readonly number[],
		after: readonly number[],
		value: number,
	): Tensor {
		return apply(shapes.constantPad, [this.self], { before, after, value });
	}

	/** @internal concatenation of `parts` */
	catWith(parts: readonly Tensor[], dim: number): Tensor {
		return apply(shapes.cat, parts, { dim });
	}

	/** @internal */
	stackWith(parts: readonly Tensor[], dim: number): Tensor {
		return apply(shapes.stack, parts, { dim });
	}

	/** @internal the elements at integer tensors, one for each of `dims` */
	indexAt(dims: readonly number[], indices: readonly Tensor[]): Tensor {
		return apply(advanced.index, [this.self, ...indices], { dims });
	}

	/** @internal a copy with `values` at the indices */
	putAt(
		dims: readonly number[],
		indices: readonly Tensor[],
		values: Operand2,
		accumulate: boolean,
	): Tensor {
		return apply(advanced.indexPut, [this.self, values, ...indices], {
			dims,
			accumulate,
		});
	}

	/** @internal quotient by a number, under the name that PyTorch's losses give it */
	dividedBy(count: number): Tensor {
		return apply(binaries.divNumber, [this.self, count], undefined);
	}

	// Gradients that have kernels of their own

	/** @internal */
	thresholdBackward(y: Tensor): Tensor {
		return apply(binaries.thresholdBackward, [this.self, y], undefined);
	}

	/** @internal */
	sigmoidBackward(y: Tensor): Tensor {
		return apply(binaries.sigmoidBackward, [this.self, y], undefined);
	}

	/** @internal */
	tanhBackward(y: Tensor): Tensor {
		return apply(binaries.tanhBackward, [this.self, y], undefined);
	}

	/** @internal */
	softmaxBackward(y: Tensor, dim: number, log: boolean): Tensor {
		return apply(losses.softmaxBackward, [this.self, y], { dim, log });
	}

	// Windows over images

	/** @internal [N, C, H, W] to columns [N, C·kh·kw, L] */
	unfoldWindows(window: Window): Tensor {
		return apply(windows.im2col, [this.self], { window });
	}

	/** @internal the transposed map of `unfoldWindows`, to images of `shape` */
	foldWindows(window: Window, shape: Shape): Tensor {
		return apply(windows.col2im, [this.self], { window, shape });
	}

	/** @internal */
	meanPooled(params: windows.MeanPoolParams): Tensor {
		return apply(windows.avgPool2d, [this.self], params);
	}

	/** @internal */
	unpooled(params: windows.MeanPoolParams, shape: Shape): Tensor {
		return apply(windows.avgPool2dBackward, [this.self], { ...params, shape });
	}

	/** @internal product of the sizes of `dims` */
	protected countOf(dims: readonly number[]): number {
		return numelOf(dims.map((d) => this.shape[d] as number));
	}
}
