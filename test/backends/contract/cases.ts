import { Binary, Reduce, Unary } from "../../../assembly/opcodes.js";
import type {
	BinaryName,
	Kernels,
	ReduceName,
	UnaryName,
	View,
} from "../../../src/backends/backend.js";
import type { DType } from "../../../src/dtype.js";
import { Layout, numelOf, type Shape } from "../../../src/layout.js";
import { noise, scattered } from "../cpu/support.js";
import type { Bench } from "./support.js";

/** A kernel call on fresh views; what it gives is compared between devices. */
export interface Case {
	readonly kernel: keyof Kernels;
	readonly name: string;
	readonly tolerance?: number;
	/** Makes the inputs, runs the kernel, and names the views it wrote. */
	run(bench: Bench): readonly View[];
}

const cases: Case[] = [];

function add(
	kernel: keyof Kernels,
	name: string,
	run: (b: Bench) => readonly View[],
	tolerance = 0,
): void {
	cases.push({ kernel, name, run, tolerance });
}

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const f = Math.fround;
const SPECIAL = [0, -0, 1, -1, 2.5, -2.5, 0.5, -0.5, 1.5, -3.5, 7, -7, 3, 1e-3, 1e-12, inf, -inf, nan, 20, -20, 60, -60, 88.5, -87, 100, -100, 3.4e38, 0.9, -0.95, 1e5].map(f); // biome-ignore format: one line
const INTS = [0, 1, -1, 2, -2, 7, -7, 3, 31, 100, -100, 2147483647, -2147483648, 65536]; // biome-ignore format: one line
const BYTES = [0, 1, 2, 7, 77, 127, 128, 200, 254, 255];

function pairs(values: readonly number[]): [number[], number[]] {
	const a: number[] = [];
	const b: number[] = [];
	for (const x of values)
		for (const y of values) {
			a.push(x);
			b.push(y);
		}
	return [a, b];
}

function cyclic(values: readonly number[], n: number): number[] {
	return Array.from(
		{ length: n },
		(_, i) => values[i % values.length] as number,
	);
}

/** Random numbers of a dtype: whole ones but for float32. */
function random(shape: Shape, dtype: DType = "float32", seed = 1): number[] {
	const values = Array.from(noise(numelOf(shape), seed));
	if (dtype === "float32") return values;
	if (dtype === "int32") return values.map((v) => Math.trunc(v * 1000));
	if (dtype === "bool") return values.map((v) => Number(v > 0));
	return values.map((v) => Math.trunc((v + 1) * 127));
}

/** Layouts of one shape: dense, with an offset, and in several disorders. */
function layouts(shape: Shape): [string, Layout][] {
	return [
		["contiguous", Layout.contiguous(shape)],
		["offset 1", new Layout(shape, Layout.contiguous(shape).strides, 1)],
		["offset 4", new Layout(shape, Layout.contiguous(shape).strides, 4)],
		["transposed", scattered(shape, 1)],
		["gaps", scattered(shape, 12)],
		["all", scattered(shape, 31)],
	];
}

// Elementwise

/** Cubed tolerance is absurd for exact operations: these alone are approximate. */
const NEAR: Partial<Record<UnaryName | BinaryName, number>> = {
	exp: 2e-6,
	expm1: 2e-6,
	log: 1e-6,
	log1p: 1e-6,
	log2: 1e-6,
	sin: 1e-5,
	cos: 1e-5,
	tanh: 1e-6,
	sigmoid: 1e-6,
	erf: 1e-6,
	rsqrt: 1e-6,
	sqrt: 1e-6,
	reciprocal: 1e-6,
	silu: 2e-6,
	gelu: 2e-6,
	softplus: 2e-6,
	elu: 2e-6,
	hardswish: 1e-6,
	div: 1e-6,
	pow: 2e-5,
	sigmoidBackward: 1e-6,
	tanhBackward: 1e-6,
};
const TESTS: readonly string[] = ["logicalNot", "isnan", "isinf", "isfinite"];
const INT_UNARY: readonly string[] = [
	"neg",
	"abs",
	"sign",
	"square",
	"bitwiseNot",
];
const PARAMS: Partial<Record<UnaryName, [number, number]>> = {
	softplus: [2, 20],
	elu: [1.5, 0],
	leakyRelu: [0.1, 0],
	hardtanh: [-2, 3],
};

