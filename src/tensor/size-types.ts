/**
 * Multiplication of literal sizes by the compiler, as one does it on paper:
 * digit by digit, in decimal strings. Tuples as long as the product would end
 * at 10,000.
 */

type Digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
type Digit = Digits[number];

/** Products of two digits. */
interface Table {
	"0": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
	"1": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
	"2": [0, 2, 4, 6, 8, 10, 12, 14, 16, 18];
	"3": [0, 3, 6, 9, 12, 15, 18, 21, 24, 27];
	"4": [0, 4, 8, 12, 16, 20, 24, 28, 32, 36];
	"5": [0, 5, 10, 15, 20, 25, 30, 35, 40, 45];
	"6": [0, 6, 12, 18, 24, 30, 36, 42, 48, 54];
	"7": [0, 7, 14, 21, 28, 35, 42, 49, 56, 63];
	"8": [0, 8, 16, 24, 32, 40, 48, 56, 64, 72];
	"9": [0, 9, 18, 27, 36, 45, 54, 63, 72, 81];
}

/** A tuple of `N` entries, for sums below 100. */
type Count<N extends number, T extends 0[] = []> = T["length"] extends N
	? T
	: Count<N, [...T, 0]>;

type Number<T extends string> = T extends `${infer N extends number}`
	? N
	: number;

/** A sum as its tens and its ones. */
type Split<N> = `${N & number}` extends `${infer A}${infer B}`
	? B extends ""
		? ["0", A]
		: [A, B]
	: never;

type Sum<A extends number, B extends string> = Split<
	[...Count<A>, ...Count<Number<B>>]["length"]
>;

/** Digits from the ones upwards. */
type Reverse<
	T extends string,
	Out extends string[] = [],
> = T extends `${infer H}${infer R}` ? Reverse<R, [H, ...Out]> : Out;

type Forward<X extends string[], Out extends string = ""> = X extends [
	infer H extends string,
	...infer R extends string[],
]
	? Forward<R, `${H}${Out}`>
	: Out;

/** X times one digit. */
type ByDigit<
	X extends string[],
	D extends Digit,
	Carry extends string = "0",
	Out extends string[] = [],
> = X extends [infer H extends Digit, ...infer R extends string[]]
	? Sum<Table[H][D] & number, Carry> extends [
			infer C extends string,
			infer O extends string,
		]
		? ByDigit<R, D, C, [...Out, O]>
		: never
	: Carry extends "0"
		? Out
		: [...Out, Carry];

type Plus<
	X extends string[],
	Y extends string[],
	Carry extends string = "0",
	Out extends string[] = [],
> = X extends [infer A extends string, ...infer X1 extends string[]]
	? Y extends [infer B extends string, ...infer Y1 extends string[]]
		? Sum<
				[...Count<Number<A>>, ...Count<Number<B>>]["length"] & number,
				Carry
			> extends [infer C extends string, infer O extends string]
			? Plus<X1, Y1, C, [...Out, O]>
			: never
		: Carry extends "0"
			? [...Out, ...X]
			: Plus<X, [Carry], "0", Out>
	: Y extends []
		? Carry extends "0"
			? Out
			: [...Out, Carry]
		: Plus<Y, X, Carry, Out>;

type Long<X extends string[], Y extends string[]> = Y extends [
	infer D extends Digit,
	...infer R extends string[],
]
	? R extends []
		? ByDigit<X, D>
		: Plus<ByDigit<X, D>, ["0", ...Long<X, R>]>
	: [];

/** The product of two literal sizes. */
export type Times<A extends number, B extends number> = number extends A | B
	? number
	: A extends 1
		? B
		: B extends 1
			? A
			: A extends 0
				? 0
				: B extends 0
					? 0
					: Number<Forward<Long<Reverse<`${A}`>, Reverse<`${B}`>>>>;
