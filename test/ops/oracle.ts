import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import * as torch from "../../src/index.js";
import * as F from "../../src/nn/functional.js";

/** A tensor as fixtures/README.md describes it. */
export interface Packed {
	shape: number[];
	dtype: torch.DType;
	data: string | number[];
	base?: number[];
	layout?: Record<string, never[]>[];
	requiresGrad?: boolean;
	stride?: number[];
}

export interface Case {
	op: string;
	call: "method" | "torch" | "F";
	args: unknown[];
	inputs: Packed[];
	outputs: (Packed | { value: boolean })[];
	gradOutput?: (Packed | null)[] | undefined;
	grads?: (Packed | null)[];
	inPlace?: boolean;
	several?: boolean;
	after?: Record<string, Packed>;
	seed?: number;
	special?: boolean;
	group?: string;
}

export interface Refused extends Case {
	error: string;
}

export function readOracle(): { cases: Case[]; refused: Refused[] } {
	const file = new URL("../../fixtures/ops.json.gz", import.meta.url);
	return JSON.parse(gunzipSync(readFileSync(file)).toString());
}

export function valuesOf(p: Packed): number[] {
	if (typeof p.data === "string") {
		const bytes = Buffer.from(p.data, "base64");
		return [...new Float32Array(new Uint8Array(bytes).buffer)];
	}
	return p.data;
}

export function build(p: Packed, device: torch.DeviceName): torch.Tensor {
	const values = valuesOf(p);
	const typed =
		p.dtype === "float32"
			? Float32Array.from(values)
			: p.dtype === "int32"
				? Int32Array.from(values)
				: Uint8Array.from(values);
	let t = torch.fromArray(typed, p.base ?? p.shape, { dtype: p.dtype, device });
	for (const step of p.layout ?? [])
		for (const [how, args] of Object.entries(step)) t = viewed(t, how, args);
	t = t.detach();
	if (p.requiresGrad) t.requiresGrad_(true);
	return t;
}

function viewed(t: torch.Tensor, how: string, args: never): torch.Tensor {
	const list = args as unknown as number[];
	switch (how) {
		case "slice": {
			const [dim, start, stop, step] = list as [number, number, number, number];
			const items = [
				...Array.from({ length: dim }, () => torch.slice()),
				torch.slice(start, stop, step),
			];
			return t.index(items);
		}
		case "select":
			return t.select(list[0] as number, list[1] as number);
		case "transpose":
			return t.transpose(list[0] as number, list[1] as number);
		case "permute":
			return t.permute(list);
		case "expand":
			return t.expand(list);
		default:
			throw new Error(`unknown layout step ${how}`);
	}
}

const NUMBERS: Record<string, number> = {
	NaN: Number.NaN,
	Infinity: Number.POSITIVE_INFINITY,
	"-Infinity": Number.NEGATIVE_INFINITY,
};

function argument(v: unknown, tensors: torch.Tensor[]): unknown {
	if (typeof v === "string") return v in NUMBERS ? NUMBERS[v] : v;
	if (Array.isArray(v)) return v.map((x) => argument(x, tensors));
	if (typeof v !== "object" || v === null) return v;
	const keys = Object.keys(v);
	if (keys.length === 1 && keys[0] === "t")
		return tensors[(v as { t: number }).t];
	return Object.fromEntries(
		Object.entries(v).map(([k, x]) => [k, argument(x, tensors)]),
	);
}

type Callable = Record<string, ((...args: unknown[]) => unknown) | undefined>;

export function call(c: Case, tensors: torch.Tensor[]): unknown {
	const args = c.args.map((a) => argument(a, tensors));
	if (c.call === "method") {
		const self = args[0] as Callable;
		const method = self[c.op];
		if (!method) throw new Error(`x.${c.op} is missing`);
		return method.apply(self, args.slice(1));
	}
	const space = (c.call === "torch" ? torch : F) as unknown as Callable;
	const f = space[c.op];
	if (!f) throw new Error(`${c.call}.${c.op} is missing`);
	return f(...args);
}

export interface Ran {
	inputs: torch.Tensor[];
	outputs: (torch.Tensor | boolean)[];
	several: boolean;
}