const unaries = Object.keys(Unary).filter((k) =>
	Number.isNaN(Number(k)),
) as UnaryName[];
for (const op of unaries) {
	const [p0, p1] = PARAMS[op] ?? [0, 0];
	const test = TESTS.includes(op);
	if (op !== "bitwiseNot")
		for (const [name, layout] of layouts([5, 6]))
			add(
				"unary",
				`${op} float ${name}`,
				(b) => {
					const x = b.put(SPECIAL, layout);
					const y = b.put(9, test ? layout : [5, 6], test ? "bool" : "float32");
					b.k.unary(op, x, y, p0, p1);
					return [y];
				},
				NEAR[op],
			);
	if (test || INT_UNARY.includes(op))
		add("unary", `${op} int`, (b) => {
			const x = b.put(INTS, [14], "int32");
			const y = b.put(9, [14], test ? "bool" : "int32");
			b.k.unary(op, x, y);
			return [y];
		});
}
add("unary", "logicalNot bool", (b) => {
	const x = b.put([0, 1, 1, 0, 1], [5], "bool");
	const y = b.put(9, new Layout([5], [2], 1), "bool");
	b.k.unary("logicalNot", x, y);
	return [y];
});
add("unary", "hardtanh of crossed bounds", (b) => {
	const y = b.put(9, [30]);
	b.k.unary("hardtanh", b.put(SPECIAL, [30]), y, 1, -1);
	return [y];
});
add("unary", "in place", (b) => {
	const x = b.put(SPECIAL, [30]);
	b.k.unary("neg", x, x);
	return [x];
});
add("unary", "part of a block", (b) => {
	const x = b.put(random([16]), [16]);
	const half = (offset: number) => ({
		...x,
		layout: new Layout([5], [1], offset),
	});
	b.k.unary("square", half(8), half(0));
	return [x];
});

const binaries = Object.keys(Binary).filter((k) =>
	Number.isNaN(Number(k)),
) as BinaryName[];
const BITS: readonly string[] = ["bitwiseAnd", "bitwiseOr", "bitwiseXor"];
const SHIFTS: readonly string[] = ["bitwiseLeftShift", "bitwiseRightShift"];
const FLOAT_ONLY: readonly string[] = [
	"div",
	"thresholdBackward",
	"sigmoidBackward",
	"tanhBackward",
];
const TO_BOOL: readonly string[] = [
	"eq",
	"ne",
	"lt",
	"le",
	"gt",
	"ge",
	"logicalAnd",
	"logicalOr",
	"logicalXor",
];
for (const op of binaries) {
	const toBool = TO_BOOL.includes(op);
	if (!BITS.includes(op) && !SHIFTS.includes(op)) {
		add(
			"binary",
			`${op} float`,
			(b) => {
				const [a, c] = pairs(SPECIAL);
				const y = b.put(9, [900], toBool ? "bool" : "float32");
				b.k.binary(op, b.put(a, [900]), b.put(c, [900]), y);
				return [y];
			},
			NEAR[op],
		);
		for (const [name, layout] of layouts([5, 6]))
			add(
				"binary",
				`${op} float ${name} broadcast`,
				(b) => {
					const row = new Layout([5, 6], [0, 1], 2);
					const y = b.put(9, layout, toBool ? "bool" : "float32");
					b.k.binary(
						op,
						b.put(random([5, 6]), layout),
						b.put([1, 2, 3, -1, -2, 0.5], row),
						y,
					);
					return [y];
				},
				NEAR[op],
			);
		for (const value of [2, -1.5, 0])
			add(
				"binary",
				`${op} number ${value}`,
				(b) => {
					const x = b.put(SPECIAL, [30]);
					const y = b.put(9, [30], toBool ? "bool" : "float32");
					const z = b.put(9, [30], toBool ? "bool" : "float32");
					b.k.binary(op, x, value, y);
					b.k.binary(op, value, x, z);
					return [y, z];
				},
				NEAR[op],
			);
	}
	if (!FLOAT_ONLY.includes(op))
		add("binary", `${op} int`, (b) => {
			const [a, c] = pairs(INTS);
			const y = b.put(9, [196], toBool ? "bool" : "int32");
			b.k.binary(op, b.put(a, [196], "int32"), b.put(c, [196], "int32"), y);
			return [y];
		});
	if (toBool || BITS.includes(op))
		add("binary", `${op} bool`, (b) => {
			const y = b.put(9, scattered([2, 2], 8), "bool");
			b.k.binary(
				op,
				b.put([0, 0, 1, 1], [2, 2], "bool"),
				b.put([0, 1, 0, 1], [2, 2], "bool"),
				y,
			);
			return [y];
		});
}
add("binary", "one element everywhere", (b) => {
	const y = b.put(9, [4, 5]);
	b.k.binary(
		"mul",
		b.put(random([4, 5]), [4, 5]),
		b.put([3], new Layout([4, 5], [0, 0], 1)),
		y,
	);
	return [y];
});

