export * from "./adagrad";
export * from "./adam";
export { areaBytes, useArea } from "./area";
export * from "./augment";
export { segmentLength, segmentsOf } from "./background-lists";
export {
	appendLists,
	backgroundColumns,
	backgroundEntries,
	backgroundLinear,
	backgroundWeightGrad,
	backgroundWorkspace,
	columnsBytes,
	listBackground,
	probeBackground,
} from "./background";
export { binaryRow } from "./binary";
export { copyLoops, copyRows } from "./copy";
export * from "./elementwise";
export * from "./gemm";
export * from "./image";
export * from "./index-ops";
export * from "./lookup";
export * from "./memory";
export * from "./random";
export { reduceColumns } from "./reduce-columns";
export { reduceRows } from "./reduce-rows";
export * from "./rmsprop";
export * from "./scan";
export * from "./sgd";
export { usesRelaxedSimd } from "./simd";
export * from "./softmax";
export { unaryRow } from "./unary";
