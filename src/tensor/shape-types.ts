/**
 * Shapes as types: what can be told from literal sizes is told by the
 * compiler. Nothing of this is left at run time. Where a size is a plain
 * `number`, it stays one; where not even the number of dimensions is known,
 * the result is `Shape`, and every check passes.
 */
export type * from "./shape-types/broadcasting.js";
export type * from "./shape-types/dimensions.js";
export type * from "./shape-types/join.js";
export type { Mismatch } from "./shape-types/messages.js";
export type * from "./shape-types/order.js";
export type * from "./shape-types/product.js";
export type * from "./shape-types/reduction.js";
export type * from "./shape-types/view.js";
