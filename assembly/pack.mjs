import { deflateAsync } from "@gfx/zopfli";

/** Shortest run that is worth a reference. */
const RUN = 8;

/**
 * `to` as a difference from `from`: literal bytes and references in turns, all
 * counts as LEB128. The relaxed core differs from the plain one in little.
 * src/backends/cpu/inlined.ts puts it together again.
 *
 * Format, repeated: literals (count, bytes), then a reference (length, signed
 * distance from the end of the last one). It ends after literals.
 */
function difference(from, to) {
	const places = new Map();
	for (let i = 0; i + RUN <= from.length; i++) {
		const key = from.toString("latin1", i, i + RUN);
		const list = places.get(key);
		if (!list) places.set(key, [i]);
		else if (list.length < 64) list.push(i);
	}
	const matching = (at, i) => {
		let n = 0;
		while (at + n < from.length && i + n < to.length && from[at + n] === to[i + n])
			n++;
		return n;
	};
	const out = [];
	const count = (n) => {
		for (; n > 127; n >>>= 7) out.push((n & 127) | 128);
		out.push(n);
	};
	let literals = [];
	let expected = 0;
	for (let i = 0; i < to.length; ) {
		let length = matching(expected, i);
		let place = expected;
		const key = to.toString("latin1", i, i + RUN);
		for (const at of places.get(key) ?? []) {
			const n = matching(at, i);
			if (n > length) [length, place] = [n, at];
		}
		if (length < (place === expected ? RUN / 2 : RUN)) {
			literals.push(to[i++]);
			expected++;
			continue;
		}
		count(literals.length);
		out.push(...literals);
		literals = [];
		count(length);
		const distance = place - expected;
		count(distance >= 0 ? distance * 2 : -distance * 2 - 1);
		i += length;
		expected = place + length;
	}
	count(literals.length);
	out.push(...literals);
	return Buffer.from(out);
}

/**
 * Both modules, deflated as small as deflate can be: length of the plain one
 * (4 bytes), itself, the difference.
 */
export function pack(plain, relaxed) {
	const length = Buffer.alloc(4);
	length.writeUInt32LE(plain.length);
	return deflateAsync(
		Buffer.concat([length, plain, difference(plain, relaxed)]),
		{ numiterations: 15 },
	);
}