for (const dtype of ["float32", "int32", "uint8", "bool"] as const)
	for (const [name, layout] of layouts([3, 5]))
		add("where", `${dtype} ${name}`, (b) => {
			const c = b.put(random([3, 5], "bool", 3), layout, "bool");
			const a = b.put(random([3, 5], dtype), layout, dtype);
			const y = b.put(9, layout, dtype);
			const z = b.put(9, [3, 5], dtype);
			b.k.where(c, a, 1, y);
			b.k.where(c, 0, a, z);
			return [y, z];
		});

for (const from of ["float32", "int32", "uint8", "bool"] as const)
	for (const to of ["float32", "int32", "uint8", "bool"] as const)
		for (const [name, layout] of layouts([3, 7]))
			add("copy", `${from} to ${to} ${name}`, (b) => {
				const values = {
					float32: [...SPECIAL, 300, -1.5, 255.9, 3e9, -3e9],
					int32: INTS,
					uint8: BYTES,
					bool: [0, 1, 1],
				}[from];
				const x = b.put(
					cyclic(
						values.filter((v) => to !== "uint8" || Math.abs(v) < 1e18),
						21,
					),
					layout,
					from,
				);
				const y = b.put(9, [3, 7], to);
				const z = b.put(9, layout, to);
				b.k.copy(x, y);
				b.k.copy(x, z);
				return [y, z];
			});
add("copy", "backwards", (b) => {
	const x = b.put(random([7]), [7]);
	const y = b.put(9, [7]);
	b.k.copy({ ...x, layout: new Layout([7], [-1], 6) }, y);
	return [y];
});
add("copy", "of rank 9", (b) => {
	const shape = [2, 1, 3, 2, 2, 1, 2, 2, 2];
	const x = b.put(random(shape), scattered(shape, 5));
	const y = b.put(9, shape);
	b.k.copy(x, y);
	return [y];
});
for (const dtype of ["float32", "int32", "uint8", "bool"] as const)
	for (const [name, layout] of layouts([3, 5]))
		add("fill", `${dtype} ${name}`, (b) => {
			const y = b.put(9, layout, dtype);
			b.k.fill(y, 1);
			return [y];
		});
add("fill", "NaN, nothing", (b) => {
	const y = b.put(9, [3]);
	const z = b.put(9, [0, 2]);
	b.k.fill(y, nan);
	b.k.fill(z, 1);
	return [y, z];
});

// Reductions

const reductions = Object.keys(Reduce).filter((k) =>
	Number.isNaN(Number(k)),
) as ReduceName[];
const REDUCED: [Shape, Shape][] = [
	[[7], [1]],
	[[1], [1]],
	[
		[3, 50],
		[3, 1],
	],
	[
		[50, 3],
		[1, 3],
	],
	[
		[2, 3, 4, 5],
		[2, 1, 4, 1],
	],
	[
		[2, 3, 4, 5],
		[1, 3, 1, 5],
	],
	[
		[2, 3, 4, 5],
		[1, 1, 1, 1],
	],
	[
		[300, 40],
		[1, 40],
	],
	[
		[40, 300],
		[40, 1],
	],
	[
		[0, 3],
		[1, 3],
	],
	[
		[2, 3],
		[2, 3],
	],
];
for (const op of reductions)
	for (const [from, to] of REDUCED)
		for (const choice of [0, 29]) {
			add(
				"reduce",
				`${op} ${from} to ${to}${choice ? " scattered" : ""}`,
				(b) => {
					const values = random(from).map((v) =>
						op === "prod" ? 1 + v / 20 : v,
					);
					const x = b.put(values, scattered(from, choice));
					const y = b.put(9, scattered(to, choice));
					b.k.reduce(op, x, y);
					return [y];
				},
				2e-5,
			);
			for (const dtype of ["int32", "uint8", "bool"] as const)
				if (dtype === "int32" ? choice === 0 : choice && op === "max")
					add("reduce", `${op} ${dtype} ${from} to ${to} ${choice}`, (b) => {
						const x = b.put(
							random(from, dtype),
							scattered(from, choice),
							dtype,
						);
						const y = b.put(9, scattered(to, choice), dtype);
						b.k.reduce(op, x, y);
						return [y];
					});
		}
