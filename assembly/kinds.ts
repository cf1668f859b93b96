/** Operand and result types of the elementwise row functions. */
export enum Kind {
	floats,
	ints,
	floatsToBools,
	intsToBools,
	bools,
}

/** Element types of the other kernels. */
export enum Type {
	float32,
	int32,
	uint8,
	bool,
}
