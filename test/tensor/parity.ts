import { readFileSync } from "node:fs";
import * as torch from "../../src/index.js";
import { mismatch, type Packed } from "../ops/oracle.js";

/** A call and PyTorch's answer, as fixtures/README.md describes it. */
export interface Row {
	readonly python: string;
	readonly js: string;
	readonly tensor?: Packed;
	readonly tensors?: readonly Packed[];
	readonly value?: unknown;
	readonly error?: string;
	readonly gradFn?: string;
	readonly leaf?: boolean;
	/** Bits of the next number that is drawn. */
	readonly next: number;
}

export function readRows(): readonly Row[] {
	const file = new URL("../../fixtures/tensor.json", import.meta.url);
	return JSON.parse(readFileSync(file, "utf8")).rows;
}

/** What the calls refer to; fixtures/tensor.py makes the same. */
function names(device: torch.DeviceName): Record<string, unknown> {
	const on = { device };
	const count = (...shape: number[]) =>
		torch
			.arange(
				shape.reduce((n, size) => n * size, 1),
				{ ...on, dtype: "float32" },
			)
			.reshape(shape);
	const x = count(2, 3);
	const p = count(2, 3, 4).sub(9).permute(2, 0, 1);
	const q = count(4, 2, 3).sub(7);
	const g = count(2, 3).add(1).requiresGrad_();
	return {
		torch,
		F: torch.nn.functional,
		on,
		x,
		L: x.to("int32"),
		B: x.to("uint8"),
		M: x.gt(2).to("uint8"),
		O: x.gt(0),
		p,
		q,
		r: count(3, 4, 2).permute(1, 2, 0),
		sl: count(4, 6)
			.index(torch.slice(), torch.slice(null, null, 2))
			.t(),
		e: count(3, 1).expand(3, 4),
		m: p.gt(0),
		mq: q.gt(0),
		g,
		n: g.mul(1),
		nan: Number.NaN,
		inf: Number.POSITIVE_INFINITY,
		float32: "float32",
	};
}

/** Why a call does not do what it does in PyTorch, or null. */
export async function difference(
	row: Row,
	device: torch.DeviceName,
	relative = 2e-6,
): Promise<string | null> {
	const scope = names(device);
	torch.manualSeed(7);
	const run = new Function(...Object.keys(scope), `return ${row.js}`);
	let result: unknown;
	try {
		result = run(...Object.values(scope));
	} catch (error) {
		if (row.error === undefined) return `refused: ${String(error)}`;
		if (!(error instanceof torch.TorchletError)) return String(error);
		return error.message.includes(row.error) ? null : error.message;
	}
	if (row.error !== undefined) return "was not refused";
	if (row.value !== undefined)
		return result === row.value ? null : `is ${String(result)}`;
	const want = row.tensors ?? [row.tensor as Packed];
	const got = (row.tensors ? result : [result]) as readonly torch.Tensor[];
	if (got.length !== want.length) return `${got.length} results`;
	for (const [i, t] of got.entries()) {
		const p = want[i] as Packed;
		const off = await mismatch(t, p, relative);
		if (off) return off;
		if (row.js.includes("torch.zeros("))
			if ((await mismatch(t, p, 0)) !== null) return "not the same bits";
		const name = t.gradFn?.name;
		if (name !== row.gradFn?.replace("torch::autograd::", ""))
			return `gradFn is ${name}`;
		if ((t.requiresGrad && t.isLeaf) !== (row.leaf ?? false))
			return `requiresGrad is ${t.requiresGrad}`;
	}
	const next = new Float32Array(Uint32Array.of(row.next).buffer)[0];
	const drawn = torch.rand(1).itemSync();
	return drawn === next ? null : `the next draw is ${drawn}, not ${next}`;
}
