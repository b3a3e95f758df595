"""Ten steps of model tower in PyTorch, dropout off, for tests/unit/tower.c: start values, losses and end values.

    python3 make_tower.py OUT.safetensors        (PyTorch 2.13, safetensors 0.8; single thread, double, stored as F32)

Reads items.csv, users.csv and events.csv beside it. Batch k % 2 holds every second event; each has all users and items, so
that rows move alike under lazy and dense Adam; the row of no id, which nobody uses here, has no gradient.
"""
import csv
import math
import os
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(6)
torch.set_num_threads(1)
here = os.path.dirname(os.path.abspath(__file__))
E, LAYERS, INNER = 6, [8, 5], 4
RATE, DECAY, CLIP, LIKE, MOMENTUM = 0.01, 0.1, 0.5, 4, 0.8
TYPES = {"year": "number", "genres": "tags", "maker": "category", "country": "category"}
dt = torch.float64


# with this one hidden units of the head are on for some items of a user and off for others, so that users learn
SEED_OF_MLP_SOFTMAX = 1


def read(name):
    return list(csv.DictReader(open(os.path.join(here, name))))


def number(ids, rows, key):
    for r in rows:
        ids.setdefault(r[key], len(ids))


events = read("events.csv")
tables = {"user": read("users.csv"), "item": read("items.csv")}
ids = {"user": {}, "item": {}}
for side in ids:
    number(ids[side], events, side)


def features(side):
    """The weights of the values [entities, 1 + values] (row 0: no id) and the numbers."""
    rows = sorted(tables[side], key=lambda r: ids[side][r[side]])
    columns = [c for c in rows[0] if c != side]
    values = {(c, ""): k for k, c in enumerate(columns)}
    for c in columns:
        for r in tables[side] if TYPES[c] != "number" else []:
            for v in r[c].split("|"):
                values.setdefault((c, v), len(values))
    weights, numbers = torch.zeros(len(rows), 1 + len(values), dtype=dt), []
    for c in columns:
        if TYPES[c] == "number":
            x = [float(r[c]) for r in rows if r[c]]
            mean = sum(x) / len(x)
            deviation = math.sqrt(sum((v - mean) ** 2 for v in x) / len(x))
            numbers.append([(float(r[c]) - mean) / deviation if r[c] else 0.0 for r in rows])
        for i, r in enumerate(rows):
            if TYPES[c] == "number" and r[c]:
                continue
            own = r[c].split("|")
            for v in own:
                weights[i, 1 + values[c, v]] = len(own) ** -0.5
    dense = torch.tensor(numbers, dtype=dt).T if numbers else torch.zeros(len(rows), 0, dtype=dt)
    return weights, dense


known = {side: features(side) for side in ids}
user = torch.tensor([ids["user"][r["user"]] for r in events])
item = torch.tensor([ids["item"][r["item"]] for r in events])
rating = torch.tensor([float(r["rating"]) for r in events], dtype=dt)


def normal(*shape, spread=0.3):
    # values that a float holds exactly, so that both sides start alike
    return (torch.randn(*shape) * spread).to(torch.float32).to(dt)


def make(head):
    widths = [E] + LAYERS + ([INNER] if head == "mlp" else [])
    widths[-1] += 1
    w = {}
    for side in ids:
        weights, dense = known[side]
        w[side + "_ids"] = normal(len(ids[side]), E)
        w[side + "_values"] = normal(weights.shape[1], E)
        w[side + "_M"] = normal(E, dense.shape[1])
        for l in range(1, len(widths)):
            w[f"{side}_W{l}"] = normal(widths[l], widths[l - 1], spread=0.5)
            w[f"{side}_c{l}"] = normal(widths[l])
    if head == "mlp":
        w["join"] = normal(INNER, spread=0.7)
    return w, len(widths) - 1