for (const [from, to] of [
	[[70000], [1]],
	[
		[3, 40000],
		[3, 1],
	],
	[
		[40000, 3],
		[1, 3],
	],
	[
		[2, 2, 40000],
		[2, 2, 1],
	],
] as [Shape, Shape][])
	add(
		"reduce",
		`a long mean ${from}`,
		(b) => {
			const y = b.put(9, to);
			b.k.reduce(
				"sum",
				b.put(
					random(from).map((v) => v + 0.5),
					from,
				),
				y,
				1 / 40000,
			);
			return [y];
		},
		1e-5,
	);
add("reduce", "extremes of NaN", (b) => {
	const x = b.put([1, nan, 2, -inf, inf, 3], [3, 2]);
	const y = b.put(9, [3, 1]);
	const z = b.put(9, [1, 1]);
	b.k.reduce("max", x, y);
	b.k.reduce("min", x, z);
	return [y, z];
});

for (const op of ["max", "min"] as const)
	for (const dtype of ["float32", "int32", "uint8", "bool"] as const)
		for (const [from, dim] of [
			[[7], 0],
			[[3, 50], 1],
			[[50, 3], 0],
			[[2, 300, 3], 1],
			[[2, 1], 1],
		] as [number[], number][])
			if (dtype === "float32" || from[1] === 50)
				add("argReduce", `${op} ${dtype} ${from} ${dim}`, (b) => {
					const to = from.map((n, d) => (d === dim ? 1 : n));
					const values = random(from, dtype).map((v) =>
						dtype === "float32" ? Math.round(v * 8) : v,
					);
					const x = b.put(values, scattered(from, 13), dtype);
					const y = b.put(9, scattered(to, 8), dtype);
					const i = b.put(9, to, "int32");
					const j = b.put(9, to, "int32");
					b.k.argReduce(op, x, y, i);
					b.k.argReduce(op, x, null, j);
					return [y, i, j];
				});
add("argReduce", "NaN", (b) => {
	const x = b.put([1, nan, 2, nan, 5, 4], [2, 3]);
	const i = b.put(9, [2, 1], "int32");
	b.k.argReduce("max", x, null, i);
	return [i];
});

for (const dtype of ["float32", "int32"] as const)
	for (const [shape, dim] of [
		[[7], 0],
		[[3, 600], 1],
		[[300, 3], 0],
	] as [number[], number][])
		add(
			"cumsum",
			`${dtype} ${shape} ${dim}`,
			(b) => {
				const x = b.put(random(shape, dtype), scattered(shape, 9), dtype);
				const y = b.put(9, scattered(shape, 1), dtype);
				b.k.cumsum(x, y, dim);
				return [y];
			},
			dtype === "float32" ? 1e-5 : 0,
		);

for (const descending of [false, true])
	for (const dtype of ["float32", "int32", "uint8"] as const)
		for (const [shape, dim] of [
			[[30], 0],
			[[3, 50], 1],
			[[50, 3], 0],
			[[2, 1500], 1],
			[[1], 0],
		] as [number[], number][])
			add("sort", `${dtype} ${shape} ${dim} ${descending}`, (b) => {
				const values =
					dtype === "float32"
						? cyclic([...SPECIAL, ...random([40])], numelOf(shape))
						: random(shape, dtype);
				const x = b.put(values, scattered(shape, 9), dtype);
				const v = b.put(9, scattered(shape, 1), dtype);
				const i = b.put(9, shape, "int32");
				b.k.sort(x, v, i, dim, descending);
				return [v, i];
			});
