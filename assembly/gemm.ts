/**
 * Matrix products y = a · b + bias, then ReLU if asked.
 *
 * Each output is bias + Σ over blocks of k (Σ within the block), both in
 * ascending order of k, or in that of dot products (gemm-dots.ts) where a's rows and b's
 * columns are contiguous and k is not short. The order depends on k and on these strides
 * alone, so a row of a view has the same bits by itself and among ten thousand.
 *
 * Other operands are packed into panels that the inner loop reads front to back: b
 * in panels of PANEL columns ([k][PANEL]; the last one narrower), padded with zeros;
 * a in quads of 4 rows ([k][4]), or row by row in the relaxed build, which reads
 * contiguous rows where they are, but for the last ones of no whole quad. All strides
 * here are in bytes.
 */
import { dots, dotsBytes } from "./gemm-dots";
import { sweepEdge } from "./gemm-edge";
import {
	blockLength,
	LONGEST_BLOCK,
	PANEL,
	packedDepth,
	packPanel,
	packRows,
} from "./gemm-pack";
import { rowTimesMatrix } from "./gemm-row";
import { setBound, sweep, zeros } from "./gemm-tiles";
import { gathered } from "./lines";

/** A packed block of a (rows × block of k) stays in the L2 cache; whole tiles. */
const BLOCK_M: i32 = 132;
const BLOCK_N: i32 = 1008;
/** Up to so many rows packing costs more than it gains. */
const FEW_ROWS: i32 = 3;
/** From so many terms on dot products are worth adding up their lanes. */
const SHORTEST_DOTS: i32 = 64;

/**
 * Bytes between the entries of a row of a that is read where it is: no stride at all
 * in the plain build. (A constant, so that the builds differ in little else.)
 */
const DIRECT_COLUMN: usize = ASC_FEATURE_RELAXED_SIMD ? 4 : 1;

// @ts-ignore: decorator
@inline
function roundUp(n: i32, unit: i32): usize {
	return <usize>((n + unit - 1) & -unit);
}

/** Bytes of the packed blocks of a and b. */
function packedBytes(m: i32, n: i32, k: i32): usize {
	const lines = roundUp(min(m, BLOCK_M), 4) + roundUp(min(n, BLOCK_N), 4);
	return (lines * <usize>blockLength(k)) << 2;
}

/**
 * Bytes of scratch memory that a product of these sizes needs, or of smaller
 * ones. `copied` counts the entries of a bias and of a single row or column that are
 * not contiguous.
 */
export function gemmWorkspace(m: i32, n: i32, k: i32, copied: i32): usize {
	// The blocks of a shorter sum may be longer, but not than the longest.
	const longest = min(k, LONGEST_BLOCK);
	const operands = packedBytes(m, n, longest) + (<usize>copied << 2);
	return max(operands, dotsBytes(k));
}

