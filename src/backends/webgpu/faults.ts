import { Layout } from "../../layout.js";
import type { Blame, View } from "../backend.js";
import { THREADS } from "./fused.js";
import { Block, Chunk, Usage } from "./memory.js";
import { i, type Slot, u } from "./program.js";
import type { Queue } from "./queue.js";
import { Loops } from "./strides.js";

/** Words of a report: number of the blame (0 for none), value, position, least value. */
const WORDS = 4;
/** Bytes of a report. */
export const REPORT = WORDS * 4;

/**
 * What kernels found wrong, in a few words on the GPU that the next read
 * brings along: no wait of its own. The first one counts.
 */
export class Faults {
	private readonly blames: Blame[] = [];
	private readonly numbers = new Map<string, number>();
	private block: Block | null = null;
	private isOpen = false;

	constructor(private readonly device: GPUDevice) {}

	/** Under which number a kernel reports it. */
	numberOf(blame: Blame): number {
		const known = this.numbers.get(blame.key);
		if (known !== undefined) return known;
		const number = this.blames.push(blame);
		this.numbers.set(blame.key, number);
		return number;
	}

	/** Where a kernel reports: F_claim(0u, number), then the rest by F_put. */
	slot(): Slot {
		this.isOpen = true;
		this.block ??= new Block(
			REPORT,
			REPORT,
			new Chunk(
				this.device.createBuffer({
					size: REPORT,
					usage: Usage.storage | Usage.copySource | Usage.copyTarget,
				}),
				-1,
				REPORT,
			),
		);
		const view: View = {
			storage: { handle: this.block },
			layout: Layout.contiguous([WORDS]),
			dtype: "int32",
		};
		return { name: "F", view, writes: true, form: "atomic" };
	}

	/** Copies the report, if any kernel may have written one, and clears it. */
	collect(encoder: GPUCommandEncoder, to: GPUBuffer, at: number): boolean {
		const buffer = this.block?.chunk?.buffer;
		if (!this.isOpen || !buffer) return false;
		this.isOpen = false;
		encoder.copyBufferToBuffer(buffer, 0, to, at, REPORT);
		encoder.clearBuffer(buffer, 0, REPORT);
		return true;
	}

	/** The error that a report means. */
	errorOf(report: Int32Array): Error | null {
		const [number, value, position, least] = report as unknown as [
			number,
			number,
			number,
			number,
		];
		return this.blames[number - 1]?.error(value, position, least) ?? null;
	}
}

/** A kernel that reports entries of `index` outside of [low, high). */
export function watch(
	q: Queue,
	index: View,
	low: number,
	high: number,
	blame: Blame,
): void {
	const { numel, shape, offset } = index.layout;
	if (numel === 0) return;
	const loops = Loops.over(shape, [index]);
	const words = [numel, offset, low, high, q.faults.numberOf(blame)];
	const at = words.length;
	words.push(...loops.words());
	const slots = [{ name: "I", view: index }, q.faults.slot()];
	q.run(`watch:${loops.key}`, slots, words, Math.ceil(numel / THREADS), () => ({
		functions: `fn isBad(v: i32) -> bool { return v < ${i(2)} || v >= ${i(3)}; }`,
		body: `	let at = group * ${THREADS}u + lane;
	if (at >= ${u(0)}) { return; }
	var o = ${u(1)};
	${loops.text("at", at, ["o"])}
	if (!isBad(I(o)) || !F_claim(0u, ${i(4)})) { return; }
	// one invocation gets here, once something is wrong: it looks for the first
	var first = at;
	var value = I(o);
	var least = value;
	for (var p = 0u; p < ${u(0)}; p++) {
		o = ${u(1)};
		${loops.text("p", at, ["o"])}
		let v = I(o);
		least = min(least, v);
		if (isBad(v) && p < first) { first = p; value = v; }
	}
	F_put(1u, value);
	F_put(2u, i32(first));
	F_put(3u, least);`,
	}));
}
