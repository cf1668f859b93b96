/**
 * Elementary functions in WGSL. The built-in ones may be far off (sin by 2^-11)
 * and compilers may assume that there is no NaN or infinity; hence NaN is told by its bits.
 * Coefficients as in assembly/math.ts.
 */
const FUNCTIONS: Readonly<Record<string, string>> = {
	isNan: `fn isNan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }`,
	isInf: `fn isInf(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u; }`,
	isSet: `fn isSet(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) != 0u; }`,
	// variables, since a constant that is not finite is an error
	nan: `var<private> nanBits: u32 = 0x7fc00000u;
fn nan() -> f32 { return bitcast<f32>(nanBits); }`,
	inf: `var<private> infBits: u32 = 0x7f800000u;
fn inf() -> f32 { return bitcast<f32>(infBits); }`,
	exp2i: `fn exp2i(n: i32) -> f32 { return bitcast<f32>((n + 127) << 23u); }`,
	expm1Reduced: `fn expm1Reduced(r: f32) -> f32 {
	var p = 1.98756915e-4;
	p = fma(p, r, 1.39819995e-3);
	p = fma(p, r, 8.33345191e-3);
	p = fma(p, r, 4.16657959e-2);
	p = fma(p, r, 1.66666655e-1);
	p = fma(p, r, 5.00000012e-1);
	return fma(p, r * r, r);
}`,
	lessLn2: `fn lessLn2(x: f32, n: f32) -> f32 { return fma(n, 2.1219444e-4, fma(n, -0.693359375, x)); }`,
	exp_: `fn exp_(x: f32) -> f32 {
	let c = clamp(x, -104.0, 89.0);
	let n = round(c * 1.44269504);
	let y = expm1Reduced(lessLn2(c, n)) + 1.0;
	let k = i32(n);
	let h = k >> 1u;
	return select(y * exp2i(h) * exp2i(k - h), x, isNan(x));
}`,
	expm1_: `fn expm1_(x: f32) -> f32 {
	let c = clamp(x, -18.0, 89.0);
	let n = round(c * 1.44269504);
	let p = expm1Reduced(lessLn2(c, n));
	let h = exp2i(i32(n) - 1);
	let y = fma(h, p, h - 0.5);
	return select(y + y, x, isNan(x) || abs(x) < 1e-10);
}`,
	log_: `fn log_(x: f32) -> f32 { return logParts(x, 1.0, -2.12194440e-4, 0.693359375); }`,
	log2_: `fn log2_(x: f32) -> f32 { return logParts(x, 1.44269504, 0.0, 1.0); }`,
	logParts: `fn logParts(x: f32, scale: f32, low: f32, high: f32) -> f32 {
	if (isNan(x) || x < 0.0) { return nan(); }
	if (!isSet(x)) { return -inf(); }
	if (isInf(x)) { return x; }
	let small = x < 1.17549435e-38;
	let z = bitcast<i32>(select(x, x * 8388608.0, small));
	let e = (z - 0x3f3504f3) >> 23u;
	let g = bitcast<f32>(z - (e << 23u)) - 1.0;
	let n = f32(e - select(0, 23, small));
	let gg = g * g;
	var p = 7.03768363e-2;
	p = fma(p, g, -1.1514610310e-1);
	p = fma(p, g, 1.1676998740e-1);
	p = fma(p, g, -1.2420140846e-1);
	p = fma(p, g, 1.4249322787e-1);
	p = fma(p, g, -1.6668057665e-1);
	p = fma(p, g, 2.0000714765e-1);
	p = fma(p, g, -2.4999993993e-1);
	p = fma(p, g, 3.3333331174e-1);
	p = p * g * gg;
	p = fma(n, low, p);
	p = fma(gg, -0.5, p);
	return fma(n, high, (g + p) * scale);
}`,
	log1p_: `fn log1p_(x: f32) -> f32 {
	if (abs(x) < 1e-10) { return x; }
	let y = 1.0 + x;
	if (isNan(x) || y <= 0.0 || isInf(y)) { return log_(y); }
	let lost = select(1.0 - (y - x), x - (y - 1.0), x < 1.0);
	return log_(y) + lost / y;
}`,
	tanh_: `fn tanh_(x: f32) -> f32 {
	let a = abs(x);
	if (a < 0.625) {
		let z = x * x;
		var p = -5.70498872745e-3;
		p = fma(p, z, 2.06390887954e-2);
		p = fma(p, z, -5.37397155531e-2);
		p = fma(p, z, 1.33314422036e-1);
		p = fma(p, z, -3.33332819422e-1);
		return fma(p * z, x, x);
	}
	let q = 1.0 - 2.0 / (exp_(min(a + a, 60.0)) + 1.0);
	return select(select(q, -q, x < 0.0), x, isNan(x));
}`,
	sigmoid_: `fn sigmoid_(x: f32) -> f32 {
	let e = exp_(-abs(x));
	return select(1.0, e, x < 0.0) / (1.0 + e);
}`,
	erf_: `fn erf_(x: f32) -> f32 {
	if (isNan(x)) { return x; }
	let a = min(abs(x), 10.0);
	let z = a * a;
	if (a > 0.927734375) {
		var q = fma(-1.7285347e-5, a, 3.83197126e-4);
		q = fma(q, z, fma(-3.88396438e-3, a, 2.42546219e-2));
		q = fma(q, a, -1.06777877e-1);
		q = fma(q, a, -6.34846687e-1);
		q = fma(q, a, -1.28717512e-1);
		q = fma(q, a, -a);
		let far = 1.0 - exp_(q);
		return select(far, -far, x < 0.0);
	}
	var p = -5.96761703e-4;
	p = fma(p, z, 4.99119423e-3);
	p = fma(p, z, -2.67681349e-2);
	p = fma(p, z, 1.12819925e-1);
	p = fma(p, z, -3.76125336e-1);
	p = fma(p, z, 1.28379166e-1);
	return fma(p, x, x);
}`,
	mulHigh: `fn mulHigh(a: u32, b: u32) -> u32 {
	let al = a & 0xffffu;
	let ah = a >> 16u;
	let bl = b & 0xffffu;
	let bh = b >> 16u;
	let low = al * bl;
	let m = ah * bl + (low >> 16u);
	let n = al * bh + (m & 0xffffu);
	return ah * bh + (m >> 16u) + (n >> 16u);
}`,
	// Payne and Hanek: x times as many bits of 2/π as its exponent asks for.
	// Gives the rest and, as a float, the quarter turns. Source: N. Juffa.
	reduceHuge: `const turns = array<u32, 8>(0u, 0x28be60dbu, 0x9391054au, 0x7f09d5f4u, 0x7d4d3770u, 0x36d8a566u, 0x4f10e410u, 0u);
fn reduceHuge(x: f32) -> vec2<f32> {
	let b = bitcast<u32>(x);
	let m = ((b & 0x7fffffu) << 8u) | 0x80000000u;
	let e = i32((b >> 23u) & 0xffu) - 126;
	let at = e >> 5u;
	let s = u32(e & 31);
	var bitsOf = turns;
	var high = bitsOf[at];
	var middle = bitsOf[at + 1];
	var low = bitsOf[at + 2];
	let last = bitsOf[at + 3];
	if (s != 0u) {
		high = (high << s) | (middle >> (32u - s));
		middle = (middle << s) | (low >> (32u - s));
		low = (low << s) | (last >> (32u - s));
	}
	let carried = mulHigh(m, low);
	let part = m * middle;
	var pl = part + carried;
	var ph = mulHigh(m, middle) + select(0u, 1u, pl < part) + m * high;
	var q = i32(ph >> 30u);
	ph &= 0x3fffffffu;
	let over = (ph & 0x20000000u) != 0u;
	if (over) {
		q++;
		// 2^62 less the rest
		ph = 0x40000000u - ph - select(0u, 1u, pl != 0u);
		pl = 0u - pl;
	}
	var r = (f32(ph) * 9.31322575e-10 + f32(pl) * 2.16840434e-19) * 1.57079633;
	r = select(r, -r, over != (x < 0.0));
	return vec2<f32>(r, f32(select(q, -q, x < 0.0)));
}`,
	sinQuarter: `fn sinQuarter(x: f32, turn: i32) -> f32 {
	if (isNan(x) || isInf(x)) { return nan(); }
	var n = round(x * 0.636619772);
	// π/2 in parts so short that n times them is exact
	var r = ((x - n * 1.5703125) - n * 4.837512969970703125e-4) - n * 7.54978995489188216e-8;
	if (abs(x) > 8192.0) {
		let reduced = reduceHuge(x);
		r = reduced.x;
		n = reduced.y;
	}
	let q = i32(n) + turn;
	let z = r * r;
	let s = fma(fma(fma(-1.9515295891e-4, z, 8.3321608736e-3), z, -1.6666654611e-1), z * r, r);
	let c = fma(fma(fma(2.443315711809948e-5, z, -1.388731625493765e-3), z, 4.166664568298827e-2), z * z, fma(z, -0.5, 1.0));
	let y = select(s, c, (q & 1) != 0);
	return select(y, -y, (q & 2) != 0);
}`,
	sin_: `fn sin_(x: f32) -> f32 { return sinQuarter(x, 0); }`,
	cos_: `fn cos_(x: f32) -> f32 { return sinQuarter(x, 1); }`,
	sqrt_: `fn sqrt_(x: f32) -> f32 {
	if (x < 0.0) { return nan(); }
	return sqrt(x);
}`,
	pow_: `fn pow_(a: f32, b: f32) -> f32 {
	if (b == 0.0 || a == 1.0) { return 1.0; }
	if (isNan(a) || isNan(b)) { return nan(); }
	let m = abs(a);
	if (isInf(b)) {
		if (m == 1.0) { return 1.0; }
		return select(0.0, inf(), (m > 1.0) == (b > 0.0));
	}
	let whole = trunc(b) == b;
	if (whole && abs(b) <= 32.0) {
		var y = 1.0;
		var k = u32(abs(b));
		for (var s = a; k != 0u; k >>= 1u) {
			if ((k & 1u) != 0u) { y *= s; }
			s *= s;
		}
		if (b > 0.0) { return y; }
		if (isSet(y) && !isInf(y)) { return 1.0 / y; }
	}
	let odd = whole && abs(b) < 16777216.0 && (i32(b) & 1) != 0;
	let isMinus = (bitcast<u32>(a) & 0x80000000u) != 0u;
	var y: f32;
	if (!isSet(a)) { y = select(0.0, inf(), b < 0.0); }
	else if (isInf(a)) { y = select(inf(), 0.0, b < 0.0); }
	else {
		if (isMinus && !whole) { return nan(); }
		y = exp_(b * log_(m));
	}
	return select(y, -y, isMinus && odd);
}`,
	// exact, by long division of the mantissas
	fmod_: `fn fmod_(a: f32, b: f32) -> f32 {
	if (isNan(a) || isNan(b) || isInf(a) || !isSet(b)) { return nan(); }
	let bitsA = bitcast<u32>(a);
	let bitsB = bitcast<u32>(b);
	let sign = bitsA & 0x80000000u;
	let x = bitsA & 0x7fffffffu;
	let y = bitsB & 0x7fffffffu;
	if (x < y) { return a; }
	var ex = i32(x >> 23u);
	var ey = i32(y >> 23u);
	var mx = x & 0x7fffffu;
	var my = y & 0x7fffffu;
	if (ex == 0) { ex = 1; } else { mx |= 0x800000u; }
	if (ey == 0) { ey = 1; } else { my |= 0x800000u; }
	// a subnormal divisor may fit in many times, hence % rather than one subtraction
	for (; ex > ey; ex--) { mx = (mx % my) << 1u; }
	mx = mx % my;
	if (mx == 0u) { return bitcast<f32>(sign); }
	for (; mx < 0x800000u && ex > 1; ex--) { mx <<= 1u; }
	let exponent = select(0u, u32(ex) << 23u, mx >= 0x800000u);
	return bitcast<f32>(sign | exponent | (mx & 0x7fffffu));
}`,
	remainder_: `fn remainder_(a: f32, b: f32) -> f32 {
	let m = fmod_(a, b);
	return select(m, m + b, isSet(m) && ((b < 0.0) != (m < 0.0)));
}`,
	floorDivide_: `fn floorDivide_(a: f32, b: f32) -> f32 {
	if (b == 0.0) { return divide_(a, b); }
	let m = fmod_(a, b);
	var q = (a - m) / b;
	if (isSet(m) && ((b < 0.0) != (m < 0.0))) { q -= 1.0; }
	if (q == 0.0) { return bitcast<f32>((bitcast<u32>(a) ^ bitcast<u32>(b)) & 0x80000000u); }
	let w = floor(q);
	return select(w, w + 1.0, q - w > 0.5);
}`,
	// division by zero is left open by WGSL
	divide_: `fn divide_(a: f32, b: f32) -> f32 {
	if (isSet(b) || isNan(a)) { return a / b; }
	if (!isSet(a)) { return nan(); }
	return bitcast<f32>(0x7f800000u | ((bitcast<u32>(a) ^ bitcast<u32>(b)) & 0x80000000u));
}`,
	max_: `fn max_(a: f32, b: f32) -> f32 {
	if (isNan(a)) { return a; }
	return select(max(a, b), b, isNan(b));
}`,
	min_: `fn min_(a: f32, b: f32) -> f32 {
	if (isNan(a)) { return a; }
	return select(min(a, b), b, isNan(b));
}`,
	intPow: `fn intPow(a: i32, b: i32) -> i32 {
	if (b < 0) {
		if (a == 1) { return 1; }
		if (a == -1) { return select(1, -1, (b & 1) != 0); }
		return 0;
	}
	var y = 1;
	var s = a;
	for (var k = b; k != 0; k >>= 1u) {
		if ((k & 1) != 0) { y *= s; }
		s *= s;
	}
	return y;
}`,
	// -1 apart: the least integer divided by it does not fit
	intRemainder: `fn intRemainder(a: i32, b: i32) -> i32 {
	if (b == 0 || b == -1) { return 0; }
	let r = a % b;
	return select(r, r + b, r != 0 && (r ^ b) < 0);
}`,
	intFmod: `fn intFmod(a: i32, b: i32) -> i32 {
	if (b == 0 || b == -1) { return 0; }
	return a % b;
}`,
	intTruncDivide: `fn intTruncDivide(a: i32, b: i32) -> i32 {
	if (b == 0) { return 0; }
	if (b == -1) { return 0 - a; }
	return a / b;
}`,
	intFloorDivide: `fn intFloorDivide(a: i32, b: i32) -> i32 {
	if (b == 0 || b == -1) { return intTruncDivide(a, b); }
	let r = a % b;
	return select(a / b, a / b - 1, r != 0 && (r ^ b) < 0);
}`,
	floatToInt: `fn floatToInt(x: f32) -> i32 {
	if (isNan(x)) { return 0; }
	if (x >= 2147483648.0) { return 2147483647; }
	if (x <= -2147483648.0) { return -2147483647 - 1; }
	return i32(x);
}`,
	// through 64 bits: from 2^31 on a float's lowest byte is 0
	floatToByte: `fn floatToByte(x: f32) -> i32 {
	if (isNan(x) || abs(x) >= 2147483648.0) { return 0; }
	return i32(x) & 255;
}`,
};

/** The functions that `text` needs, and those that they need. */
export function mathFor(text: string): string {
	const chosen = new Set<string>();
	const visit = (part: string) => {
		for (const [, name] of part.matchAll(/\b([A-Za-z]\w*)\(/g)) {
			const own = name === undefined ? undefined : FUNCTIONS[name];
			if (own === undefined || chosen.has(name as string)) continue;
			chosen.add(name as string);
			visit(own);
		}
	};
	visit(text);
	let out = "";
	for (const name of chosen) out += `${FUNCTIONS[name]}\n`;
	return out;
}
