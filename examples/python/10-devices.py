# A tensor is on one device, and an op's tensors must all be on the same one.
import torch

cpu = torch.tensor([1.0, 2.0, 3.0])
print(cpu.device, cpu * 2)

print(str(cpu.to("cpu") is cpu).lower())

try:
    gpu = cpu.to("cuda")
    print(gpu.device)
    print(gpu + cpu)
except (RuntimeError, AssertionError) as error:
    print(f"{type(error).__name__}: {error}")
