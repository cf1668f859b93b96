/** Ways to make tensors. */
export * from "./creation/filled.js";
export type {
	DTypeIn,
	RandomOptions,
	SizesAndOptions,
	TensorOptions,
} from "./creation/options.js";
export * from "./creation/random.js";
export * from "./creation/ranges.js";
export * from "./creation/values.js";
export type { NestedValues } from "./host-values.js";
