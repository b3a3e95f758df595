"""The data and the judge of mlm.sh: reviews in three parts, and ridge regression of ratings on frozen vectors.

    mlm_ridge.py split REVIEWS.json.gz DIR      DIR/{train,valid,test}.csv: id,rating,text; 70, 10 and 20 % at random
    mlm_ridge.py judge DIR NAME...              NAME: vectors of DIR/NAME-{train,valid,test}.emb
"""
import csv
import gzip
import json
import random
import sys

import numpy as np

PARTS = ("train", "valid", "test")
ALPHAS = [10.0 ** k for k in range(-3, 4)]


def split(path, out):
    rows = [json.loads(line) for line in gzip.open(path, "rt")]
    random.Random(1).shuffle(rows)
    cut = [0, len(rows) * 7 // 10, len(rows) * 8 // 10, len(rows)]
    for k, part in enumerate(PARTS):
        with open(f"{out}/{part}.csv", "w", newline="") as f:
            w = csv.writer(f)
            w.writerow(["id", "rating", "text"])
            w.writerows([i, rows[i]["overall"], rows[i]["reviewText"]] for i in range(cut[k], cut[k + 1]))


def vectors(path):
    from safetensors.numpy import load_file
    t = load_file(path)
    text, offset = t["ids.bytes"].tobytes(), t["ids.offsets"]
    return {int(text[offset[i]:offset[i + 1]]): v for i, v in enumerate(t["vectors"])}


def judge(out, names):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge
    rows = {p: list(csv.DictReader(open(f"{out}/{p}.csv"))) for p in PARTS}
    y = {p: np.array([float(r["rating"]) for r in rows[p]]) for p in PARTS}
    mse = lambda p, x: float(np.mean((np.clip(x, 1, 5) - y[p]) ** 2))

    def report(name, x):
        fits = [Ridge(alpha=a).fit(x["train"], y["train"]) for a in ALPHAS]
        best = min(fits, key=lambda f: mse("valid", f.predict(x["valid"])))
        print(f"{name}\t{best.alpha:g}\t{mse('valid', best.predict(x['valid'])):.4f}\t{mse('test', best.predict(x['test'])):.4f}")

    print("vectors\tridge\tvalid MSE\ttest MSE")
    mean = y["train"].mean()
    print(f"mean rating\t-\t{mse('valid', mean):.4f}\t{mse('test', mean):.4f}")
    for name in names:
        x = {p: vectors(f"{out}/{name}-{p}.emb") for p in PARTS}
        report(name, {p: np.array([x[p][int(r["id"])] for r in rows[p]]) for p in PARTS})
    tfidf = TfidfVectorizer(min_df=2, sublinear_tf=True).fit([r["text"] for r in rows["train"]])
    report("TF-IDF (scikit-learn)", {p: tfidf.transform([r["text"] for r in rows[p]]) for p in PARTS})


if sys.argv[1] == "split":
    split(sys.argv[2], sys.argv[3])
else:
    judge(sys.argv[2], sys.argv[3:])
