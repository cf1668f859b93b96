"""PyTorch's side of train-step.mjs: answers one line for each line asked."""
import json
import os
import sys
import time

import numpy as np
import torch
from torch import nn, optim

torch.set_num_threads(1)
BATCHES, BATCH, CHECKED = 100, 64, 20


def idx(name, offset):
    return torch.from_numpy(np.fromfile(os.path.join(sys.argv[1], name), np.uint8, offset=offset))


n = BATCHES * BATCH
images = idx("train-images-idx3-ubyte", 16).view(-1, 784)[:n].to(torch.float32)
images = images.div(255).sub(0.1307).div(0.3081)
labels = idx("train-labels-idx1-ubyte", 8)[:n].to(torch.int64)
data = list(zip(images.split(BATCH), labels.split(BATCH)))


class SimpleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


torch.manual_seed(0)
model = SimpleNet()
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)


def step(i):
    x, t = data[i % BATCHES]
    optimizer.zero_grad(set_to_none=True)
    loss = criterion(model(x), t)
    loss.backward()
    optimizer.step()
    return loss.item()


at = CHECKED
for line in sys.stdin:
    what, *count = line.split()
    if what == "version":
        answer = torch.__version__
    elif what == "losses":
        answer = [step(i) for i in range(int(count[0]))]
    else:
        started = time.perf_counter()
        for _ in range(int(count[0])):
            step(at)
            at += 1
        answer = (time.perf_counter() - started) / int(count[0]) * 1000
    print(json.dumps(answer), flush=True)
