/**
 * What the compiler tells from literal types, and what it leaves alone. This
 * file is compiled by types.test.ts and never runs: a line under
 * `@ts-expect-error` that compiles is an error.
 */
import * as torch from "../../src/index.js";

type Equal<A, B> =
	(<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2
		? true
		: false;

/** Compiles only if the type of `value` is T, no more and no less. */
function is<T>() {
	return <V>(_value: V, _same: Equal<V, T> extends true ? true : [V, T]) => {};
}

declare const plain: torch.Tensor;
declare const n: number;
const { nn } = torch;
const F = nn.functional;

export function creation() {
	is<torch.Tensor<"float32", [2, 3]>>()(torch.zeros(2, 3), true);
	is<torch.Tensor<"float32", [2, 3]>>()(torch.rand([2, 3]), true);
	is<torch.Tensor<"int32", [2, 3]>>()(
		torch.ones(2, 3, { dtype: "int32" }),
		true,
	);
	is<torch.Tensor<"uint8", [4]>>()(torch.empty([4], { dtype: "uint8" }), true);
	is<torch.Tensor<"float32", [number, 3]>>()(torch.randn(n, 3), true);
	is<torch.Tensor<"float32", []>>()(torch.zeros([]), true);
	is<torch.Tensor<"bool", [2]>>()(torch.full([2], true), true);
	is<torch.Tensor<"float32", [2, 2]>>()(
		torch.tensor([
			[1, 2],
			[3, 4],
		]),
		true,
	);
	is<torch.Tensor<"int32", [3]>>()(
		torch.tensor([1, 2, 3], { dtype: "int32" }),
		true,
	);
	is<torch.Tensor<"bool", [2]>>()(torch.tensor([true, false]), true);
	is<torch.Tensor<"int32", [5]>>()(torch.arange(5), true);
	is<torch.Tensor<"float32", [5]>>()(torch.linspace(0, 1, 5), true);
	is<torch.Tensor<"float32", [3, 3]>>()(torch.eye(3), true);
	is<torch.Tensor<"int32", [12]>>()(torch.randint(0, 10, [12]), true);
	is<torch.Tensor<"int32", [7]>>()(torch.randperm(7), true);
	is<torch.Tensor<"uint8", [2, 3]>>()(
		torch.zerosLike(torch.ones(2, 3, { dtype: "uint8" })),
		true,
	);
	is<torch.Tensor<"float32">>()(torch.zeros(n, n), true);
	is<torch.Tensor<"float32">>()(torch.zeros([n]), true);
	is<torch.Tensor<"float32">>()(torch.fromArray(new Float32Array(6)), true);
	// @ts-expect-error integers have no gradient
	torch.zeros(2, { dtype: "int32", requiresGrad: true });
	// @ts-expect-error integers have no gradient
	torch.ones(2, { dtype: "int32" }).requiresGrad_();
	// @ts-expect-error there is no such dtype
	torch.zeros(2, { dtype: "float16" });
	torch.zeros(2, { dtype: "int32", requiresGrad: false });
	torch.zeros(2, { requiresGrad: true }).requiresGrad_();
}

export function shapes() {
	const x = torch.zeros(64, 784);
	is<torch.Tensor<"float32", [64, 28, 28]>>()(x.view(64, 28, 28), true);
	is<torch.Tensor<"float32", [50176]>>()(x.reshape([50176]), true);
	is<torch.Tensor<"float32", [64, 1, 784]>>()(x.view(64, -1, 784), true);
	is<torch.Tensor<"float32", [50176]>>()(x.view(-1), true);
	is<torch.Tensor<"float32", [number, 784]>>()(
		plain.float().view(-1, 784),
		true,
	);
	is<torch.Tensor<"float32", [784, 64]>>()(x.t(), true);
	is<torch.Tensor<"float32", [784, 64]>>()(x.transpose(0, -1), true);
	is<torch.Tensor<"float32", [3, 1, 2]>>()(
		torch.zeros(1, 2, 3).permute(2, 0, 1),
		true,
	);
	is<torch.Tensor<"float32", [1, 64, 784]>>()(x.unsqueeze(0), true);
	is<torch.Tensor<"float32", [64, 784, 1]>>()(x.unsqueeze(-1), true);
	is<torch.Tensor<"float32", [2, 3]>>()(
		torch.zeros(1, 2, 1, 3).squeeze(),
		true,
	);
	is<torch.Tensor<"float32", [2, 1, 3]>>()(
		torch.zeros(1, 2, 1, 3).squeeze(0),
		true,
	);
	is<torch.Tensor<"float32", [64, 784]>>()(
		torch.zeros(64, 1, 28, 28).flatten(1),
		true,
	);
	is<torch.Tensor<"float32", [24]>>()(torch.zeros(2, 3, 4).flatten(), true);
	is<torch.Tensor<"float32", [6, 4]>>()(
		torch.flatten(torch.zeros(2, 3, 4), 0, 1),
		true,
	);
	is<torch.Tensor<"float32", [4, 5]>>()(torch.zeros(1, 5).expand(4, -1), true);
	is<torch.Tensor<"float32", [64, 10]>>()(x.narrow(1, 0, 10), true);
	is<torch.Tensor<"float32", [784]>>()(x.select(0, 3), true);
	is<torch.Tensor<"float32", [number, number]>>()(
		torch.cat([x, torch.zeros(3, 784)]),
		true,
	);
	is<torch.Tensor<"float32", [number, number, number]>>()(
		torch.stack([x, x]),
		true,
	);
	// @ts-expect-error 64 · 784 elements
	x.view(64, 28, 27);
	// @ts-expect-error 64 · 784 elements
	x.reshape([64, 700]);
	// @ts-expect-error three dimensions
	torch.zeros(1, 2, 3).t();
	// @ts-expect-error no third dimension
	x.transpose(0, 2);
	// @ts-expect-error two dimensions
	x.permute(0, 1, 2);
	// @ts-expect-error no such dimension
	x.unsqueeze(3);
	// @ts-expect-error 5 is not 1
	torch.zeros(4, 5).expand(4, 6);
}

export function pointwise() {
	const x = torch.zeros(64, 10);
	const i = torch.zeros(64, 10, { dtype: "int32" });
	is<torch.Tensor<"float32", [64, 10]>>()(x.add(torch.zeros(10)), true);
	is<torch.Tensor<"float32", [64, 10]>>()(torch.zeros(10).mul(x), true);
	is<torch.Tensor<"float32", [64, 10]>>()(i.add(x), true);
	is<torch.Tensor<"int32", [64, 10]>>()(i.add(2), true);
	is<torch.Tensor<"float32", [64, 10]>>()(i.mul(2.5), true);
	is<torch.Tensor<"float32", [64, 10]>>()(i.div(2), true);
	is<torch.Tensor<"int32", [64, 10]>>()(
		i.div(2, { roundingMode: "floor" }),
		true,
	);
	is<torch.Tensor<"float32", [64, 10]>>()(torch.sub(1, x), true);
	is<torch.Tensor<"float32", [64, 10]>>()(torch.add(x, i), true);
	is<torch.Tensor<"bool", [64, 10]>>()(x.gt(0), true);
	is<torch.Tensor<"bool", [64, 10]>>()(torch.eq(x, torch.zeros(64, 1)), true);
	is<torch.Tensor<"float32", [64, 10]>>()(i.exp(), true);
	is<torch.Tensor<"float32", [64, 10]>>()(torch.relu(x.neg()), true);
	is<torch.Tensor<"int32", [64, 10]>>()(x.to("int32"), true);
	is<Promise<torch.Tensor<"float32", [64, 10]>>>()(x.to("webgpu"), true);
	is<Float32Array>()(x.dataSync(), true);
	is<Int32Array>()(i.dataSync(), true);
	is<torch.Tensor<"float32">>()(torch.where(x.gt(0), x, 0), true);
	is<torch.Tensor<"float32", [64, 10]>>()(x.maskedFill(x.lt(0), 0), true);
	is<torch.Tensor<"float32", [64, 10]>>()(x.sub_(torch.zeros(10)), true);
	// @ts-expect-error 64 is not 10
	x.add(torch.zeros(64));
	// @ts-expect-error 64 is not 10
	torch.mul(torch.zeros(64), x);
	// @ts-expect-error 3 is not 10
	x.eq(torch.zeros(3));
	// @ts-expect-error a condition is bool
	torch.where(x, x, 0);
	// @ts-expect-error a mask is bool
	x.maskedFill(i, 0);
	// @ts-expect-error a position is a whole number
	x.index(torch.zeros(3));
	x.index(torch.zeros(3, { dtype: "int32" }), null, { slice: [0, 2] });
	// @ts-expect-error a position is a whole number
	x.gather(1, torch.zeros(64, 1));
	// @ts-expect-error fractions have no bits
	x.bitwiseAnd(i);
}

export function reductions() {
	const x = torch.zeros(64, 10);
	const i = torch.zeros(64, 10, { dtype: "int32" });
	is<torch.Tensor<"float32", []>>()(x.sum(), true);
	is<torch.Tensor<"float32", [64]>>()(x.sum(1), true);
	is<torch.Tensor<"float32", [64, 1]>>()(x.mean(1, { keepdim: true }), true);
	is<torch.Tensor<"float32", [1, 10]>>()(x.sum(0, true), true);
	is<torch.Tensor<"float32", []>>()(x.sum([0, 1]), true);
	is<torch.Tensor<"int32", []>>()(i.sum(), true);
	is<torch.Tensor<"int32", []>>()(x.gt(0).sum(), true);
	is<torch.Tensor<"int32", [64]>>()(x.argmax(1), true);
	is<torch.Tensor<"int32", [64]>>()(torch.argmax(x, -1), true);
	is<torch.Tensor<"int32", [64]>>()(torch.max(x, 1).indices, true);
	is<torch.Tensor<"float32", [64]>>()(x.max(1).values, true);
	is<torch.Tensor<"float32", []>>()(x.max(), true);
	is<torch.Tensor<"float32", [64, 10]>>()(F.softmax(x, 1), true);
	is<torch.Tensor<"float32", [64]>>()(x.var(1, { unbiased: false }), true);
	// @ts-expect-error whole numbers have no mean
	i.mean();
	// @ts-expect-error whole numbers have no mean
	torch.mean(i);
	// @ts-expect-error whole numbers have no softmax
	i.softmax(1);
	// @ts-expect-error whole numbers have no softmax
	F.softmax(i, 1);
	// @ts-expect-error no third dimension
	x.sum(2);
	// @ts-expect-error no third dimension
	x.argmax(-3);
}

export function products() {
	const x = torch.zeros(64, 784);
	const w = torch.zeros(784, 128);
	is<torch.Tensor<"float32", [64, 128]>>()(x.matmul(w), true);
	is<torch.Tensor<"float32", [64, 128]>>()(torch.mm(x, w), true);
	is<torch.Tensor<"float32", [5, 2, 4]>>()(
		torch.zeros(5, 2, 3).bmm(torch.zeros(5, 3, 4)),
		true,
	);
	is<torch.Tensor<"float32", [7, 5, 2, 4]>>()(
		torch.zeros(7, 1, 2, 3).matmul(torch.zeros(5, 3, 4)),
		true,
	);
	is<torch.Tensor<"float32", [64]>>()(x.matmul(torch.zeros(784)), true);
	is<torch.Tensor<"float32", [64, 128]>>()(
		F.linear(x, torch.zeros(128, 784), torch.zeros(128)),
		true,
	);
	// @ts-expect-error mat1 and mat2 shapes cannot be multiplied (64x784 and 28x128)
	x.matmul(torch.zeros(28, 128));
	// @ts-expect-error mat1 and mat2 shapes cannot be multiplied
	torch.mm(x, x);
	// @ts-expect-error matrices only
	torch.mm(x, torch.zeros(784));
	// @ts-expect-error 784 is not 28
	F.linear(x, torch.zeros(128, 28));
	// @ts-expect-error the types differ
	x.matmul(w.to("int32"));
	// @ts-expect-error bool has no product
	x.gt(0).matmul(w.gt(0));
}

/** Parameters in one list, as one writes a step by hand. */
export function mixedShapes(flag: boolean) {
	const params = [torch.randn(784, 128), torch.zeros(128), torch.zeros(10)];
	torch.noGrad(() => {
		for (const p of params) {
			if (p.grad) p.sub_(p.grad.mul(0.1)).mul_(2).addcmul_(p, p);
			p.requiresGrad_().zero_();
			p.grad = null;
		}
	});
	const either = flag ? torch.ones(2, 3) : torch.ones(3, 2);
	is<torch.Tensor<"float32", [2, 3] | [3, 2]>>()(either.add(1).exp(), true);
	is<torch.Tensor<"int32", [2, 3] | [3, 2]>>()(either.to("int32"), true);
	return params.map((p) => p.detach().clone().div(2).gt(0));
}

export function severalDimensions(unknown: torch.Tensor) {
	const a = torch.zeros(2, 3);
	a.permute(1, 0).flip(0, 1).sum([0, -1]);
	a.split(1, 1);
	a.chunk(2, { dim: -1 });
	a.sort({ dim: 1, descending: true });
	a.squeeze(1);
	torch.cat([a, torch.zeros(5, 3), unknown, torch.zeros(0)]);
	torch.cat([a, torch.zeros(2, 7)], -1);
	torch.cat([a, torch.zeros(2, 7)], { dim: 1 });
	torch.stack([a, torch.ones(2, 3), unknown], 2);
	torch.cat(a.split(1));
	torch.stack([a, a].map((x) => x.exp()));
	// @ts-expect-error one of several dimensions is out of range
	a.permute(0, 2);
	// @ts-expect-error one of several dimensions is out of range
	a.sum([0, 2]);
	// @ts-expect-error one of several dimensions is out of range
	a.flip(0, -3);
	// @ts-expect-error dimension out of range
	a.squeeze(2);
	// @ts-expect-error dimension out of range
	a.split(1, 2);
	// @ts-expect-error dimension out of range
	a.chunk(2, { dim: 2 });
	// @ts-expect-error dimension out of range
	a.sort(2);
	// @ts-expect-error all sizes but that of dimension 0 must match
	torch.cat([a, torch.zeros(2, 4)]);
	// @ts-expect-error all sizes but that of dimension 1 must match
	torch.cat([a, unknown, torch.zeros(3, 3)], 1);
	// @ts-expect-error numbers of dimensions differ
	torch.cat([a, torch.zeros(3)]);
	// @ts-expect-error stacked tensors have one shape
	torch.stack([a, torch.zeros(3, 2)]);
}

export function modules() {
	const layer = new nn.Linear(784, 128);
	is<torch.Tensor<"float32", [64, 128]>>()(
		layer.forward(torch.zeros(64, 784)),
		true,
	);
	is<torch.Tensor<"float32", [number, 128]>>()(
		layer.forward(plain.view(-1, 784)),
		true,
	);
	is<torch.Tensor<"float32">>()(layer.forward(plain), true);
	is<torch.Tensor<"float32">>()(layer.call(torch.zeros(64, 784)), true);
	// @ts-expect-error the input's last size must be 784
	layer.forward(torch.zeros(64, 28));
	// @ts-expect-error a layer takes float32
	layer.forward(torch.zeros(64, 784, { dtype: "int32" }));
	const any: torch.nn.Linear = layer;
	const list: torch.nn.Module[] = [layer, new nn.ReLU()];
	is<torch.Tensor<"float32", [64, 128]>>()(
		new nn.ReLU().forward(torch.zeros(64, 128)),
		true,
	);
	return [
		any,
		new nn.Sequential(layer, new nn.ReLU(), new nn.Linear(128, 10)),
		list,
	];
}

/** Nothing literal: nothing in the way, and plain types come out. */
export function withoutShapes(
	model: torch.nn.Linear,
	rows: number,
	flag: boolean,
) {
	let h = plain;
	for (const f of [torch.relu, torch.tanh]) h = f(h);
	h = h.view(-1, rows).add(plain).matmul(plain.t()).sum(1, { keepdim: flag });
	h = torch.zeros(2, 3);
	h = torch.zeros(4);
	h = torch.cat([h, plain], 1);
	h = F.softmax(F.relu(model.forward(h)), 1);
	const total: torch.Tensor = h.mean().add(h.sum()).div(2);
	is<torch.Tensor>()(plain.add(plain), true);
	is<torch.Tensor>()(plain.mul(2), true);
	is<torch.Tensor>()(plain.matmul(plain), true);
	is<torch.Tensor>()(plain.view(-1, rows), true);
	is<torch.Tensor>()(plain.transpose(0, 1), true);
	is<torch.Tensor>()(plain.sum(1), true);
	is<torch.Tensor>()(torch.cat([plain, plain]), true);
	total.backward();
	return torch.noGrad(() => torch.max(h, 1).indices.eq(plain).sum());
}
