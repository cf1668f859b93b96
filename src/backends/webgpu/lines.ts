import { u } from "./program.js";

/**
 * How a workgroup of 256 shares out lines that it reduces: `across` lines at a
 * time, each by `along` invocations.
 */
export interface Share {
	readonly across: number;
	readonly along: number;
	/** Neighbouring invocations follow a line, rather than lie in different ones. */
	readonly isAlong: boolean;
}

const THREADS = 256;

function powerOf2(n: number, most: number): number {
	let p = 1;
	while (p < n && p < most) p *= 2;
	return p;
}

/**
 * @param count how many lines there are
 * @param length elements of each
 * @param isAlong whether a line's elements are neighbours in memory
 */
export function shareOut(
	count: number,
	length: number,
	isAlong: boolean,
): Share {
	const most = isAlong
		? THREADS
		: Math.max(16, THREADS / powerOf2(count, THREADS));
	const along = powerOf2(Math.ceil(length / 4), Math.min(most, THREADS));
	return { across: THREADS / along, along, isAlong };
}

export function shareKey({ along, isAlong }: Share): string {
	return `${along}${isAlong ? "a" : ""}`;
}

/** Workgroups that go over `count` lines. */
export function groupsFor(share: Share, count: number): number {
	return Math.ceil(count / share.across);
}

/** Declares `line`, `isLine` (whether it exists) and `first`, from which on by `along`. */
export function shareText(share: Share, countWord: number): string {
	const { across, along, isAlong } = share;
	const [which, first] = isAlong
		? [`lane / ${along}u`, `lane % ${along}u`]
		: [`lane % ${across}u`, `lane / ${across}u`];
	// one that does not exist does the work of the last one and keeps it to itself
	return `	let first = ${first};
	let number = group * ${across}u + ${which};
	let isLine = number < ${u(countWord)};
	let line = min(number, ${u(countWord)} - 1u);
`;
}

/**
 * Joins what a line's invocations left in workgroup memory at `lane`. `join`
 * gives the text that joins the entries at two places into the first; afterwards
 * the line's result stands at `head`.
 */
export function treeText(
	share: Share,
	join: (a: string, b: string) => string,
): string {
	const { across, along, isAlong } = share;
	if (along === 1) return "	workgroupBarrier();\n";
	return `	workgroupBarrier();
	for (var half = ${along / 2}u; half > 0u; half >>= 1u) {
		if (first < half) { let other = lane + half${isAlong ? "" : ` * ${across}u`}; ${join("lane", "other")} }
		workgroupBarrier();
	}
`;
}

/** Declares `head`, the place of a line's first invocation. */
export function headText({ across, isAlong }: Share): string {
	return `	let head = ${isAlong ? "lane - first" : `lane % ${across}u`};\n`;
}