export async function run(c: Case, device: torch.DeviceName): Promise<Ran> {
	const inputs = c.inputs.map((p) => build(p, device));
	if (c.seed !== undefined) torch.manualSeed(c.seed);
	const tensors = inputs.map((t, i) => (c.inPlace && i === 0 ? t.clone() : t));
	const result = await call(c, tensors);
	if (result instanceof torch.Tensor || typeof result === "boolean")
		return { inputs, outputs: [result], several: false };
	const list = [...(result as Iterable<torch.Tensor>)];
	return { inputs, outputs: list, several: true };
}

/** Why `got` is not what PyTorch gave, or null. */
export async function mismatch(
	got: torch.Tensor,
	want: Packed,
	relative: number,
): Promise<string | null> {
	if (got.dtype !== want.dtype) return `dtype ${got.dtype}, not ${want.dtype}`;
	if (got.shape.join() !== want.shape.join())
		return `shape [${got.shape}], not [${want.shape}]`;
	if (want.stride) {
		const differs = want.stride.some(
			(s, i) => (want.shape[i] as number) > 1 && s !== got.stride(i),
		);
		if (differs && got.numel() > 0)
			return `strides [${got.stride()}], not [${want.stride}]`;
	}
	const a = await got.data();
	const b = valuesOf(want);
	for (let i = 0; i < b.length; i++) {
		const [x, y] = [a[i] as number, b[i] as number];
		if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
		// 1e-6: what is left where sums cancel
		const allowed = relative * Math.abs(y) + 1e-6;
		if (want.dtype !== "float32" || !(Math.abs(x - y) <= allowed))
			return `element ${i} is ${x}, not ${y}`;
	}
	return null;
}

/**
 * PyTorch 1.13 scatters the gradient of masked_select in the order of memory,
 * which is wrong for a transposed input (finite differences in gradcheck.test.ts agree
 * with us): of these cases only the values count.
 */
function gradientIsWrongUpstream(c: Case): boolean {
	return (
		c.op.startsWith("maskedSelect") &&
		c.inputs[0]?.layout?.[0] !== undefined &&
		"transpose" in c.inputs[0].layout[0]
	);
}

/** All that differs in one case. */
export async function problems(
	c: Case,
	device: torch.DeviceName,
): Promise<string[]> {
	const out: string[] = [];
	const note = (what: string, problem: string | null) => {
		if (problem) out.push(`${what}: ${problem}`);
	};
	const { inputs, outputs, several } = await run(c, device);
	if (several !== (c.several ?? false))
		out.push(several ? "several results" : "one result");
	if (outputs.length !== c.outputs.length)
		out.push(`${outputs.length} results, not ${c.outputs.length}`);
	for (const [i, want] of c.outputs.entries()) {
		const got = outputs[i];
		if ("value" in want) {
			if (got !== want.value) out.push(`answer ${got}, not ${want.value}`);
		} else if (!(got instanceof torch.Tensor)) out.push("not a tensor");
		else note(`output ${i}`, await mismatch(got, want, 2e-5));
	}
	for (const [i, want] of Object.entries(c.after ?? {}))
		note(
			`input ${i} afterwards`,
			await mismatch(inputs[Number(i)] as torch.Tensor, want, 2e-5),
		);
	if (!c.gradOutput || out.length > 0 || gradientIsWrongUpstream(c)) return out;
	const roots: torch.Tensor[] = [];
	const seeds: torch.Tensor[] = [];
	c.gradOutput.forEach((g, i) => {
		if (!g) return;
		const root = outputs[i] as torch.Tensor;
		if (!root.requiresGrad) out.push(`output ${i} has no history`);
		roots.push(root);
		seeds.push(build(g, device));
	});
	if (out.length > 0) return out;
	torch.autograd.backward(roots, seeds);
	for (const [i, want] of (c.grads ?? []).entries()) {
		const grad = inputs[i]?.grad ?? null;
		if (!want || !grad) {
			if (want || grad)
				out.push(`gradient ${i} is ${grad ? "there" : "missing"}`);
		} else note(`gradient ${i}`, await mismatch(grad, want, 1e-4));
	}
	return out;
}
