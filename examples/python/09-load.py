# In a second process: the same network again.
import sys

import torch
from torch import nn

file = sys.argv[1] if len(sys.argv) > 1 else "simple.pth"

model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
result = model.load_state_dict(torch.load(file))
print(*result.missing_keys, *result.unexpected_keys, "loaded")
model.eval()
for name, tensor in model.named_parameters():
    print(name, *tensor.shape, "%.2f" % tensor.abs().sum().item())
x = torch.linspace(-1, 1, 784).view(1, 784)
with torch.no_grad():
    print(model(x))
