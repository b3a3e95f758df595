"""Ten steps of a tiny BertForMaskedLM of Transformers, dropout off: start values, losses and end values for tests/unit/mlm.c.

    python3 make_mlm.py OUT.safetensors        (PyTorch 2.13, transformers 5.24; single thread, double, stored as F32)
"""
import sys

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForMaskedLM

torch.manual_seed(5)
torch.set_num_threads(1)
V, P, D, INNER, H, L = 50, 12, 24, 40, 3, 2
RATE, DECAY, CLIP = 0.01, 0.1, 0.5
EPS = 1e-5  # a gradient that is next to nothing is mostly rounding, of which a smaller one makes whole steps
MASK, STEPS, TEXTS = 4, 10, 6

config = BertConfig(vocab_size=V, hidden_size=D, num_hidden_layers=L, num_attention_heads=H, intermediate_size=INNER,
                    max_position_embeddings=P, hidden_dropout_prob=0, attention_probs_dropout_prob=0, attn_implementation="eager")
model = BertForMaskedLM(config).double()
with torch.no_grad():
    for name, p in model.named_parameters():  # values that a float holds exactly, so that both sides start alike
        p.copy_((0.3 * torch.randn(p.shape) + (1 if "LayerNorm.weight" in name else 0)).float().double())


def arrays():
    """What bert_net.h and mlm_net.h have: norms as gain, then bias; queries, keys and values as one; layer by layer."""
    b, head = model.bert, model.cls.predictions
    norm = lambda n: torch.cat([n.weight, n.bias])
    each = lambda f: torch.stack([f(l) for l in b.encoder.layer])
    qkv = lambda l: (l.attention.self.query, l.attention.self.key, l.attention.self.value)
    out = {
        "words": b.embeddings.word_embeddings.weight, "positions": b.embeddings.position_embeddings.weight,
        "types": b.embeddings.token_type_embeddings.weight, "norm": norm(b.embeddings.LayerNorm),
        "qkv": each(lambda l: torch.cat([x.weight for x in qkv(l)])), "qkv_bias": each(lambda l: torch.cat([x.bias for x in qkv(l)])),
        "out": each(lambda l: l.attention.output.dense.weight), "out_bias": each(lambda l: l.attention.output.dense.bias),
        "norm1": each(lambda l: norm(l.attention.output.LayerNorm)),
        "up": each(lambda l: l.intermediate.dense.weight), "up_bias": each(lambda l: l.intermediate.dense.bias),
        "down": each(lambda l: l.output.dense.weight), "down_bias": each(lambda l: l.output.dense.bias),
        "norm2": each(lambda l: norm(l.output.LayerNorm)),
        "head.dense": head.transform.dense.weight, "head.dense_bias": head.transform.dense.bias,
        "head.norm": norm(head.transform.LayerNorm), "head.bias": head.bias,
    }
    return {k: v.detach().float().contiguous().clone() for k, v in out.items()}


assert model.cls.predictions.decoder.weight is model.bert.embeddings.word_embeddings.weight
assert model.cls.predictions.decoder.bias is model.cls.predictions.bias
out = {"start/" + k: v for k, v in arrays().items()}
decayed = [p for n, p in model.named_parameters() if p.dim() == 2]
optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": DECAY},
                               {"params": [p for p in model.parameters() if p.dim() != 2], "weight_decay": 0.0}], lr=RATE, eps=EPS)
losses = []
for step in range(STEPS):
    length = [3 + (step + 5 * i) % (P - 2) for i in range(TEXTS)]
    start = [sum(length[:i]) for i in range(TEXTS + 1)]
    token = torch.randint(5, V, (start[-1],))
    row = torch.sort(torch.randperm(start[-1])[: max(1, start[-1] * 3 // 20)]).values
    word = token[row].clone()
    token[row[: len(row) * 4 // 5]] = MASK
    ids, labels, seen = (torch.full((TEXTS, max(length)), x) for x in (0, -100, 0))
    wanted = torch.full((start[-1],), -100)
    wanted[row] = word
    for i in range(TEXTS):
        ids[i, : length[i]] = token[start[i] : start[i + 1]]
        labels[i, : length[i]] = wanted[start[i] : start[i + 1]]
        seen[i, : length[i]] = 1
    loss = model(input_ids=ids, attention_mask=seen, labels=labels).loss
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
    optimizer.step()
    losses.append(loss.item())
    out[f"{step}/start"] = torch.tensor(start)
    out.update({f"{step}/{k}": v.to(torch.int32) for k, v in (("token", token), ("row", row), ("word", word))})
out["losses"] = torch.tensor(losses, dtype=torch.float64)
out.update({"end/" + k: v for k, v in arrays().items()})
save_file(out, sys.argv[1])
print(losses)
