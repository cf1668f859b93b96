"""PyTorch's side of the benchmarks: answers a line of JSON with another, as serve.mjs."""
import json
import os
import sys
import time

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional as F

torch.set_num_threads(1)
torch.manual_seed(0)
ROOT = os.environ["BENCH_DATA"]
BATCHES = 100


def idx(name, offset):
    path = os.path.join(ROOT, name)
    return torch.from_numpy(np.fromfile(path, np.uint8, offset=offset))


def floats(name):
    return torch.from_numpy(np.fromfile(os.path.join(ROOT, name), np.float32))


def images(name):
    pixels = idx(name, 16).view(-1, 784).to(torch.float32)
    return pixels.div(255).sub(0.1307).div(0.3081)


def fill(model, name):
    parts = floats(name).split([p.numel() for p in model.parameters()])
    with torch.no_grad():
        for p, part in zip(model.parameters(), parts):
            p.copy_(part.view_as(p))


class SimpleNet(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.fc1 = nn.Linear(784, 128)
        self.fc2 = nn.Linear(128, 10)
        fill(self, name)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


class LeNet(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 10)
        fill(self, name)

    def forward(self, x):
        x = F.max_pool2d(torch.relu(self.conv1(x.view(-1, 1, 28, 28))), 2)
        x = F.max_pool2d(torch.relu(self.conv2(x)), 2)
        return self.fc2(torch.relu(self.fc1(x.flatten(1))))


class Trainer:
    def __init__(self, net="mlp"):
        self.model = LeNet("lenet.bin") if net == "lenet" else SimpleNet("start.bin")
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = optim.SGD(self.model.parameters(), lr=0.01, momentum=0.9)

    def step(self, x, t):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.criterion(self.model(x), t)
        loss.backward()
        self.optimizer.step()
        return loss.item()


class Step(Trainer):
    def __init__(self, options):
        super().__init__(options.get("net"))
        self.checked = options["checked"]
        n = BATCHES * options["batch"]
        if options["input"] == "dense":
            x = floats("dense.bin").view(-1, 784)[:n].clone()
            t = torch.arange(n) * 7919 % 10
        else:
            x = images("train-images-idx3-ubyte")[:n].clone()
            t = idx("train-labels-idx1-ubyte", 8)[:n].to(torch.int64)
        self.data = [(a.clone(), b.clone()) for a, b in zip(x.split(options["batch"]), t.split(options["batch"]))]
        self.i = 0

    def one(self):
        self.i += 1
        return self.step(*self.data[(self.i - 1) % BATCHES])

    def answer(self):
        return [self.one() for _ in range(self.checked)]

    def run(self, n):
        for _ in range(n):
            self.one()


class Epoch(Trainer):
    """Floats made in advance, shuffled by index: the least that a loop can do."""

    def __init__(self, options):
        super().__init__()
        self.images = images("train-images-idx3-ubyte")
        self.labels = idx("train-labels-idx1-ubyte", 8).to(torch.int64)

    def one(self):
        order = torch.randperm(len(self.images)).split(64)
        return sum(self.step(self.images[i], self.labels[i]) for i in order) / len(order)

    def answer(self):
        return [self.one()]

    def run(self, n):
        for _ in range(n):
            self.one()


class Predict:
    def __init__(self, options):
        self.model = SimpleNet("trained.bin")
        self.rows = options["rows"]
        dense = options["input"] == "dense"
        self.all = floats("dense.bin").view(-1, 784) if dense else images("t10k-images-idx3-ubyte")
        self.parts = self.all.split(self.rows)
        self.i = 0

    def answer(self):
        with torch.no_grad():
            return self.model(self.all).argmax(1).tolist()

    def run(self, n):
        with torch.no_grad():
            for _ in range(n):
                self.model(self.parts[self.i % len(self.parts)]).argmax(1)
                self.i += 1


def answer(message):
    global opened
    if message["ask"] == "open":
        task = {"step": Step, "epoch": Epoch, "predict": Predict}[message["task"]]
        opened = task(message["options"])
        return {"version": torch.__version__}
    if message["ask"] == "answer":
        return opened.answer()
    n = message["n"]
    wall, cpu = time.perf_counter(), time.process_time()
    opened.run(n)
    scale = 1000 / n
    return {"wall": (time.perf_counter() - wall) * scale, "cpu": (time.process_time() - cpu) * scale}


for line in sys.stdin:
    try:
        reply = {"value": answer(json.loads(line))}
    except Exception as error:
        reply = {"error": repr(error)}
    print(json.dumps(reply), flush=True)
