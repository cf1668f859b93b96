# New shapes for the same numbers: views share memory with their tensor.
import torch

x = torch.arange(12)
print(x.view(3, 4))
print(x.view(2, -1))
print(x.reshape(2, 3, 2))

m = x.view(3, 4)
print(m.t())
print("strides", *m.stride(), "and", *m.t().stride())
print(m.select(0, 1))
print(m.narrow(1, 1, 2))
print("unsqueezed", *m.unsqueeze(0).shape)
print("flattened", *m.flatten().shape)
print("permuted", *torch.zeros(2, 3, 5).permute(2, 0, 1).shape)

print("batch", *torch.zeros(64, 1, 28, 28).view(-1, 28 * 28).shape)

m.narrow(0, 0, 1).mul_(10)
print(x)

try:
    m.t().view(12)
except RuntimeError as error:
    print(error)
print(m.t().reshape(12))
