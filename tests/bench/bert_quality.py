"""What tests/bench/bert_quality.sh compares with, by scikit-learn.

    bert_quality.py split FOLDER SEED TRAIN VALID TEST <reviews.csv    train.csv, valid.csv, test.csv of so many reviews
    bert_quality.py tfidf FOLDER                                       a row for each of ridge and logistic regression

split drops reviews without text and all but the first of those whose text is the same but for case, blanks and punctuation.
tfidf: words and pairs of words, sublinear counts; the strength of the penalty has the least error on valid.csv.
"""
import csv
import random
import re
import sys

csv.field_size_limit(1 << 30)


def read(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def split(folder, seed, *sizes):
    rows, seen = list(csv.DictReader(sys.stdin)), set()
    kept = []
    for row in rows:
        key = re.sub(r"\W+", " ", row["text"].lower()).strip()
        if key and key not in seen:
            seen.add(key)
            kept.append(row)
    random.Random(int(seed)).shuffle(kept)
    at = 0
    for name, size in zip(("test", "valid", "train"), reversed(sizes)):
        part = kept[at : at + int(size)] if name != "train" else kept[at:][: int(size)]
        at += int(size)
        with open(f"{folder}/{name}.csv", "w", newline="", encoding="utf-8") as f:
            out = csv.DictWriter(f, ["user", "item", "rating", "text"], extrasaction="ignore")
            out.writeheader()
            out.writerows(part)
    print(f"reviews {len(rows)}, of different texts {len(kept)}, learned from {len(part)}")


def tfidf(folder):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression, Ridge

    parts = {name: read(f"{folder}/{name}.csv") for name in ("train", "valid", "test")}
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    x = {"train": vectorizer.fit_transform([r["text"] for r in parts["train"]])}
    x.update({name: vectorizer.transform([r["text"] for r in parts[name]]) for name in ("valid", "test")})
    y = {name: [float(r["rating"]) for r in rows] for name, rows in parts.items()}
    low, high = min(y["train"]), max(y["train"])

    def mse(model, name):
        return sum((min(max(p, low), high) - t) ** 2 for p, t in zip(model.predict(x[name]), y[name])) / len(y[name])

    def accuracy(model, name):
        return sum(bool(p) == (t >= 4) for p, t in zip(model.predict(x[name]), y[name])) / len(y[name])

    ridges = [Ridge(alpha=a).fit(x["train"], y["train"]) for a in (0.1, 0.3, 1, 3, 10, 30)]
    likes = [t >= 4 for t in y["train"]]
    logistic = [LogisticRegression(C=c, max_iter=1000).fit(x["train"], likes) for c in (0.1, 0.3, 1, 3, 10, 30, 100)]
    best = min(ridges, key=lambda m: mse(m, "valid"))
    print(f"TF-IDF, ridge\tMSE {mse(best, 'test'):.4f}")
    best = max(logistic, key=lambda m: accuracy(m, "valid"))
    print(f"TF-IDF, logistic regression\taccuracy {accuracy(best, 'test'):.4f}")


{"split": split, "tfidf": tfidf}[sys.argv[1]](*sys.argv[2:])
