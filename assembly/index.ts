export * from "./gemm";
export * from "./lookup";
export * from "./memory";
export * from "./optim";
export * from "./random";
export * from "./softmax";
export { usesRelaxedSimd } from "./simd";
