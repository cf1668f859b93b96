import { expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { python } from "../helpers/python.js";

const { nn, optim } = torch;

const PYTHON = `
import json, torch
from torch import nn, optim
from torch.nn.utils import parameters_to_vector, vector_to_parameters, clip_grad_norm_
torch.manual_seed(3)
m = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
v = parameters_to_vector(m.parameters())
(v * v * v).sum().backward()
out = {"vector": v.tolist(), "grads": [p.grad.flatten().tolist() for p in m.parameters()], "name": v.grad_fn.name()}
out["norms"] = []
for p in (0, 0.5, 1, 2, 3, float("inf"), -float("inf")):
    out["norms"].append(clip_grad_norm_(m.parameters(), 1e9, norm_type=p).item())
own = torch.arange(16.) / 8
vector_to_parameters(own, m.parameters())
o = optim.Adam(m.parameters(), lr=0.1)
for _ in range(3):
    o.zero_grad()
    m(torch.ones(4, 2)).sum().backward()
    o.step()
out["own"] = own.tolist()
try: vector_to_parameters(torch.ones(4), m.parameters())
except RuntimeError as e: out["short"] = str(e)
print(json.dumps(out))
`;

test("parametersToVector and vectorToParameters as in PyTorch", () => {
	const want = JSON.parse(python(PYTHON));
	const { parametersToVector, vectorToParameters, clipGradNorm_ } = nn.utils;
	torch.manualSeed(3);
	const m = new nn.Sequential(new nn.Linear(2, 3), new nn.Linear(3, 1));
	const v = parametersToVector(m.parameters());
	expect(v.gradFn?.name).toBe(want.name);
	expect(v.tolistSync()).toEqual(want.vector);
	v.mul(v).mul(v).sum().backward();
	[...m.parameters()].forEach((p, i) => {
		const grad = p.grad?.flatten().tolistSync() as number[];
		grad.forEach((g, k) => {
			expect(g).toBeCloseTo(want.grads[i][k], 6);
		});
	});
	[0, 0.5, 1, 2, 3, Infinity, -Infinity].forEach((normType, i) => {
		const total = clipGradNorm_(m.parameters(), 1e9, { normType }).itemSync();
		const norm = want.norms[i] as number;
		expect(total / norm, `order ${normType}`).toBeCloseTo(1, 5);
	});
	// the parameters are views: what trains them changes the vector
	const own = torch.arange(16, { dtype: "float32" }).div(8);
	vectorToParameters(own, m.parameters());
	const o = new optim.Adam(m.parameters(), { lr: 0.1 });
	for (let i = 0; i < 3; i++) {
		o.zeroGrad();
		m.forward(torch.ones(4, 2)).sum().backward();
		o.step();
	}
	(own.tolistSync() as number[]).forEach((x, i) => {
		expect(x).toBeCloseTo(want.own[i], 5);
	});
	const before = parametersToVector(m.parameters()).tolistSync();
	expect(() => vectorToParameters(torch.ones(4), m.parameters())).toThrow(
		want.short,
	);
	expect(parametersToVector(m.parameters()).tolistSync()).toEqual(before);
});

test("parameters keep the vector's memory when its scope is gone", () => {
	const m = new nn.Linear(2, 3);
	torch.scope(() => {
		nn.utils.vectorToParameters(torch.ones(9).mul(2), m.parameters());
	});
	expect(m.forward(torch.ones(1, 2)).tolistSync()).toEqual([[6, 6, 6]]);
});
