"""RecBole's SASRec on a leave-last-out split, its rankings as CSV for `evaluate --predictions`.

    seq_recbole.py PARTS OUT CE|BPR SEED [SETTING=VALUE...]

PARTS holds train.csv, valid.csv and test.csv of `preprocess --split last:test=1,valid=1`; written are OUT/valid.csv and
OUT/test.csv, 10 items a user that the user has not seen. RecBole 1.2.1 with its defaults, so stopped by its own MRR@10 on the
validation events after ten epochs without a better one; a SETTING goes over them (epochs=3). What RecBole imports but a
run does not need (tensorboard, hyperopt, plotly, ray) is left out.
"""
import csv
import os
import sys
import tempfile
from unittest.mock import MagicMock

for absent in ("torch.utils.tensorboard", "hyperopt", "hyperopt.pyll", "hyperopt.base", "hyperopt.utils", "plotly",
               "plotly.graph_objs", "ray"):
    sys.modules[absent] = MagicMock(name=absent)

import numpy

numpy.float_, numpy.complex_, numpy.unicode_ = numpy.float64, numpy.complex128, numpy.str_  # gone in NumPy 2

import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.model.sequential_recommender import SASRec
from recbole.trainer import Trainer
from recbole.utils import init_seed

parts, out, loss, seed = sys.argv[1:5]
setting = dict(s.split("=", 1) for s in sys.argv[5:])
PARTS, K = ("train", "valid", "test"), 10


def read(part):
    return list(csv.DictReader(open(f"{parts}/{part}.csv")))


# Times become places, so that both sides have the same order where times are equal: that of our split.
rows = {}
for part in PARTS:
    for number, r in enumerate(read(part)):
        rows.setdefault(r["user"], []).append((PARTS.index(part), float(r["time"]), number, r["item"]))
work = tempfile.mkdtemp()
os.mkdir(f"{work}/events")
with open(f"{work}/events/events.inter", "w") as f:
    f.write("user_id:token\titem_id:token\ttimestamp:float\n")
    for user, row in rows.items():
        for place, (_, _, _, item) in enumerate(sorted(row)):
            f.write(f"{user}\t{item}\t{place}\n")

config = Config(model="SASRec", dataset="events", config_dict={
    "data_path": work, "checkpoint_dir": work, "seed": int(seed), "reproducibility": True, "use_gpu": False, "loss_type": loss,
    "train_neg_sample_args": None if loss == "CE" else {"distribution": "uniform", "sample_num": 1},
    "load_col": {"inter": ["user_id", "item_id", "timestamp"]}, "show_progress": False,
    "eval_args": {"split": {"LS": "valid_and_test"}, "order": "TO", "mode": "full", "group_by": "user"},
    **{k: int(v) if v.isdigit() else float(v) for k, v in setting.items()}})


