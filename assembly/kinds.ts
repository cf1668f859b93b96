/**
 * Numbers for types of elements, which both compilers read (as opcodes.ts).
 */
export enum Type {
	float32,
	int32,
	uint8,
	bool,
}

/** Operand and result types of elementwise operations. */
export enum Kind {
	floats,
	ints,
	floatsToBools,
	intsToBools,
	bools,
}
