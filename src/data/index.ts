export { defaultCollate } from "./collate.js";
export {
	ConcatDataset,
	Dataset,
	IterableDataset,
	randomSplit,
	Subset,
	TensorDataset,
} from "./dataset.js";
export { DataLoader, type DataLoaderOptions } from "./loader.js";
export {
	BatchSampler,
	RandomSampler,
	Sampler,
	SequentialSampler,
	SubsetRandomSampler,
	WeightedRandomSampler,
} from "./sampler.js";
