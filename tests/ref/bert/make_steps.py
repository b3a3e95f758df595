#!/usr/bin/env python3
"""Ten steps of fine-tuning model/ in PyTorch, dropout off, for tests/unit/bert.c: with adapters of rank 3 on attention (lora/) and
of everything (full/). Mean pooling, a head of one output, squared error, AdamW, clipping. steps.safetensors has start values of
what begins at random, texts, targets, losses and end values, in the layout of recpipe's arrays.
usage: make_steps.py (PyTorch 2.13, transformers 5, safetensors; double, one thread)"""
import os, torch
from safetensors.torch import save_file
from transformers import BertModel

here = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(2)
torch.set_num_threads(1)
dt = torch.float64
D, INNER, L, RANK, ALPHA, RATE, HEAD_RATE, DECAY, CLIP = 24, 40, 2, 3, 6.0, 2e-3, 5e-3, 0.1, 1.0


def normal(*shape, spread=0.3):
    return (torch.randn(*shape) * spread).to(torch.float32).to(dt)


length = [2, 5, 12, 7, 3, 9, 4, 11]
texts = [torch.randint(1, 40, (n,)) for n in length]
texts[2] = torch.arange(1, 13)        # every word occurs, so that all of them learn, but for 0, the padding of PyTorch
texts[5] = torch.arange(13, 22)
texts[7] = torch.arange(22, 33)
texts[3] = torch.arange(33, 40)
types = [torch.cat([torch.zeros(n - n // 3), torch.ones(n // 3)]).long() for n in length]
target = torch.tensor([5, 1, 4, 2, 3, 5, 1, 4], dtype=dt)
out = {"start": torch.cumsum(torch.tensor([0] + length), 0), "token": torch.cat(texts).int(), "type": torch.cat(types).to(torch.uint8),
       "target": target.float()}


class Adapted(torch.nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        self.a = torch.nn.Parameter(normal(RANK, inner.in_features))
        self.b = torch.nn.Parameter(normal(inner.out_features, RANK, spread=0.1))

    def forward(self, x):
        return self.inner(x) + ALPHA / RANK * (x @ self.a.T @ self.b.T)


def arrays(m, lora):
    cat = lambda *x: torch.cat([v.detach().reshape(-1) for v in x])
    layers = m.encoder.layer
    inner = lambda x: x.inner if lora else x
    qkv = [[inner(l.attention.self.query), inner(l.attention.self.key), inner(l.attention.self.value)] for l in layers]
    e = m.embeddings
    r = {
        "bert.words": e.word_embeddings.weight, "bert.positions": e.position_embeddings.weight,
        "bert.types": e.token_type_embeddings.weight, "bert.norm": cat(e.LayerNorm.weight, e.LayerNorm.bias),
        "bert.qkv": cat(*[x.weight for q in qkv for x in q]), "bert.qkv_bias": cat(*[x.bias for q in qkv for x in q]),
        "bert.out": cat(*[inner(l.attention.output.dense).weight for l in layers]),
        "bert.out_bias": cat(*[inner(l.attention.output.dense).bias for l in layers]),
        "bert.norm1": cat(*[v for l in layers for v in (l.attention.output.LayerNorm.weight, l.attention.output.LayerNorm.bias)]),
        "bert.up": cat(*[l.intermediate.dense.weight for l in layers]), "bert.up_bias": cat(*[l.intermediate.dense.bias for l in layers]),
        "bert.down": cat(*[l.output.dense.weight for l in layers]), "bert.down_bias": cat(*[l.output.dense.bias for l in layers]),
        "bert.norm2": cat(*[v for l in layers for v in (l.output.LayerNorm.weight, l.output.LayerNorm.bias)]),
    }
    if lora:
        s = [[l.attention.self.query, l.attention.self.key, l.attention.self.value] for l in layers]
        r["bert.qkv_a"] = cat(*[x.a for q in s for x in q])
        r["bert.qkv_b"] = cat(*[x.b for q in s for x in q])
        r["bert.out_a"] = cat(*[l.attention.output.dense.a for l in layers])
        r["bert.out_b"] = cat(*[l.attention.output.dense.b for l in layers])
    return {k: v.detach().reshape(-1).to(torch.float32).clone() for k, v in r.items()}


def adapt(m):
    for p in m.parameters():
        p.requires_grad_(False)
    for l in m.encoder.layer:
        a = l.attention
        a.self.query, a.self.key, a.self.value = Adapted(a.self.query), Adapted(a.self.key), Adapted(a.self.value)
        a.output.dense = Adapted(a.output.dense)


head0, bias0 = normal(1, D), normal(1)
for kind in "lora", "full":
    m = BertModel.from_pretrained(os.path.join(here, "model"), add_pooling_layer=False, attn_implementation="eager").to(dt).eval()
    m.embeddings.word_embeddings.weight.data[0] = 0
    head, bias = torch.nn.Parameter(head0.clone()), torch.nn.Parameter(bias0.clone())
    if kind == "lora":
        adapt(m)
    start = arrays(m, kind == "lora")
    start.update({"bert.head": head.detach().reshape(-1).float().clone(), "bert.head_bias": bias.detach().float().clone()})
    learn = [(n, p) for n, p in m.named_parameters() if p.requires_grad]
    decays = lambda n: not ("LayerNorm" in n or n.endswith("bias"))
    rate = HEAD_RATE if kind == "lora" else RATE
    groups = [{"params": [p for n, p in learn if decays(n)], "lr": rate, "weight_decay": DECAY},
              {"params": [p for n, p in learn if not decays(n)], "lr": rate, "weight_decay": 0.0},
              {"params": [head], "lr": HEAD_RATE, "weight_decay": DECAY}, {"params": [bias], "lr": HEAD_RATE, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW([g for g in groups if g["params"]])
    losses = []
    for _ in range(10):
        pooled = torch.stack([m(input_ids=t[None], token_type_ids=s[None]).last_hidden_state[0].mean(0) for t, s in zip(texts, types)])
        loss = ((pooled @ head.T + bias)[:, 0] - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for _, p in learn] + [head, bias], CLIP)
        optimizer.step()
        losses.append(loss.item())
    print(kind, losses[0], losses[-1])
    end = arrays(m, kind == "lora")
    end.update({"bert.head": head.detach().reshape(-1).float().clone(), "bert.head_bias": bias.detach().float().clone()})
    frozen = [k for k in end if kind == "lora" and not (k.endswith("_a") or k.endswith("_b") or "head" in k)]
    out[kind + "/losses"] = torch.tensor(losses, dtype=dt)
    out.update({f"{kind}/start/{k}": v for k, v in start.items() if kind == "full" or k not in frozen})
    out.update({f"{kind}/end/{k}": v for k, v in end.items() if k not in frozen})
save_file(out, os.path.join(here, "steps.safetensors"))
