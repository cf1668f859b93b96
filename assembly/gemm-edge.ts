/** Tiles of products that lie elsewhere than in whole rows of whole vectors. */
import { edgeTile } from "./area";
import { packedDepth } from "./gemm-pack";
import { rowOf, sweep } from "./gemm-tiles";

/** Bytes from a row of the small tile to the next. */
const EDGE_ROW: usize = 64;

/**
 * As `sweep` for any columns and strides and for the rows from `first` on, by way of a
 * small tile; rows that make no whole quad are at their place among `packed` ones.
 */
export function sweepEdge(
	vectors: i32,
	a: usize,
	aRow: usize,
	packed: usize,
	b: usize,
	depth: i32,
	prev: usize,
	prevRow: usize,
	prevColumn: usize,
	c: usize,
	cRow: usize,
	cColumn: usize,
	first: i32,
	rows: i32,
	columns: i32,
): void {
	const tile = edgeTile();
	const bytes = <usize>columns << 2;
	const vectorBytes = bytes & ~15;
	for (let i = first; i < rows; i += 4) {
		const height = min(rows - i, 4);
		const isWhole = height == 4;
		const quad = isWhole ? a : packed;
		const quadRow = isWhole ? aRow : <usize>packedDepth(depth) << 2;
		for (let r = 0; r < height; r++) {
			let from = prev + <usize>(i + r) * prevRow;
			const to = tile + <usize>r * EDGE_ROW;
			let j: usize = 0;
			if (prevColumn == 4)
				for (; j < vectorBytes; j += 16) {
					v128.store(to + j, v128.load(from));
					from += 16;
				}
			for (; j < bytes; j += 4) {
				f32.store(to + j, f32.load(from));
				from += prevColumn;
			}
		}
		sweep(
			vectors,
			rowOf(quad, i, quadRow, depth),
			quadRow,
			b,
			depth,
			tile,
			EDGE_ROW,
			tile,
			EDGE_ROW,
			vectors > 2 && height <= 2 ? 2 : 4,
		);
		for (let r = 0; r < height; r++) {
			let to = c + <usize>(i + r) * cRow;
			const from = tile + <usize>r * EDGE_ROW;
			let j: usize = 0;
			if (cColumn == 4)
				for (; j < vectorBytes; j += 16) {
					v128.store(to, v128.load(from + j));
					to += 16;
				}
			for (; j < bytes; j += 4) {
				f32.store(to, f32.load(from + j));
				to += cColumn;
			}
		}
	}
}
