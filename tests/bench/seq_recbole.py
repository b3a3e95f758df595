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
init_seed(config["seed"], config["reproducibility"])
torch.set_num_threads(int(os.environ.get("THREADS", "2")))
dataset = create_dataset(config)
train, valid, test = data_preparation(config, dataset)
model = SASRec(config, train.dataset)
trainer = Trainer(config, model)
epoch = trainer._train_epoch


def tell(data, number, *rest, **more):
    mean = epoch(data, number, *rest, **more)
    print(f"epoch {number + 1}\tloss {mean / len(data):.4f}", file=sys.stderr, flush=True)
    return mean


trainer._train_epoch = tell
best, _ = trainer.fit(train, valid, verbose=False, saved=True, show_progress=False)
model.load_state_dict(torch.load(trainer.saved_model_file, weights_only=False)["state_dict"])
model.eval()
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