add("sort", "in place", (b) => {
	const x = b.put(random([2000]), [2000]);
	const z = b.put(random([600]), [600]);
	const i = b.put(9, [2000], "int32");
	const j = b.put(9, [600], "int32");
	b.k.sort(x, x, i, 0, false);
	b.k.sort(z, z, j, 0, true);
	return [x, i, z, j];
});

// Products

for (const [m, k, n] of [
	[1, 1, 1],
	[1, 37, 20],
	[20, 37, 1],
	[3, 50, 70],
	[70, 50, 3],
	[5, 7, 9],
	[33, 40, 65],
	[130, 70, 140],
	[64, 0, 5],
	[6, 1, 6],
] as [number, number, number][])
	for (const [ta, tb] of [
		[0, 0],
		[1, 0],
		[0, 1],
		[1, 1],
	] as const)
		for (const bias of [false, true])
			add(
				"matmul",
				`${m} ${k} ${n} ${ta}${tb} ${bias ? "bias, relu" : ""}`,
				(b) => {
					const a = b.put(random([m, k]), scattered([m, k], ta));
					const c = b.put(random([k, n], "float32", 2), scattered([k, n], tb));
					const z = bias
						? b.put(random([n], "float32", 3), new Layout([n], [2], 1))
						: null;
					const y = b.put(9, scattered([m, n], m % 2));
					b.k.matmul(a, c, y, z, bias);
					return [y];
				},
				1e-5,
			);
for (const [m, k, n] of [
	[2, 30, 5],
	[20, 30, 40],
] as [number, number, number][])
	add(
		"matmul",
		`batches ${m} ${k} ${n}`,
		(b) => {
			const a = b.put(random([3, m, k]), scattered([3, m, k], 2));
			const c = b.put(
				random([k, n], "float32", 2),
				new Layout([3, k, n], [0, 1, k]),
			);
			const y = b.put(9, [3, m, n]);
			b.k.matmul(a, c, y, null, false);
			return [y];
		},
		1e-5,
	);

// What a device may do in one pass

for (const [m, k, n] of [
	[3, 20, 9],
	[40, 20, 33],
	[40, 20, 2],
] as const) {
	add(
		"matmul",
		`then relu ${m} ${n}`,
		(b) => {
			const a = b.put(random([m, k]), [m, k]);
			const c = b.put(random([k, n], "float32", 2), [k, n]);
			const z = b.put(random([n], "float32", 3), [n]);
			const y = b.put(9, [m, n]);
			const r = b.put(9, scattered([m, n], 13));
			b.k.matmul(a, c, y, z, false);
			b.k.unary("relu", y, r);
			const inPlace = b.put(9, [m, n]);
			b.k.matmul(a, c, inPlace, z, false);
			b.k.unary("relu", inPlace, inPlace);
			return [y, r, inPlace];
		},
		1e-5,
	);
	for (const isBefore of [true, false])
		add(
			"matmul",
			`with sums of the columns ${isBefore ? "before" : "after"} ${m} ${n}`,
			(b) => {
				const g = b.put(random([k, m]), [k, m]);
				const x = b.put(random([k, n], "float32", 2), [k, n]);
				const y = b.put(9, [m, n]);
				const s = b.put(9, new Layout([1, m], [m, 1], 2));
				if (isBefore) b.k.reduce("sum", g, s);
				const gt = { ...g, layout: g.layout.transpose(0, 1) };
				b.k.matmul(gt, x, y, null, false);
				if (!isBefore) b.k.reduce("sum", g, s);
				return [y, s];
			},
			1e-5,
		);
}
for (const factor of [1, -0.5])
	add(
		"crossEntropy",
		`then its gradient times ${factor}`,
		(b) => {
			const x = b.put(random([7, 10]), [7, 10]);
			const t = b.put([1, 2, 3, 4, 5, 6, 7], [7], "int32");
			const loss = b.put(9, []);
			const dx = b.put(9, [7, 10]);
			const handle = b.k.alloc(4);
			const seed = {
				storage: { handle },
				layout: new Layout([], []),
				dtype: "float32",
			} as const;
			const y = b.put(9, [7, 10]);
			b.k.crossEntropy(x, t, loss, dx, true, -100);
			b.k.fill(seed, factor);
			b.k.binary(
				"mul",
				dx,
				{ ...seed, layout: new Layout([7, 10], [0, 0]) },
				y,
			);
			b.k.free(handle, 4);
			return [loss, dx, y];
		},
		1e-5,
	);
