# Gradients by themselves: y = w * x + 2.
import torch

x = torch.tensor([1.0, 2.0, 3.0])
w = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
y = w * x + 2
print(y)
print(y.grad_fn.name(), str(y.is_leaf).lower(), str(w.is_leaf).lower())

loss = y.pow(2).mean()
print(loss)
loss.backward()
print(w.grad)

(w * x).sum().backward()
print(w.grad)
w.grad = None
(w * x).sum().backward()
print(w.grad)

with torch.no_grad():
    untracked = w * x + 2
print(untracked, str(untracked.requires_grad).lower())
print(y.detach())
