// Gradients by themselves: y = w * x + 2.
import * as torch from "torchlet";

const x = torch.tensor([1, 2, 3]);
const w = torch.tensor([0.5, -1, 2], { requiresGrad: true });
const y = w.mul(x).add(2);
console.log(String(y));
console.log(y.gradFn.name, y.isLeaf, w.isLeaf);

const loss = y.pow(2).mean();
console.log(String(loss));
loss.backward();
console.log(String(w.grad));

// Gradients add up until they are cleared.
w.mul(x).sum().backward();
console.log(String(w.grad));
w.grad = null;
w.mul(x).sum().backward();
console.log(String(w.grad));

const untracked = torch.noGrad(() => w.mul(x).add(2));
console.log(String(untracked), untracked.requiresGrad);
console.log(String(y.detach()));