add(
	"fill",
	"a number that other kernels take",
	(b) => {
		const handle = b.k.alloc(4);
		const one = {
			storage: { handle },
			layout: new Layout([], []),
			dtype: "float32",
		} as const;
		const wide = { ...one, layout: new Layout([6], [0]) };
		const y = b.put(9, [6]);
		const z = b.put(9, [6]);
		const r = b.put(9, [6]);
		b.k.fill(one, 2);
		b.k.binary("add", wide, 1, y);
		b.k.unary("neg", one, one);
		b.k.binary("add", wide, 1, z);
		b.k.fill(one, 5);
		b.k.fill(one, 6);
		b.k.unary("sqrt", wide, r);
		b.k.free(handle, 4);
		return [y, z, r];
	},
	1e-6,
);

// Softmax

for (const log of [false, true])
	for (const [shape, dim] of [
		[[7], 0],
		[[5, 10], 1],
		[[10, 5], 0],
		[[2, 3, 400], 2],
		[[2, 30, 3], 1],
	] as [number[], number][]) {
		add(
			"softmax",
			`${log} ${shape} ${dim}`,
			(b) => {
				const x = b.put(
					random(shape).map((v) => v * 30),
					scattered(shape, 13),
				);
				const y = b.put(9, scattered(shape, 4));
				b.k.softmax(x, y, dim, log);
				return [y];
			},
			2e-6,
		);
		add(
			"softmaxBackward",
			`${log} ${shape} ${dim}`,
			(b) => {
				const g = b.put(random(shape), scattered(shape, 5));
				const y = b.put(random(shape, "float32", 2), scattered(shape, 12));
				const dx = b.put(9, shape);
				b.k.softmaxBackward(g, y, dx, dim, log);
				return [dx];
			},
			1e-5,
		);
	}
for (const [m, n] of [
	[1, 1],
	[7, 10],
	[300, 10],
	[3, 500],
	[400, 100],
] as [number, number][])
	for (const mean of [false, true])
		for (const withGradient of [false, true])
			add(
				"crossEntropy",
				`${m} ${n} ${mean} ${withGradient}`,
				(b) => {
					const x = b.put(
						random([m, n]).map((v) => v * 20),
						[m, n],
					);
					const t = b.put(
						random([m], "uint8").map((v, i) => (i % 5 === 4 ? -100 : v % n)),
						[m],
						"int32",
					);
					const loss = b.put(9, []);
					const dx = withGradient ? b.put(9, [m, n]) : null;
					b.k.crossEntropy(x, t, loss, dx, mean, -100);
					return dx ? [loss, dx] : [loss];
				},
				1e-5,
			);

// Indices

