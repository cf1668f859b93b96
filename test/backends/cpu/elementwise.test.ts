import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type {
	BinaryName,
	UnaryName,
	View,
} from "../../../src/backends/backend.js";
import type { DType } from "../../../src/dtype.js";
import { Layout, numelOf } from "../../../src/layout.js";
import { builds, Device, scattered } from "./support.js";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const f = Math.fround;
const bool = Number;

const FLOATS = [
	0,
	-0,
	1,
	-1,
	2.5,
	-2.5,
	0.5,
	-3.5,
	7,
	-7,
	3,
	1e-3,
	inf,
	-inf,
	nan,
	100,
	-100,
	1e-40,
	3.4e38,
].map(f);
const INTS = [
	0, 1, -1, 2, -2, 7, -7, 3, 31, 100, -100, 2147483647, -2147483648, 65536,
];
const BOOLS = [0, 1];

/** Python's %. */
function mod(a: number, b: number): number {
	const r = a % b;
	return r !== 0 && r < 0 !== b < 0 ? r + b : r;
}

function floorDiv(a: number, b: number): number {
	if (b === 0) return a / b;
	const r = a % b;
	let q = (a - r) / b;
	if (r !== 0 && b < 0 !== r < 0) q -= 1;
	if (q === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0;
	return Math.floor(f(q)) + (f(q) - Math.floor(f(q)) > 0.5 ? 1 : 0);
}

function intPow(a: number, b: number): number {
	if (b < 0) return a === 1 ? 1 : a === -1 ? (b % 2 === 0 ? 1 : -1) : 0;
	let y = 1n;
	const base = BigInt(a);
	for (let i = 0; i < Math.min(b, 64); i++) y = BigInt.asIntN(32, y * base);
	if (b > 64) y = BigInt.asIntN(32, modPow(base, BigInt(b)));
	return Number(y);
}

function modPow(a: bigint, b: bigint): bigint {
	let y = 1n;
	for (; b > 0n; b >>= 1n) {
		if (b & 1n) y = BigInt.asUintN(32, y * a);
		a = BigInt.asUintN(32, a * a);
	}
	return y;
}

type Rule = (a: number, b: number) => number;

/** Of floats; null where there is no such operation on floats. */
const floatBinary: Record<BinaryName, Rule | null> = {
	add: (a, b) => a + b,
	sub: (a, b) => a - b,
	mul: (a, b) => a * b,
	div: (a, b) => a / b,
	floorDivide: floorDiv,
	truncDivide: (a, b) => Math.trunc(f(a / b)),
	remainder: mod,
	fmod: (a, b) => a % b,
	// as C: 1 to any power is 1, and so is -1 to ±inf
	pow: (a, b) => (a === 1 || (a === -1 && Math.abs(b) === inf) ? 1 : a ** b),
	maximum: Math.max,
	minimum: Math.min,
	thresholdBackward: (g, y) => (y <= 0 ? 0 : g),
	sigmoidBackward: (g, y) => f(g * f(1 - y)) * y,
	tanhBackward: (g, y) => g * f(1 - f(y * y)),
	eq: (a, b) => bool(a === b),
	ne: (a, b) => bool(a !== b),
	lt: (a, b) => bool(a < b),
	le: (a, b) => bool(a <= b),
	gt: (a, b) => bool(a > b),
	ge: (a, b) => bool(a >= b),
	logicalAnd: (a, b) => bool(a !== 0 && b !== 0),
	logicalOr: (a, b) => bool(a !== 0 || b !== 0),
	logicalXor: (a, b) => bool((a !== 0) !== (b !== 0)),
	bitwiseAnd: null,
	bitwiseOr: null,
	bitwiseXor: null,
};

const intBinary: Record<BinaryName, Rule | null> = {
	...floatBinary,
	mul: Math.imul,
	div: null,
	floorDivide: (a, b) => (b === 0 ? 0 : Math.floor(a / b)),
	truncDivide: (a, b) => (b === 0 ? 0 : Math.trunc(a / b)),
	remainder: (a, b) => (b === 0 ? 0 : mod(a, b)),
	fmod: (a, b) => (b === 0 ? 0 : (a % b) | 0),
	pow: intPow,
	thresholdBackward: null,
	sigmoidBackward: null,
	tanhBackward: null,
	bitwiseAnd: (a, b) => a & b,
	bitwiseOr: (a, b) => a | b,
	bitwiseXor: (a, b) => a ^ b,
};

const NO_BOOLS: BinaryName[] = ["add", "sub", "mul", "floorDivide"];
NO_BOOLS.push("truncDivide", "remainder", "fmod", "pow", "maximum", "minimum");

const TESTS: BinaryName[] = ["eq", "ne", "lt", "le", "gt", "ge"];
TESTS.push("logicalAnd", "logicalOr", "logicalXor");

type Unary1 = (x: number, a: number, b: number) => number;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function halfEven(x: number): number {
	const r = Math.round(x);
	return Math.abs(x - Math.trunc(x)) === 0.5 && r % 2 !== 0 ? r - 1 : r;
}

/** In double precision; those that math.test.ts measures are only roughly here. */
const floatUnary: Record<UnaryName, Unary1 | null> = {
	neg: (x) => -x,
	abs: Math.abs,
	sign: (x) => (x > 0 ? 1 : x < 0 ? -1 : 0),
	square: (x) => x * x,
	sqrt: Math.sqrt,
	rsqrt: (x) => 1 / f(Math.sqrt(x)),
	reciprocal: (x) => 1 / x,
	exp: Math.exp,
	expm1: Math.expm1,
	log: Math.log,
	log1p: Math.log1p,
	log2: Math.log2,
	sin: Math.sin,
	cos: Math.cos,
	tanh: Math.tanh,
	sigmoid,
	erf: null,
	floor: Math.floor,
	ceil: Math.ceil,
	round: halfEven,
	trunc: Math.trunc,
	relu: (x) => Math.max(x, 0),
	silu: (x) => x / f(1 + f(Math.exp(-x))),
	gelu: null,
	softplus: (x, beta, threshold) =>
		x * beta > threshold ? x : Math.log1p(Math.exp(x * beta)) / beta,
	elu: (x, alpha) => (x <= 0 ? Math.expm1(x) * alpha : x),
	leakyRelu: (x, slope) => (x > 0 ? x : x * slope),
	hardtanh: (x, min, max) => Math.min(Math.max(x, min), max),
	hardswish: (x) => f(x * Math.min(Math.max(x + 3, 0), 6)) / 6,
	bitwiseNot: null,
	logicalNot: (x) => bool(x === 0),
	isnan: (x) => bool(Number.isNaN(x)),
	isinf: (x) => bool(Math.abs(x) === inf),
	isfinite: (x) => bool(Number.isFinite(x)),
};

const intUnary: Partial<Record<UnaryName, Unary1>> = {
	neg: (x) => -x,
	abs: Math.abs,
	sign: Math.sign,
	square: (x) => Math.imul(x, x),
	bitwiseNot: (x) => ~x,
	logicalNot: (x) => bool(x === 0),
	isnan: () => 0,
	isinf: () => 0,
	isfinite: () => 1,
};
const UNARY_TESTS: string[] = ["logicalNot", "isnan", "isinf", "isfinite"];

function same(got: number, want: number, dtype: DType, what: string): void {
	if (dtype !== "float32") want = dtype === "int32" ? want | 0 : want;
	const w = dtype === "float32" ? f(want) : want;
	const error = Math.abs(got - w);
	const isClose =
		Object.is(got, w) || got === w || error <= Math.abs(w) * 4e-7 + 1e-44;
	if (!isClose) throw new Error(`${what} gives ${got} instead of ${w}`);
}

/** Shapes and layouts of y and of operands broadcast to it. */
const cases = fc.record({
	shape: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
	long: fc.integer({ min: 1, max: 600 }),
	layouts: fc.tuple(
		fc.integer({ min: 0, max: 31 }),
		fc.integer({ min: 0, max: 31 }),
		fc.integer({ min: 0, max: 31 }),
		fc.integer({ min: 0, max: 31 }),
	),
	broadcast: fc.tuple(fc.nat(15), fc.nat(15), fc.nat(15)),
	numbers: fc.integer({ min: 0, max: 5 }),
	seed: fc.nat(1000),
});

/** A layout of `shape` with stride 0 in the dimensions of the bit mask. */
function broadcasted(shape: readonly number[], mask: number, choice: number) {
	const own = shape.map((n, i) => (mask & (1 << i) ? 1 : n));
	return scattered(own, choice).expand(shape);
}

function pool(dtype: DType): number[] {
	return dtype === "float32" ? FLOATS : dtype === "int32" ? INTS : BOOLS;
}

describe.each(builds)("elementwise, %s", (_, open) => {
	const device = new Device(open());
	const { kernels } = device;

	/** A view of values from the type's pool, and these values. */
	function operand(
		layout: Layout,
		dtype: DType,
		seed: number,
	): { view: View; values: number[] } {
		const values = pool(dtype);
		const view = device.put(
			Array.from(
				{ length: numelOf(layout.shape) },
				(_, i) => values[(i * 7 + seed) % values.length] as number,
			),
			layout,
			dtype,
		);
		// where strides are 0, the last write counts
		return { view, values: device.get(view) };
	}

	function tableOf(dtype: DType): [BinaryName, Rule][] {
		const table = dtype === "float32" ? floatBinary : intBinary;
		return (Object.entries(table) as [BinaryName, Rule | null][]).filter(
			(e): e is [BinaryName, Rule] =>
				e[1] !== null && (dtype !== "bool" || !NO_BOOLS.includes(e[0])),
		);
	}

	const typed = (["float32", "int32", "bool"] as const).flatMap((dtype) =>
		tableOf(dtype).map(([op, rule]) => ({ op, dtype, rule })),
	);

	test.each(typed)("$op of all pairs of $dtype", ({ op, dtype, rule }) => {
		const values = pool(dtype);
		const n = values.length;
		const pairs = values.flatMap((a) => values.map((b) => [a, b]));
		const a = device.put(
			pairs.map((p) => p[0] as number),
			[n * n],
			dtype,
		);
		const b = device.put(
			pairs.map((p) => p[1] as number),
			[n * n],
			dtype,
		);
		const out: DType = TESTS.includes(op) ? "bool" : dtype;
		const y = device.view([n * n], out);
		kernels.binary(op, a, b, y);
		device.get(y).forEach((got, i) => {
			const [u, v] = pairs[i] as [number, number];
			same(got, rule(u, v), out, `${op}(${u}, ${v})`);
		});
		// a number as either operand
		for (const v of values) {
			if (op === "pow" && [0.5, -0.5].includes(v)) continue;
			kernels.binary(op, a, v, y);
			device.get(y).forEach((got, i) => {
				const u = (pairs[i] as number[])[0] as number;
				same(got, rule(u, v), out, `${op}(${u}, number ${v})`);
			});
			kernels.binary(op, v, b, y);
			device.get(y).forEach((got, i) => {
				const u = (pairs[i] as number[])[1] as number;
				same(got, rule(v, u), out, `${op}(number ${v}, ${u})`);
			});
		}
		device.free(a, b, y);
	});

	test("the square root as a power is PyTorch's: NaN below zero", () => {
		const x = device.put([4, -inf, -1], [3]);
		kernels.binary("pow", x, 0.5, x);
		expect(device.get(x)).toEqual([2, nan, nan]);
	});

	test("binary operations with any layouts", () => {
		fc.assert(
			fc.property(cases, fc.nat(typed.length - 1), (c, which) => {
				const { op, dtype, rule } = typed[which] as (typeof typed)[0];
				const shape = c.shape.length > 0 ? c.shape : [c.long];
				const a = operand(
					broadcasted(shape, c.broadcast[0], c.layouts[0]),
					dtype,
					c.seed,
				);
				const b = operand(
					broadcasted(shape, c.broadcast[1], c.layouts[1]),
					dtype,
					c.seed * 3 + 1,
				);
				const out: DType = TESTS.includes(op) ? "bool" : dtype;
				const y = device.view(scattered(shape, c.layouts[2]), out);
				kernels.binary(op, a.view, b.view, y);
				device.get(y).forEach((got, i) => {
					const u = a.values[i] as number;
					const v = b.values[i] as number;
					same(got, rule(u, v), out, `${op}(${u}, ${v})`);
				});
				device.free(a.view, b.view, y);
			}),
			{ numRuns: 600 },
		);
	});

	test("in place, and nothing beside the view is touched", () => {
		const base = device.put(
			Array.from({ length: 60 }, (_, i) => i),
			[60],
		);
		const layout = new Layout([5, 3], [11, 2], 1);
		const x: View = { ...base, layout };
		const before = device.get(base);
		kernels.binary("mul", x, -1, x);
		const inside = new Set<number>();
		for (let i = 0; i < 5; i++)
			for (let j = 0; j < 3; j++) inside.add(layout.at(i, j));
		expect(device.get(base)).toEqual(
			before.map((v, i) => (inside.has(i) ? -v : v)),
		);
	});

	const unaries = (["float32", "int32"] as const).flatMap((dtype) =>
		Object.entries(dtype === "float32" ? floatUnary : intUnary)
			.filter((e) => e[1] !== null)
			.map(([op, rule]) => ({
				op: op as UnaryName,
				dtype: dtype as DType,
				rule: rule as Unary1,
			})),
	);
	unaries.push({
		op: "logicalNot",
		dtype: "bool",
		rule: (x) => bool(x === 0),
	});

	/** The operations' parameters, at values that tell them apart. */
	const parameters: Partial<Record<UnaryName, [number, number]>> = {
		softplus: [0.5, 3],
		elu: [1.5, 0],
		leakyRelu: [0.25, 0],
		hardtanh: [-0.75, 2.75],
	};

	test("unary operations with any layouts", () => {
		for (const { op, dtype, rule } of unaries)
			fc.assert(
				fc.property(cases, (c) => {
					const shape = c.shape.length > 0 ? c.shape : [c.long];
					const x = operand(
						broadcasted(shape, c.broadcast[0], c.layouts[0]),
						dtype,
						c.seed,
					);
					const out: DType = UNARY_TESTS.includes(op) ? "bool" : dtype;
					const y = device.view(scattered(shape, c.layouts[1]), out);
					const [p0, p1] = parameters[op] ?? [0, 0];
					kernels.unary(op, x.view, y, p0, p1);
					device.get(y).forEach((got, i) => {
						const v = x.values[i] as number;
						same(got, rule(v, p0, p1), out, `${op}(${v})`);
					});
					device.free(x.view, y);
				}),
				{ numRuns: 30 },
			);
	});

	test("gelu is x times the normal distribution's integral", () => {
		const x = device.put([-inf, -3, -1, -0.5, 0, 0.5, 1, 3, inf, nan], [10]);
		kernels.unary("gelu", x, x);
		// PyTorch's
		const want = [
			nan,
			-0.0040496,
			-0.1586553,
			-0.1542687,
			0,
			0.3457312,
			0.8413447,
			2.9959502,
			inf,
			nan,
		];
		device.get(x).forEach((got, i) => {
			const w = want[i] as number;
			if (!Object.is(got, w)) expect(got).toBeCloseTo(w, 6);
		});
	});

	test("where takes elements of every type from any layouts", () => {
		fc.assert(
			fc.property(
				cases,
				fc.constantFrom<DType>("float32", "int32", "uint8", "bool"),
				(c, dtype) => {
					const shape = c.shape.length > 0 ? c.shape : [c.long];
					const cond = operand(
						broadcasted(shape, c.broadcast[0], c.layouts[0]),
						"bool",
						c.seed,
					);
					const a = operand(
						broadcasted(shape, c.broadcast[1], c.layouts[1]),
						dtype,
						c.seed,
					);
					const b = operand(
						broadcasted(shape, c.broadcast[2], c.layouts[2]),
						dtype,
						c.seed + 1,
					);
					const y = device.view(scattered(shape, c.layouts[3]), dtype);
					const first = c.numbers === 1 ? 1 : a.view;
					const second = c.numbers === 2 ? 0 : b.view;
					kernels.where(cond.view, first, second, y);
					expect(device.get(y)).toEqual(
						cond.values.map((v, i) =>
							v
								? first === 1
									? 1
									: a.values[i]
								: second === 0
									? 0
									: b.values[i],
						),
					);
					device.free(cond.view, a.view, b.view, y);
				},
			),
			{ numRuns: 300 },
		);
	});
});
