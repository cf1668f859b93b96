/**
 * Numbers as Python writes them. JavaScript differs in three ways: it rounds
 * halves up where Python rounds them to even, it writes exponents with one
 * digit, and it changes to exponents at other sizes.
 */

/** The most digits after the point that JavaScript gives exactly. */
const EXACT_DIGITS = 100;

function special(x: number): string | undefined {
	if (Number.isNaN(x)) return "nan";
	if (!Number.isFinite(x)) return x < 0 ? "-inf" : "inf";
	return undefined;
}

function sign(x: number): string {
	return x < 0 || Object.is(x, -0) ? "-" : "";
}

/**
 * Corrects a half that JavaScript rounded up and Python rounds down.
 * @param rounded what JavaScript made of the number
 * @param exact all of its digits
 * @param end how many characters of `exact` are wanted
 */
function halfToEven(rounded: string, exact: string, end: number): string {
	if (!/^\.?50*$/.test(exact.slice(end))) return rounded;
	const down = exact.slice(0, end);
	return "02468".includes(down.slice(-1)) ? down : rounded;
}

/**
 * Python's `f"{x:.{precision}f}"`.
 * @param precision digits after the point, at most 99
 */
export function fixed(x: number, precision: number): string {
	const word = special(x);
	if (word !== undefined) return word;
	const size = Math.abs(x);
	// from here on toFixed() writes exponents; such numbers are whole
	if (size >= 1e21) {
		const point = precision > 0 ? "." : "";
		return `${sign(x)}${BigInt(size)}${point}${"0".repeat(precision)}`;
	}
	let text = size.toFixed(precision);
	// a half at this digit has at most precision + 1 binary places
	if (Number.isInteger(size * 2 ** (precision + 1))) {
		const exact = size.toFixed(precision + 1);
		const end = precision > 0 ? exact.length - 1 : exact.length - 2;
		text = halfToEven(text, exact, end);
	}
	return sign(x) + text;
}

function withExponent(mantissa: string, exponent: number): string {
	const digits = String(Math.abs(exponent)).padStart(2, "0");
	return `${mantissa}e${exponent < 0 ? "-" : "+"}${digits}`;
}

/** The two parts of JavaScript's `"1.5e-7"`. */
function parts(text: string): [mantissa: string, exponent: number] {
	const at = text.indexOf("e");
	return [text.slice(0, at), Number(text.slice(at + 1))];
}

/**
 * Python's `f"{x:.{precision}e}"`.
 * @param precision digits after the point, at most 99
 */
export function exponential(x: number, precision: number): string {
	const word = special(x);
	if (word !== undefined) return word;
	const size = Math.abs(x);
	const [rounded, exponent] = parts(size.toExponential(precision));
	const [exact] = parts(size.toExponential(EXACT_DIGITS));
	const end = precision > 0 ? precision + 2 : 1;
	// where rounding up carried into the exponent, it followed a 9: it stays
	const mantissa = halfToEven(rounded, exact, end);
	return sign(x) + withExponent(mantissa, exponent);
}

/**
 * Python's `repr()` of a number: `3`, `0.01`, `1e-08`, `inf`.
 * @param float whether the number is a float there, so that 1 gives `1.0`
 */
export function pythonNumber(x: number, float: boolean): string {
	const word = special(x);
	if (word !== undefined) return word;
	if (!float) return String(BigInt(x));
	const [mantissa, exponent] = parts(Math.abs(x).toExponential());
	if (exponent < -4 || exponent >= 16)
		return sign(x) + withExponent(mantissa, exponent);
	const digits = mantissa.replace(".", "");
	if (exponent < 0) return `${sign(x)}0.${"0".repeat(-exponent - 1)}${digits}`;
	const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
	return `${sign(x)}${whole}.${digits.slice(exponent + 1) || "0"}`;
}