for (const dtype of ["float32", "int32", "uint8", "bool"] as const)
	for (const dim of [0, 1])
		for (const choice of [0, 31]) {
			const shape = [6, 7];
			const tag = `${dtype} ${dim} ${choice}`;
			const list = [0, 3, -1, 5, 2].map(Math.trunc);
			const part = dim === 0 ? [5, 7] : [6, 5];
			add("indexSelect", tag, (b) => {
				const x = b.put(random(shape, dtype), scattered(shape, choice), dtype);
				const y = b.put(9, scattered(part, choice), dtype);
				b.k.indexSelect(
					x,
					dim,
					b.put(list, new Layout([5], [2], 1), "int32"),
					y,
				);
				return [y];
			});
			for (const adds of [false, true]) {
				add(
					"indexPut",
					`${tag} ${adds}`,
					(b) => {
						const y = b.put(
							random(shape, dtype),
							scattered(shape, choice),
							dtype,
						);
						const x = b.put(
							random(part, dtype, 2),
							scattered(part, choice),
							dtype,
						);
						const index = b.put(adds ? [0, 3, -1, 3, 3] : list, [5], "int32");
						b.k.indexPut(y, dim, index, x, adds);
						return [y];
					},
					1e-6,
				);
				add(
					"scatter",
					`${tag} ${adds}`,
					(b) => {
						const y = b.put(
							random(shape, dtype),
							scattered(shape, choice),
							dtype,
						);
						const x = b.put(
							random(part, dtype, 2),
							scattered(part, choice),
							dtype,
						);
						const other = shape[dim] as number;
						// different along dim, so that the order does not matter
						const places = Array.from({ length: 35 }, (_, i) => {
							const along = dim === 0 ? Math.floor(i / 7) : i % 5;
							return ((along + 2) % other) - (i % 2 ? other : 0);
						});
						const index = b.put(places, part, "int32");
						b.k.scatter(y, dim, index, x, adds);
						b.k.scatter(y, dim, index, 1, adds);
						return [y];
					},
					1e-6,
				);
			}
			add("gather", tag, (b) => {
				const x = b.put(random(shape, dtype), scattered(shape, choice), dtype);
				const y = b.put(9, scattered(part, choice), dtype);
				const index = b.put(
					cyclic([0, 3, -1, 5, 2, -6], 35).slice(0, numelOf(part)),
					part,
					"int32",
				);
				b.k.gather(x, dim, index, y);
				return [y];
			});
		}

for (const choice of [0, 31])
	for (const [withIndex, perChannel] of [
		[false, false],
		[true, false],
		[false, true],
		[true, true],
	])
		add("lookup", `${withIndex} ${perChannel} ${choice}`, (b) => {
			const shape = [5, 3, 2, 4];
			const x = b.put(
				random(shape, "uint8"),
				scattered(shape, choice),
				"uint8",
			);
			const table = perChannel
				? b.put(random([3, 256]), [3, 256])
				: b.put(random([256]), [256]);
			const index = withIndex ? b.put([4, 0, 2], [3], "int32") : null;
			const to = withIndex ? [3, 3, 2, 4] : shape;
			const y = b.put(9, scattered(to, choice));
			b.k.lookup(x, index, table, y);
			return [y];
		});

// Images

const WINDOWS = [
	{ kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1] },
	{ kernel: [3, 2], stride: [1, 2], padding: [1, 1], dilation: [1, 1] },
	{ kernel: [3, 3], stride: [2, 1], padding: [2, 1], dilation: [2, 1] },
] as const;
const IMAGE = [2, 3, 7, 8];
for (const [w, window] of WINDOWS.entries())
	for (const choice of [0, 13]) {
		const out = [0, 1].map((s) => {
			const side = s as 0 | 1;
			const reach = window.dilation[side] * (window.kernel[side] - 1) + 1;
			return (
				Math.floor(
					((IMAGE[2 + s] as number) + 2 * window.padding[side] - reach) /
						window.stride[side],
				) + 1
			);
		});
		const places = numelOf(out);
		const columns = [2, 3 * window.kernel[0] * window.kernel[1], places];
		const pooled = [2, 3, ...out];
		const tag = `window ${w} ${choice}`;
		add("im2col", tag, (b) => {
			const y = b.put(9, columns);
			b.k.im2col(b.put(random(IMAGE), scattered(IMAGE, choice)), y, window);
			return [y];
		});
		add(
			"col2im",
			tag,
			(b) => {
				const y = b.put(9, scattered(IMAGE, choice));
				b.k.col2im(
					b.put(random(columns), scattered(columns, choice)),
					y,
					window,
				);
				return [y];
			},
			1e-6,
		);
		add("maxPool2d", tag, (b) => {
			const values = random(IMAGE);
			values[20] = nan;
			const y = b.put(9, scattered(pooled, choice));
			const i = b.put(9, pooled, "int32");
			b.k.maxPool2d(b.put(values, scattered(IMAGE, choice)), y, i, window);
			return [y, i];
		});
		if (window.dilation[0] === 1)
			for (const [counts, divisor] of [
				[true, 0],
				[false, 0],
				[true, 5],
			] as [boolean, number][]) {
				add(
					"avgPool2d",
					`${tag} ${counts} ${divisor}`,
					(b) => {
						const y = b.put(9, scattered(pooled, choice));
						b.k.avgPool2d(
							b.put(random(IMAGE), scattered(IMAGE, choice)),
							y,
							window,
							counts,
							divisor,
						);
						return [y];
					},
					1e-6,
				);
				add(
					"avgPool2dBackward",
					`${tag} ${counts} ${divisor}`,
					(b) => {
						const dx = b.put(9, scattered(IMAGE, choice));
						b.k.avgPool2dBackward(
							b.put(random(pooled), scattered(pooled, choice)),
							dx,
							window,
							counts,
							divisor,
						);
						return [dx];
					},
					1e-6,
				);
			}
	}

