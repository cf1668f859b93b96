/**
 * PyTorch's names of what Torchlet spells in camelCase and keeps in state
 * dicts. Names that users choose stay as they are.
 */
const TORCH_NAMES: Readonly<Record<string, string>> = {
	runningMean: "running_mean",
	runningVar: "running_var",
	numBatchesTracked: "num_batches_tracked",
	nAveraged: "n_averaged",
	posWeight: "pos_weight",
};

/** The name under which a field of a module is saved. */
export function stateName(field: string): string {
	return Object.hasOwn(TORCH_NAMES, field)
		? (TORCH_NAMES[field] as string)
		: field;
}
