"""The network of model seq in PyTorch, with the same windows, batches, loss and optimizer: seconds an epoch.

    seq_torch.py EVENTS.csv EPOCHS THREADS [STRIDE]  PyTorch 2.13, CPU; prints wall and processor seconds of each epoch
"""
import csv
import random
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

WIDTH, INNER, HEADS, LAYERS, LENGTH, DROPOUT, BATCH = 64, 256, 2, 2, 50, 0.2, 128
STRIDE = int(sys.argv[4]) if len(sys.argv) > 4 else LENGTH
torch.set_num_threads(int(sys.argv[3]))


def read(path):
    rows, items = {}, {}
    for r in csv.DictReader(open(path)):
        rows.setdefault(r["user"], []).append((float(r["time"]), r["item"]))
    return [[items.setdefault(i, len(items)) for _, i in sorted(row, key=lambda x: x[0])] for row in rows.values()], len(items)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=DROPOUT)
        x = x + F.dropout(self.out(y.transpose(1, 2).reshape(b, t, WIDTH)), DROPOUT)
        return x + F.dropout(self.down(F.gelu(self.up(self.norm2(x)))), DROPOUT)


class Network(nn.Module):
    def __init__(self, n_items):
        super().__init__()
        self.items = nn.Embedding(n_items + 1, WIDTH)  # the last is the start token
        nn.init.normal_(self.items.weight, 0, 0.02)
        self.positions = nn.Parameter(torch.randn(LENGTH, WIDTH) * 0.1)
        self.layers, self.norm = nn.ModuleList(Layer() for _ in range(LAYERS)), nn.LayerNorm(WIDTH)

    def forward(self, x):
        h = F.dropout(self.items(x) * WIDTH**0.5 + self.positions[: x.shape[1]], DROPOUT)
        for layer in self.layers:
            h = layer(h)
        return self.norm(h)


def windows(rows, start):
    for row in rows:
        at, end = 0, len(row) if len(row) <= STRIDE else random.randint(1, STRIDE)
        while at < len(row):
            yield ([start] + row[: end - 1])[-LENGTH:], row[at:end]
            at, end = end, min(len(row), end + STRIDE)


rows, n_items = read(sys.argv[1])
network = Network(n_items)
optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
for epoch in range(int(sys.argv[2])):
    cut = list(windows(rows, n_items))
    random.shuffle(cut)
    wall, cpu, total, count = time.perf_counter(), time.process_time(), 0.0, 0
    for i in range(0, len(cut), BATCH):
        batch = cut[i : i + BATCH]
        longest = max(len(x) for x, _ in batch)
        x, y = torch.zeros(len(batch), longest, dtype=torch.long), torch.full((len(batch), longest), -1)
        for k, (tokens, targets) in enumerate(batch):
            x[k, : len(tokens)], y[k, len(tokens) - len(targets) : len(tokens)] = torch.tensor(tokens), torch.tensor(targets)
        h, known = network(x), y >= 0
        loss = F.cross_entropy(h[known] @ network.items.weight[:n_items].T, y[known])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * int(known.sum()), count + int(known.sum())
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"PyTorch\tsequences {len(cut)}\t{len(cut) / wall:.0f} sequences/s\twall {wall:.2f} s\tcpu {cpu:.2f} s\t"
          f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB\t"
          f"epoch {epoch + 1}\tloss {total / count:.4f}", flush=True)
