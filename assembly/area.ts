/**
 * What kernels write besides outputs and workspace. Instances over one memory each
 * have an area of their own, so that threads may run the kernels that keep to it.
 */

/** Bytes of an area. */
const AREA: i32 = 4096;

let area: usize = memory.data(AREA, 64);

export function areaBytes(): i32 {
	return AREA;
}

/** Takes a block of that size, aligned to 64 and filled with zeros. */
export function useArea(block: usize): void {
	area = block;
}

/** Lower bounds of products: of the dense ones, and of those by lists. */
// @ts-ignore: decorator
@inline
export function denseBounds(): usize {
	return area;
}

// @ts-ignore: decorator
@inline
export function listBounds(): usize {
	return area + 16;
}

/** 4 rows of 16 floats; or a tile's sums of dot products, and its lines' last terms. */
// @ts-ignore: decorator
@inline
export function edgeTile(): usize {
	return area + 64;
}

/** 16 floats. */
// @ts-ignore: decorator
@inline
export function rowOutputs(): usize {
	return area + 320;
}

/** 256 bytes. */
// @ts-ignore: decorator
@inline
export function panelStarts(): usize {
	return area + 384;
}

/** 16 rows of 128 bytes. */
// @ts-ignore: decorator
@inline
export function panelTile(): usize {
	return area + 640;
}