// Optimizers

const SIZES: Shape[] = [[5, 7], [3], [64], [], [33], [2, 2]];
function sets(b: Bench, count: number): View[][] {
	return Array.from({ length: count }, (_, s) =>
		SIZES.map((shape, i) =>
			b.put(
				random(shape, "float32", 10 * s + i + 1).map((v) =>
					s > 1 ? Math.abs(v) : v,
				),
				shape,
			),
		),
	);
}
for (const [name, o] of Object.entries({
	plain: {},
	decay: { weightDecay: 0.1, maximize: true },
	momentum: { momentum: 0.9, dampening: 0.2 },
	"first momentum": { momentum: 0.9, first: true },
	nesterov: { momentum: 0.9, nesterov: true, weightDecay: 0.01 },
}))
	add(
		"sgd",
		name,
		(b) => {
			const [p, g, m] = sets(b, 3) as [View[], View[], View[]];
			const all = {
				lr: 0.1,
				momentum: 0,
				dampening: 0,
				weightDecay: 0,
				nesterov: false,
				maximize: false,
				first: false,
				...o,
			};
			b.k.sgd(p, g, all.momentum ? m : [], all);
			return [...p, ...m];
		},
		1e-6,
	);
for (const [name, o] of Object.entries({
	adam: {},
	adamw: { decoupled: true, weightDecay: 0.1 },
	decay: { weightDecay: 0.1, maximize: true },
	amsgrad: { amsgrad: true },
}))
	add(
		"adam",
		name,
		(b) => {
			const [p, g, m, s, x] = sets(b, 5) as [
				View[],
				View[],
				View[],
				View[],
				View[],
			];
			const all = {
				lr: 0.01,
				beta1: 0.9,
				beta2: 0.99,
				eps: 1e-8,
				weightDecay: 0,
				decoupled: false,
				amsgrad: false,
				maximize: false,
				step: 3,
				...o,
			};
			b.k.adam(p, g, m, s, all.amsgrad ? x : [], all);
			return [...p, ...m, ...s, ...x];
		},
		1e-5,
	);
for (const [name, o] of Object.entries({
	plain: {},
	momentum: { momentum: 0.9, weightDecay: 0.1 },
	maximize: { maximize: true },
}))
	add(
		"rmsprop",
		name,
		(b) => {
			const [p, g, s, m] = sets(b, 4) as [View[], View[], View[], View[]];
			const all = {
				lr: 0.01,
				alpha: 0.9,
				eps: 1e-6,
				weightDecay: 0,
				momentum: 0,
				centered: false,
				maximize: false,
				...o,
			};
			b.k.rmsprop(p, g, s, all.momentum ? m : [], [], all);
			return [...p, ...s, ...m];
		},
		1e-5,
	);
add(
	"rmsprop",
	"centered",
	(b) => {
		const [p, g, s, a] = sets(b, 4) as [View[], View[], View[], View[]];
		for (const v of a) b.k.fill(v, 0.01);
		for (const v of s) b.k.fill(v, 0.5);
		b.k.rmsprop(p, g, s, [], a, {
			lr: 0.01,
			alpha: 0.9,
			eps: 1e-6,
			weightDecay: 0,
			momentum: 0,
			centered: true,
			maximize: false,
		});
		return [...p, ...s, ...a];
	},
	1e-5,
);
add(
	"adagrad",
	"decay",
	(b) => {
		const [p, g, s] = sets(b, 3) as [View[], View[], View[]];
		b.k.adagrad(p, g, s, {
			lr: 0.1,
			eps: 1e-10,
			weightDecay: 0.1,
			maximize: true,
		});
		return [...p, ...s];
	},
	1e-5,
);

export const contractCases: readonly Case[] = cases;
