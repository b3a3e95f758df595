"""The network of model tower in PyTorch, with the same batch, loss and optimizer: seconds an epoch.

    tower_torch.py EVENTS.csv USERS.csv ITEMS.csv EPOCHS THREADS VARIANT        PyTorch 2.13, CPU

VARIANT: dense (fused AdamW over everything), sparse (SparseAdam for the tables, fused AdamW for the rest), unique (dense, each
distinct user and item of a batch through its tower once). EPOCHS may be a part, 0.25. Prints wall and processor seconds of an
epoch at that pace, and the peak of memory; ten batches go before, which are not counted.
"""
import csv
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

WIDTH, LAYERS, BATCH, DROPOUT, ID_DROPOUT, RATE, DECAY, CLIP = 64, [128, 64], 1024, 0.1, 0.1, 1e-3, 0.01, 5.0
COLUMNS = {"user": [("gender", "category"), ("age", "category"), ("occupation", "category")],
           "item": [("year", "number"), ("genres", "tags")]}
variant = sys.argv[6]
torch.set_num_threads(int(sys.argv[5]))
torch.manual_seed(1)


def numbered(path):
    users, items, ids, ratings = {}, {}, ([], []), []
    for r in csv.reader(open(path)):
        if r[0] != "user":
            ids[0].append(users.setdefault(r[0], len(users)))
            ids[1].append(items.setdefault(r[1], len(items)))
            ratings.append(float(r[2]))
    return users, items, torch.tensor(ids[0]), torch.tensor(ids[1]), torch.tensor(ratings)


def features(path, side, ids):
    """Bags of values (row 0: no id) with their weights, padded, and numbers."""
    rows = {r[side]: r for r in csv.DictReader(open(path))}
    values, bags, numbers = {}, [], []
    for id in ids:
        bag = []
        for c, kind in COLUMNS[side]:
            own = rows[id][c].split("|") if kind != "number" else []
            bag += [(1 + values.setdefault((c, v), len(values)), len(own) ** -0.5) for v in own]
            if kind == "number":
                numbers.append(float(rows[id][c]))
        bags.append(bag)
    most = max(len(b) for b in bags)
    index = torch.tensor([[v for v, _ in b] + [0] * (most - len(b)) for b in bags])
    weight = torch.tensor([[w for _, w in b] + [0.0] * (most - len(b)) for b in bags])
    dense = torch.tensor(numbers).view(len(bags), -1)
    return index, weight, (dense - dense.mean(0)) / dense.std(0) if numbers else dense, 1 + len(values)


class Tower(nn.Module):
    def __init__(self, path, side, ids):
        super().__init__()
        self.index, self.weight, self.dense, n = features(path, side, ids)
        sparse = variant == "sparse"
        self.ids = nn.Embedding(len(ids), WIDTH, sparse=sparse)
        self.values = nn.EmbeddingBag(n, WIDTH, mode="sum", sparse=sparse)
        nn.init.normal_(self.ids.weight, 0, 0.1)
        nn.init.normal_(self.values.weight, 0, 0.1)
        self.map = nn.Linear(self.dense.shape[1], WIDTH, bias=False) if self.dense.shape[1] else None
        widths = [WIDTH] + LAYERS[:-1] + [LAYERS[-1] + 1]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, x):
        keep = (torch.rand(len(x), 1) >= ID_DROPOUT).float()
        # the row of no id stands first in a bag, with weight 0 where the id is kept
        index = torch.cat([torch.zeros(len(x), 1, dtype=torch.long), self.index[x]], 1)
        h = self.ids(x) * keep + self.values(index, per_sample_weights=torch.cat([1 - keep, self.weight[x]], 1))
        if self.map:
            h = h + self.map(self.dense[x])
        for layer in self.layers[:-1]:
            h = F.dropout(F.relu(layer(h)), DROPOUT)
        return self.layers[-1](h)


users, items, user, item, rating = numbered(sys.argv[1])
towers = nn.ModuleList([Tower(sys.argv[2], "user", users), Tower(sys.argv[3], "item", items)])
target = rating - rating.mean()
tables = [p for t in towers for m in (t.ids, t.values) for p in m.parameters()] if variant == "sparse" else []
rest = [p for p in towers.parameters() if not any(p is t for t in tables)]
optimizers = [torch.optim.AdamW(rest, lr=RATE, weight_decay=DECAY, fused=True)]
optimizers += [torch.optim.SparseAdam(tables, lr=RATE)] if tables else []


def step(rows):
    out = []
    for tower, x in zip(towers, (user[rows], item[rows])):
        if variant == "unique":
            x, back = x.unique(return_inverse=True)
            out.append(tower(x)[back])
        else:
            out.append(tower(x))
    u, i = out
    loss = F.mse_loss((u[:, :-1] * i[:, :-1]).sum(1) + u[:, -1] + i[:, -1], target[rows])
    for o in optimizers:
        o.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(rest, CLIP)
    for o in optimizers:
        o.step()
    return loss.item() * len(rows)


for rows in torch.randperm(len(user))[:10 * BATCH].split(BATCH):
    step(rows)
left, total, done = round(float(sys.argv[4]) * len(user)), 0.0, 0
wall, cpu = time.perf_counter(), time.process_time()
while done < left:
    for rows in torch.randperm(len(user))[:left - done].split(BATCH):
        total += step(rows)
        done += len(rows)
wall, cpu = (time.perf_counter() - wall) * len(user) / done, (time.process_time() - cpu) * len(user) / done
print(f"{variant}\trmse {(total / done) ** 0.5:.4f}\twall {wall:.2f} s\tcpu {cpu:.2f} s an epoch, of {sys.argv[4]}"
      f"\tpeak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB", flush=True)