def tower(w, n_layers, head, side):
    weights, dense = known[side]
    h = w[side + "_ids"] + weights @ w[side + "_values"] + dense @ w[side + "_M"].T
    for l in range(1, n_layers + 1):
        if l == n_layers and head == "mlp":
            h = h / h.shape[1] ** 0.5
        h = F.linear(h, w[f"{side}_W{l}"], w[f"{side}_c{l}"])
        h = h if l == n_layers else F.relu(h)
    return h


def scores(w, head, u, i):
    bias = u[:, None, -1] + i[None, :, -1]
    if head == "dot":
        return u[:, :-1] @ i[:, :-1].T + bias
    return F.relu(u[:, None, :-1] + i[None, :, :-1]) @ w["join"] + bias


def loss_of(kind, s, own, rows):
    s_own = s.gather(1, own[:, None])[:, 0]
    if kind == "mse":
        return F.mse_loss(s_own, rating[rows] - rating.mean(), reduction="mean")
    if kind == "huber":
        return F.huber_loss(s_own, rating[rows] - rating.mean(), delta=1.0)
    if kind == "bce":
        return F.binary_cross_entropy_with_logits(s_own, (rating[rows] >= LIKE).to(dt))
    share = torch.bincount(item, minlength=s.shape[1]).to(dt) / len(item)
    return F.cross_entropy(s - torch.log(1 - (1 - share) ** BATCH), own)


BATCH = len(events) // 2


def stored(w, n_layers):
    """As the model file has them: M, then W and c of each layer, one behind the other."""
    out = {}
    for side in ids:
        for part in ("ids", "values"):
            out[f"tower.{side}_{part}"] = w[f"{side}_{part}"]
        net = [w[side + "_M"]] + [w[f"{side}_{x}{l}"] for l in range(1, n_layers + 1) for x in "Wc"]
        out[f"tower.{side}_net"] = torch.cat([x.flatten() for x in net])
    if "join" in w:
        out["tower.join"] = w["join"]
    return {k: v.detach().to(torch.float32).clone() for k, v in out.items()}


OPTIMIZERS = {
    "adamw": lambda groups: torch.optim.AdamW(groups, lr=RATE),
    "adam": lambda groups: torch.optim.Adam(groups, lr=RATE),
    "sgd": lambda groups: torch.optim.SGD(groups, lr=RATE, momentum=MOMENTUM),
}
out = {}
for head, kind, optimizer in (("dot", "mse", "adamw"), ("mlp", "bce", "adamw"), ("dot", "softmax", "adamw"),
                              ("mlp", "mse", "adamw"), ("mlp", "softmax", "adamw"), ("dot", "huber", "sgd"),
                              ("mlp", "mse", "adam")):
    if (head, kind) == ("mlp", "softmax"):
        torch.manual_seed(SEED_OF_MLP_SOFTMAX)
    w, n_layers = make(head)
    w = {k: v.requires_grad_() for k, v in w.items()}
    name = f"{head}-{kind}-{optimizer}"
    out.update({f"{name}/start/{k}": v for k, v in stored(w, n_layers).items()})
    decayed = [v for k, v in w.items() if "_c" not in k]
    rest = [v for k, v in w.items() if "_c" in k]
    optimizer = OPTIMIZERS[optimizer]([{"params": decayed, "weight_decay": DECAY}, {"params": rest, "weight_decay": 0.0}])
    no_id = {side: w[side + "_values"][0].detach().clone() for side in ids}
    losses = []
    for step in range(10):
        rows = torch.arange(step % 2, len(events), 2)
        u, i = tower(w, n_layers, head, "user"), tower(w, n_layers, head, "item")
        loss = loss_of(kind, scores(w, head, u[user[rows]], i), item[rows], rows)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(w.values(), CLIP)
        optimizer.step()
        with torch.no_grad():
            for side in ids:  # lazy: nobody touched it
                w[side + "_values"][0] = no_id[side]
        losses.append(loss.item())
    out[f"{name}/losses"] = torch.tensor(losses, dtype=dt)
    out.update({f"{name}/end/{k}": v for k, v in stored(w, n_layers).items()})
save_file(out, sys.argv[1])
