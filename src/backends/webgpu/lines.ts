import type { Features } from "./features.js";
import { type Kernel, u } from "./program.js";

/**
 * How a workgroup of 256 shares out lines that it reduces: `across` lines at a
 * time, each by `along` invocations.
 */
export interface Share {
	readonly across: number;
	readonly along: number;
	/** Neighbouring invocations follow a line, rather than lie in different ones. */
	readonly isAlong: boolean;
	/** A line has a workgroup of its own, of `along` invocations, joined by `joinedText`. */
	readonly bySubgroups?: boolean;
}

const THREADS = 256;
/** Invocations along a line from which subgroups spare more barriers than they cost. */
const SEVERAL = 64;

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

/** As `shareOut`, for a kernel that joins its lines by `joinedText` only. */
export function shareJoined(
	{ subgroups }: Features,
	...of: Parameters<typeof shareOut>
): Share {
	const share = shareOut(...of);
	if (!subgroups || !share.isAlong || share.along < SEVERAL) return share;
	return { ...share, across: 1, bySubgroups: true };
}

export function shareKey({ along, isAlong, bySubgroups }: Share): string {
	return `${along}${isAlong ? "a" : ""}${bySubgroups ? "s" : ""}`;
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

/** What a kernel must be to have `joinedText` in its body. */
export function joining(share: Share): Omit<Kernel, "body"> {
	return share.bySubgroups
		? {
				enables: ["subgroups"],
				functions: subgroupsText(share.along),
				threads: share.along,
			}
		: { functions: "var<workgroup> part: array<f32, 256>;" };
}

/**
 * Declares `name`: what the invocations' `value`s of a line come to. Before the
 * next one, or other use of `part`, a barrier is due.
 */
export function joinedText(
	share: Share,
	op: "sum" | "max",
	name: string,
	value: string,
): string {
	if (share.bySubgroups) return `	let ${name} = ${op}OfAll(${value}, lane);\n`;
	const join = (a: string, b: string) =>
		op === "sum"
			? `part[${a}] += part[${b}];`
			: `part[${a}] = max_(part[${a}], part[${b}]);`;
	return `	part[lane] = ${value};
${treeText(share, join)}	let ${name} = part[head];
`;
}

/**
 * Sum and maximum over a workgroup, for subgroups of any size and however its
 * invocations are shared out among them: WGSL promises neither. The first of
 * each leaves its subgroup's result at its own place; then each subgroup goes
 * over all places, as many at a time as it has invocations that take part.
 */
function subgroupsText(threads: number): string {
	const ofAll = (name: string, join: string, type: string, none: string) => `
fn ${name}(v: ${type}, lane: u32) -> ${type} {
	let mine = subgroup${join}(v);
	let rank = subgroupExclusiveAdd(1u);
	let size = subgroupAdd(1u);
	met[lane] = bitcast<u32>(select(${none}, mine, rank == 0u));
	workgroupBarrier();
	var all = ${none};
	for (var at = rank; at < ${threads}u; at += size) {
		let other = bitcast<${type}>(met[at]);
		all = ${join === "Add" ? "all + other" : "max(all, other)"};
	}
	return subgroup${join}(all);
}`;
	// floats in the order of integers, NaN above all: compilers assume that there is none
	return `var<workgroup> met: array<u32, ${threads}>;${ofAll("sumOfAll", "Add", "f32", "0.0")}${ofAll("topOfAll", "Max", "u32", "0u")}
fn maxOfAll(v: f32, lane: u32) -> f32 {
	let b = bitcast<u32>(v);
	let key = select(select(b ^ 0x80000000u, ~b, b > 0x7fffffffu), 0xffffffffu, isNan(v));
	let top = topOfAll(key, lane);
	return bitcast<f32>(select(~top, top ^ 0x80000000u, top > 0x7fffffffu));
}`;
}
