/**
 * The function forms of tensor methods: what PyTorch has as `torch.f(x)` and
 * `x.f()`, both exist. Documentation stands at the methods.
 */
export * from "./functions/arithmetic.js";
export * from "./functions/comparison.js";
export * from "./functions/extremes.js";
export * from "./functions/indexing.js";
export * from "./functions/joining.js";
export * from "./functions/products.js";
export * from "./functions/reduction.js";
export * from "./functions/shape.js";
export * from "./functions/unary.js";
