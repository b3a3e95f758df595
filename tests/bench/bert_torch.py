"""Fine-tuning steps in PyTorch, as tests/bench/bert.c takes them; and the file of tokens for both.

    bert_torch.py tokens MODEL REVIEWS.json.gz MAX_TEXTS given|like TEXTS_A_STEP OUT
    bert_torch.py step MODEL full|lora THREADS TOKENS TEXTS_A_STEP SECONDS

The first takes reviews cut at 128 tokens; given: in their order; like: those of a step are of like length, the steps in an
order drawn at random.

The second prints tokens a second (tokens that are no padding) of the median and the best step, a second of
processor time in all, and peak memory in MB. Texts of a
step are padded to the longest."""
import gzip, json, random, resource, struct, sys, time

mode, model = sys.argv[1:3]
if mode == "tokens":
    from tokenizers import Tokenizer
    t = Tokenizer.from_file(model + "/tokenizer.json")
    t.no_padding()
    t.enable_truncation(128)
    texts = []
    for line in gzip.open(sys.argv[3], "rt"):
        r = json.loads(line)
        texts.append(r.get("summary", "") + ". " + r.get("reviewText", ""))
        if len(texts) == int(sys.argv[4]):
            break
    ids = [x.ids for x in t.encode_batch(texts)]
    order, each, out = sys.argv[5], int(sys.argv[6]), sys.argv[7]
    if order == "like":
        ids.sort(key=len)
        steps = [ids[at : at + each] for at in range(0, len(ids) - each + 1, each)]
        random.Random(1).shuffle(steps)
        ids = [x for step in steps for x in step]
    with open(out, "wb") as f:
        f.write(struct.pack(f"<I{len(ids)}I", len(ids), *map(len, ids)))
        for x in ids:
            f.write(struct.pack(f"<{len(x)}I", *x))
    print(len(ids), "texts,", sum(map(len, ids)), "tokens")
    sys.exit()

import torch
from transformers import BertModel

tune, threads, path, each, seconds = sys.argv[3], int(sys.argv[4]), sys.argv[5], int(sys.argv[6]), float(sys.argv[7])
torch.set_num_threads(threads)
torch.manual_seed(1)
with open(path, "rb") as f:
    (n,) = struct.unpack("<I", f.read(4))
    lengths = struct.unpack(f"<{n}I", f.read(4 * n))
    ids = [torch.tensor(struct.unpack(f"<{k}I", f.read(4 * k))) for k in lengths]


class Adapted(torch.nn.Module):
    def __init__(self, inner, rank=8, alpha=16):
        super().__init__()
        self.inner, self.scale = inner, alpha / rank
        self.a = torch.nn.Linear(inner.in_features, rank, bias=False)
        self.b = torch.nn.Linear(rank, inner.out_features, bias=False)
        torch.nn.init.zeros_(self.b.weight)

    def forward(self, x):
        return self.inner(x) + self.scale * self.b(self.a(x))


m = BertModel.from_pretrained(model, add_pooling_layer=False).train()
if tune == "lora":
    for p in m.parameters():
        p.requires_grad_(False)
    for l in m.encoder.layer:
        a = l.attention
        a.self.query, a.self.key, a.self.value = Adapted(a.self.query), Adapted(a.self.key), Adapted(a.self.value)
        a.output.dense = Adapted(a.output.dense)
head = torch.nn.Linear(m.config.hidden_size, 1)
drop = torch.nn.Dropout(0.1)
learn = [p for p in m.parameters() if p.requires_grad] + list(head.parameters())
optimizer = torch.optim.AdamW(learn, lr=5e-5)


def step(at):
    batch = ids[at : at + each]
    x = torch.nn.utils.rnn.pad_sequence(batch, batch_first=True)
    mask = torch.nn.utils.rnn.pad_sequence([torch.ones(len(t), dtype=torch.long) for t in batch], batch_first=True)
    h = m(input_ids=x, attention_mask=mask).last_hidden_state
    w = mask[..., None].float()
    y = head(drop((h * w).sum(1) / w.sum(1)))[:, 0]
    loss = (y - torch.arange(at, at + each).remainder(5)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(learn, 1.0)
    optimizer.step()
    return sum(lengths[at : at + each])


step(0)
rates, at, began, used, tokens = [], 0, time.perf_counter(), time.process_time(), 0
while time.perf_counter() - began < seconds:
    at = 0 if at + 2 * each > n else at + each
    t = time.perf_counter()
    k = step(at)
    tokens += k
    rates.append(k / (time.perf_counter() - t))
used = time.process_time() - used
rates.sort()
print(f"{rates[len(rates) // 2]:.0f}\t{rates[-1]:.0f}\t{tokens / used:.0f}\t{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}")
