"""MNIST as torchvision has it, for a Python without torchvision."""
import os

import numpy as np
import torch
from torch.utils.data import Subset, TensorDataset


def mnist(root, train, limit=None):
    """Images [N, 1, 28, 28], after ToTensor and Normalize((0.1307,), (0.3081,)), and labels."""
    stem = "train" if train else "t10k"

    def idx(name, offset):
        path = os.path.join(root, f"{stem}-{name}-ubyte")
        return torch.from_numpy(np.fromfile(path, np.uint8, offset=offset))

    images = idx("images-idx3", 16).view(-1, 1, 28, 28).to(torch.float32)
    images = images.div(255).sub(0.1307).div(0.3081)
    data = TensorDataset(images, idx("labels-idx1", 8).to(torch.int64))
    return Subset(data, range(limit)) if limit else data
