import type { DType } from "../dtype.js";
import {
	type AnyTyped,
	convert,
	dtypeOfArray,
	hostValues,
	isTyped,
	type NestedValues,
} from "../host-values.js";
import { inferShape, type Shape } from "../layout.js";
import type { Known, Viewed } from "../tensor/shape-types.js";
import { Tensor } from "../tensor.js";
import {
	checkDType,
	type DTypeIn,
	finish,
	make,
	type TensorOptions,
	upload,
} from "./options.js";

/**
 * A tensor with the values of a typed array, which are copied.
 * @param shape the array's length in one dimension if left out
 * @throws ShapeError if the sizes do not multiply to the array's length
 */
export function fromArray<
	V extends AnyTyped,
	const S extends Shape = Shape,
	const O extends TensorOptions = object,
>(
	values: V,
	shape?: S,
	options?: O,
): Tensor<DTypeIn<O, DTypeOf<V>>, Viewed<Shape, Known<S>>>;
export function fromArray(
	values: AnyTyped,
	shape?: Shape,
	options: TensorOptions = {},
): Tensor {
	const dtype = checkDType(options.dtype ?? dtypeOfArray(values));
	const sizes = shape ? inferShape(shape, values.length) : [values.length];
	const t = make(sizes, dtype, options);
	return finish(upload(t, convert(values, dtype)), "fromArray", options);
}

type Entry<V> = V extends readonly (infer E)[] ? E : V;

/** What is nested in at most eight levels; unrolled, against endless types. */
type Leaf<V> = Entry<Entry<Entry<Entry<Entry<Entry<Entry<Entry<V>>>>>>>>;

/** The dtype that values become. */
export type DTypeOf<V> = V extends { readonly dtype: infer D extends DType }
	? D
	: V extends Float32Array | Float64Array
		? "float32"
		: V extends Uint8Array | Uint8ClampedArray
			? "uint8"
			: V extends AnyTyped
				? "int32"
				: [Leaf<V>] extends [boolean]
					? [Leaf<V>] extends [never]
						? "float32"
						: "bool"
					: boolean extends Leaf<V>
						? "float32" | "bool"
						: "float32";

/** The sizes of nested arrays, as far as literals tell them. */
export type ShapeOf<V> = V extends { readonly shape: infer S extends Shape }
	? S
	: V extends AnyTyped
		? Shape
		: V extends readonly unknown[]
			? number extends V["length"]
				? Shape
				: V extends readonly [infer H, ...unknown[]]
					? [V["length"], ...ShapeOf<H>]
					: [0]
			: [];

/**
 * A tensor with the values of nested arrays or of a typed array. Numbers give
 * float32, booleans bool, unless `dtype` says otherwise.
 * @throws ShapeError on ragged nesting, naming the place
 */
export function tensor<
	const V extends NestedValues | AnyTyped | Tensor,
	const O extends TensorOptions = object,
>(values: V, options?: O): Tensor<DTypeIn<O, DTypeOf<V>>, Known<ShapeOf<V>>>;
export function tensor(
	values: NestedValues | AnyTyped | Tensor,
	options: TensorOptions = {},
): Tensor {
	if (values instanceof Tensor) {
		const copy = values.detach().to(options.dtype ?? values.dtype);
		return finish(copy.clone(), "tensor", options);
	}
	if (isTyped(values))
		return finish(
			fromArray(values, undefined, { ...options, requiresGrad: false }),
			"tensor",
			options,
		);
	// converted first: values that do not fit must leave nothing behind
	const { host, shape, dtype } = hostValues(values, options.dtype);
	const t = make(shape, dtype, options);
	return finish(upload(t, host), "tensor", options);
}