function packed(
	a: usize,
	aRow: usize,
	aColumn: usize,
	b: usize,
	bRow: usize,
	bColumn: usize,
	y: usize,
	yRow: usize,
	yColumn: usize,
	bias: usize,
	m: i32,
	n: i32,
	k: i32,
	bound: f32,
	work: usize,
): void {
	const block = blockLength(k);
	const packedA = work;
	const packedB = work + roundUp(min(m, BLOCK_M), 4) * (<usize>block << 2);
	// a panel that serves one block of a only stays where it is packed, in L1
	const isOnce = m <= BLOCK_M;
	for (let jc = 0; jc < n; jc += BLOCK_N) {
		const width = min(n - jc, BLOCK_N);
		let pc = 0;
		do {
			const depth = min(k - pc, block);
			const isFirst = pc == 0;
			// tiles take two terms at once, and there are no zeros behind a's own
			const isDirect = aColumn == DIRECT_COLUMN && (depth & 1) == 0;
			const length = packedDepth(depth);
			const steps = isDirect ? depth : length;
			setBound(pc + depth < k ? -Infinity : bound);
			for (let ic = 0; ic < m; ic += BLOCK_M) {
				const height = min(m - ic, BLOCK_M);
				const from = a + <usize>ic * aRow + <usize>pc * aColumn;
				const quads = height & ~3;
				const first = isDirect ? quads : 0;
				packRows(
					from + <usize>first * aRow,
					aRow,
					aColumn,
					height - first,
					depth,
					packedA + <usize>first * (<usize>length << 2),
				);
				const rows = isDirect ? from : packedA;
				const rowStep = isDirect ? aRow : <usize>length << 2;
				for (let j = 0; j < width; j += PANEL) {
					const columns = min(width - j, PANEL);
					const vectors = (columns + 3) >> 2;
					const panel =
						packedB + (isOnce ? 0 : <usize>j * (<usize>length << 2));
					if (ic == 0)
						packPanel(
							b + <usize>(jc + j) * bColumn + <usize>pc * bRow,
							bColumn,
							bRow,
							columns,
							depth,
							panel,
						);
					const c = y + <usize>ic * yRow + <usize>(jc + j) * yColumn;
					let prev = c;
					let prevRow = yRow;
					let prevColumn = yColumn;
					if (isFirst) {
						prev = bias ? bias + (<usize>(jc + j) << 2) : zeros;
						prevRow = 0;
						prevColumn = 4;
					}
					let done = 0;
					if (yColumn == 4 && columns == vectors << 2) {
						done = quads;
						sweep(
							vectors,
							rows,
							rowStep,
							panel,
							steps,
							prev,
							prevRow,
							c,
							yRow,
							quads,
						);
					}
					sweepEdge(
						vectors,
						rows,
						rowStep,
						packedA,
						panel,
						steps,
						prev,
						prevRow,
						prevColumn,
						c,
						yRow,
						yColumn,
						done,
						height,
						columns,
					);
				}
			}
			pc += depth;
		} while (pc < k);
	}
}

/**
 * y [m, n] = a [m, k] · b [k, n] + bias [n] (0 for none), with strides in bytes.
 * y overlaps no operand. `work` has the bytes that gemmWorkspace names.
 */
export function gemm(
	a: usize,
	aRow: usize,
	aColumn: usize,
	b: usize,
	bRow: usize,
	bColumn: usize,
	y: usize,
	yRow: usize,
	yColumn: usize,
	bias: usize,
	biasStep: usize,
	m: i32,
	n: i32,
	k: i32,
	relu: bool,
	work: usize,
): void {
	const bound: f32 = relu ? 0 : -Infinity;
	if (aColumn == 4 && bRow == 4 && k >= SHORTEST_DOTS) {
		const start = bias ? bias : zeros;
		const step = bias ? biasStep : 0;
		dots(
			a,
			aRow,
			b,
			bColumn,
			y,
			yRow,
			yColumn,
			start,
			step,
			m,
			n,
			k,
			bound,
			work,
		);
		return;
	}
	const line = work + packedBytes(m, n, k);
	if (m <= FEW_ROWS && n > 1 && bColumn == 4) {
		for (let i = 0; i < m; i++) {
			const x = gathered(a, aColumn, k, line);
			rowTimesMatrix(
				x,
				b,
				bRow,
				y,
				yColumn,
				bias,
				bias ? biasStep : 0,
				n,
				k,
				bound,
			);
			a += aRow;
			y += yRow;
		}
		return;
	}
	if (n == 1 && aRow == 4) {
		const x = gathered(b, bRow, k, line);
		rowTimesMatrix(x, a, aColumn, y, yRow, bias, 0, m, k, bound);
		return;
	}
	if (bias) bias = gathered(bias, biasStep, n, line);
	packed(
		a,
		aRow,
		aColumn,
		b,
		bRow,
		bColumn,
		y,
		yRow,
		yColumn,
		bias,
		m,
		n,
		k,
		bound,
		work,
	);
}
