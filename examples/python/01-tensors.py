# Creating tensors, and what can be asked of one.
import torch

x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
print(x)
print("shape", *x.shape)
print("dimensions", x.dim(), "elements", x.numel())
print("dtype", str(x.dtype).removeprefix("torch."), "device", x.device)

print(torch.zeros(2, 3))
print(torch.ones(2))
print(torch.full([2, 2], 0.5))
print(torch.eye(3))
print(torch.arange(0, 10, 2))
print(torch.linspace(0, 1, 5))

torch.manual_seed(0)
print(torch.rand(2, 3))
print(torch.randn(2, 3))
print(torch.randint(0, 10, [5]))
print(torch.randperm(6))

print(x + 10)
print(x * x)
print(x @ x.t())
print(x > 3)
