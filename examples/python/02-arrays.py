# NumPy arrays in and out.
import numpy as np
import torch

pixels = np.array([0, 0.25, 0.5, 0.75, 1, 1.25], dtype=np.float32)
image = torch.from_numpy(pixels).view(2, 3)
print(image)

labels = torch.from_numpy(np.array([5, 0, 4]))
print(labels, "int32")  # Torchlet's integers have 32 bits

back = (image * 2).numpy().flatten()
print(*(f"{v:g}" for v in back))

rows = image.tolist()
for row in rows:
    print(*(f"{v:g}" for v in row))

print(image.sum().item())
print(labels.max().item())