class Half(torch.nn.Module):
    """Dropout of one half, decided by the sign of a random byte: bernoulli_ takes a fifth of an epoch's time."""

    def forward(self, x):
        if not self.training:
            return x
        sign = torch.empty((x.numel() + 7) // 8, dtype=torch.int64).random_(-(2**63), None).view(torch.int8)[: x.numel()]
        return x * (sign.view(x.shape) >= 0).to(x.dtype).mul_(2)


class LastStep(SASRec):
    """SASRec with nothing computed that it does not read: of the last layer, what is at the last event. The figures of both are
    the same but for rounding (told on standard error); dropout draws other random numbers."""

    def __init__(self, config, dataset):
        super().__init__(config, dataset)
        for module in list(self.modules()):
            for name, child in module.named_children():
                if isinstance(child, torch.nn.Dropout) and child.p == 0.5:
                    setattr(module, name, Half())
        for layer in self.trm_encoder.layer:
            layer.feed_forward.intermediate_act_fn = torch.nn.functional.gelu  # the same, in one pass

    def forward(self, item_seq, item_seq_len):
        place = torch.arange(item_seq.size(1), device=item_seq.device).unsqueeze(0).expand_as(item_seq)
        x = self.dropout(self.LayerNorm(self.item_embedding(item_seq) + self.position_embedding(place)))
        mask = self.get_attention_mask(item_seq)
        for layer in self.trm_encoder.layer[:-1]:
            x = layer(x, mask)
        layer, last = self.trm_encoder.layer[-1], (item_seq_len - 1).view(-1, 1, 1).expand(-1, -1, x.size(-1))
        attention, query = layer.multi_head_attention, x.gather(1, last)
        heads, size = attention.num_attention_heads, attention.attention_head_size
        q = attention.query(query).view(-1, 1, heads, size).transpose(1, 2)
        k = attention.key(x).view(*item_seq.shape, heads, size).permute(0, 2, 3, 1)
        v = attention.value(x).view(*item_seq.shape, heads, size).transpose(1, 2)
        hidden = (item_seq == 0).view(-1, 1, 1, item_seq.size(1)) * -10000.0
        weights = attention.attn_dropout(torch.softmax(q @ k / attention.sqrt_attention_head_size + hidden, -1))
        context = (weights @ v).transpose(1, 2).reshape(query.shape)
        query = attention.LayerNorm(attention.out_dropout(attention.dense(context)) + query)
        return layer.feed_forward(query).squeeze(1)


class Pieces(Trainer):
    """A batch in pieces of PIECE pasts whose gradients add up to those of the whole: it stays in the cache."""

    def _train_epoch(self, train_data, epoch_idx, loss_func=None, show_progress=False):
        self.model.train()
        total = 0.0
        for batch in train_data:
            self.optimizer.zero_grad()
            size = PIECE or len(batch)
            for at in range(0, len(batch), size):
                piece = batch[at:at + size]
                loss = self.model.calculate_loss(piece) * (len(piece) / len(batch))
                loss.backward()
                total += loss.item()
            self.optimizer.step()
        print(f"epoch {epoch_idx + 1}\tloss {total / len(train_data):.4f}", file=sys.stderr, flush=True)
        return total


PIECE = int(os.environ.get("PIECE", "128"))
init_seed(config["seed"], config["reproducibility"])
torch.set_num_threads(int(os.environ.get("THREADS", "2")))
dataset = create_dataset(config)
train, valid, test = data_preparation(config, dataset)
model = LastStep(config, train.dataset)
trainer = Pieces(config, model)
torch.autograd.set_detect_anomaly(False)  # a check of every gradient for NaN, which the trainer turns on: a third of the time
best, _ = trainer.fit(train, valid, verbose=False, saved=True, show_progress=False)
model.load_state_dict(torch.load(trainer.saved_model_file, weights_only=False)["state_dict"])
model.eval()
batch = next(iter(valid))[0]
with torch.no_grad():
    whole, ours = (f(model, batch["item_id_list"], batch["item_length"]) for f in (SASRec.forward, LastStep.forward))
print(f"last step alone: {(whole - ours).abs().max():.1e} off at most", file=sys.stderr)
print(f"best MRR@10 {best}, last epoch {trainer.cur_step} after it", file=sys.stderr)


def seen(user, part):
    return [item for which, _, _, item in rows[user] if which < PARTS.index(part)]


os.makedirs(out, exist_ok=True)
for part, data in (("valid", valid), ("test", test)):
    with open(f"{out}/{part}.csv", "w") as f, torch.no_grad():
        f.write("user,item,rank\n")
        for batch in data:
            score = model.full_sort_predict(batch[0])
            users = dataset.id2token("user_id", batch[0]["user_id"].numpy())
            for user, row in zip(users, score):
                row[0] = -torch.inf
                row[dataset.token2id("item_id", seen(user, part))] = -torch.inf
                for rank, item in enumerate(dataset.id2token("item_id", row.topk(K).indices.numpy())):
                    f.write(f"{user},{item},{rank + 1}\n")
