/**
 * The typed face of `Tensor`: element types and shapes follow through its
 * methods. What they do, and their documentation, stands in the classes that
 * `Tensor` is made of, which know nothing of this.
 *
 * Every method takes the types from its `this`, so that none of them depends
 * on the interface's own parameters: comparing two tensor types compares two
 * fields, however many methods there are.
 *
 * A group of methods extends the one before, as the classes do: an interface
 * may narrow what it extends, but not what another beside it has.
 */
export type { Members } from "./typed/foundation.js";
export type { TypedInPlace as TypedMethods } from "./typed/in-place.js";
export type * from "./typed/operands.js";
