"""Ten steps of the network of model seq in PyTorch, dropout off: start values, losses and end values for tests/unit/seq.c;
then the same with the rating head beside it (names that begin with rated/), and with norms after (post/, from the first start
values).

    python3 make_seq.py OUT.safetensors        (PyTorch 2.13, safetensors 0.8; single thread, double, stored as F32)
"""
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(4)
torch.set_num_threads(1)
D, INNER, H, L, T, ITEMS, USERS = 16, 24, 2, 2, 8, 30, 12
RATE, DECAY, CLIP, RATING_WEIGHT = 0.01, 0.1, 0.5, 0.5
dt = torch.float64


def normal(*shape, spread=0.3):
    # values that a float holds exactly, so that both sides start alike
    return (torch.randn(*shape) * spread).to(torch.float32).to(dt)


w = {
    "seq.items": normal(ITEMS, D),
    "seq.start": normal(1, D),
    "seq.positions": normal(1, T * D),
    "seq.norm1": normal(L, 2 * D) + torch.tensor([1.0] * D + [0.0] * D),
    "seq.qkv": normal(L, 3 * D * D),
    "seq.qkv_bias": normal(L, 3 * D),
    "seq.out": normal(L, D * D),
    "seq.out_bias": normal(L, D),
    "seq.norm2": normal(L, 2 * D) + torch.tensor([1.0] * D + [0.0] * D),
    "seq.up": normal(L, INNER * D),
    "seq.up_bias": normal(L, INNER),
    "seq.down": normal(L, D * INNER),
    "seq.down_bias": normal(L, D),
    "seq.norm": normal(1, 2 * D) + torch.tensor([1.0] * D + [0.0] * D),
}
w = {k: v.to(torch.float32).to(dt).requires_grad_() for k, v in w.items()}
out = {"start/" + k: v.detach().to(torch.float32).clone() for k, v in w.items()}

# Rows of events of 1 to 14 items; every item occurs.
length = [1 + (5 * u) % 14 for u in range(USERS)]
rows = [torch.randint(0, ITEMS, (n,)) for n in length]
rows.append(torch.randperm(ITEMS))
starts = [0]
for r in rows:
    starts.append(starts[-1] + len(r))
out["history.start"] = torch.tensor(starts)
out["history.item"] = torch.cat(rows).to(torch.int32)
# Windows: (row, first target, targets); the last is shorter than --length and has context before it.
windows = []
for u, r in enumerate(rows):
    for first in range(0, len(r), T):
        windows.append((u, first, min(T, len(r) - first)))
out["windows"] = torch.tensor(windows, dtype=torch.int32)


def network(tokens, start, post=False):
    x = w["seq.items"][tokens] * D**0.5
    if start:
        x = torch.cat([w["seq.start"], x])
    n = len(x)
    x = x + w["seq.positions"].view(T, D)[:n]
    for l in range(L):
        a = F.layer_norm(x, (D,), w["seq.norm1"][l, :D], w["seq.norm1"][l, D:], 1e-5)
        x = a if post else x
        qkv = F.linear(a, w["seq.qkv"][l].view(3 * D, D), w["seq.qkv_bias"][l]).view(n, 3, H, D // H).permute(1, 2, 0, 3)
        y = F.scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], is_causal=True).transpose(0, 1).reshape(n, D)
        x = x + F.linear(y, w["seq.out"][l].view(D, D), w["seq.out_bias"][l])
        a = F.layer_norm(x, (D,), w["seq.norm2"][l, :D], w["seq.norm2"][l, D:], 1e-5)
        x = a if post else x
        y = F.gelu(F.linear(a, w["seq.up"][l].view(INNER, D), w["seq.up_bias"][l]))
        x = x + F.linear(y, w["seq.down"][l].view(D, INNER), w["seq.down_bias"][l])
    return F.layer_norm(x, (D,), w["seq.norm"][0, :D], w["seq.norm"][0, D:], 1e-5)


decayed = ("seq.items", "seq.qkv", "seq.out", "seq.up", "seq.down")


def ten_steps(name, rated, post=False):
    learned = [k for k in w if rated or k != "seq.head"]
    optimizer = torch.optim.AdamW(
        [{"params": [w[k] for k in learned if k in decayed], "weight_decay": DECAY},
         {"params": [w[k] for k in learned if k not in decayed], "weight_decay": 0.0}], lr=RATE)
    losses = []
    for step in range(10):
        batch = windows[step % 2 :: 2]
        total, count = 0, 0
        for u, first, n in batch:
            past = rows[u][: first + n - 1]  # its newest tokens, as in inference; the last n have targets
            h, target = network(past[-T:], len(past) < T, post)[-n:], rows[u][first : first + n]
            total = total + F.cross_entropy(h @ w["seq.items"].T, target, reduction="sum")
            if rated:
                v, by_item = w["seq.head"].view(2, D)
                rating = biases["seq.mean"][0, 0] + biases["seq.user_bias"][u, 0] + biases["seq.item_bias"][target, 0]
                rating = rating + h @ v + (h * w["seq.items"][target]) @ by_item
                total = total + RATING_WEIGHT * F.mse_loss(rating, ratings[u][first : first + n], reduction="sum")
            count += n
        loss = total / count
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([w[k] for k in learned], CLIP)
        optimizer.step()
        losses.append(loss.item())
    out[name + "losses"] = torch.tensor(losses, dtype=dt)
    out.update({name + "end/" + k: w[k].detach().to(torch.float32).clone() for k in learned})


ten_steps("", False)
# The head, the biases and the ratings come last, so that the values above are those that they were without them.
w["seq.head"] = normal(1, 2 * D).requires_grad_()
biases = {"seq.mean": torch.tensor([[3.5]], dtype=dt), "seq.user_bias": normal(len(rows), 1), "seq.item_bias": normal(ITEMS, 1)}
ratings = [torch.randint(1, 6, (len(r),)).to(dt) for r in rows]
out["history.rating"] = torch.cat(ratings).to(torch.float32)
with torch.no_grad():
    for k, v in w.items():
        v.copy_(out["start/" + k] if k != "seq.head" else v)
for k, v in {**w, **biases}.items():
    for end in ("start/", "end/"):
        out["rated/" + end + k] = v.detach().to(torch.float32).clone()
ten_steps("rated/", True)
with torch.no_grad():
    for k, v in w.items():
        if k != "seq.head":
            v.copy_(out["start/" + k])
ten_steps("post/", False, True)
save_file(out, sys.argv[1])
