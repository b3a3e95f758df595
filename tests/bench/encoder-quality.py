#!/usr/bin/env python3
"""How exact the encoder is, and what a narrower precision costs in ranking. Run by encoder-quality.sh.

usage: encoder-quality.py texts DATA CSV [N]        the texts of three data sets, and how they belong together, as CSV;
                                                     N: only so many of the reviews (and their summaries)
       encoder-quality.py reference MODEL CSV NPY   sentence-transformers (PyTorch, f32) on 10,000 of them; goes on from NPY
       encoder-quality.py report CSV NPY EMB...     largest difference, cosines, NDCG@10 and MRR@10 of each embedding file
(needs numpy, safetensors; reference: sentence-transformers)

Two tasks on Musical Instruments: the summary of a review finds its review among all; a review finds other reviews of the
same product. Every text is a query once.
"""
import csv, gzip, json, sys, os
import numpy as np

csv.field_size_limit(1 << 24)
SECONDS = 240  # of one call of reference


def lines(path):
    with gzip.open(path, "rt", encoding="utf-8") as f:
        yield from f


def texts(data, out, n_reviews=1 << 30):
    reviews = [json.loads(line) for line in lines(f"{data}/amazon-musical-instruments-2014/Musical_Instruments_5.json.gz")]
    reviews = [r for r in reviews if r["reviewText"].strip() and r["summary"].strip()][:int(n_reviews)]
    movies = csv.DictReader(lines(f"{data}/ml-latest-small/movies.csv.gz"))
    korean = csv.DictReader(lines(f"{data}/kmrd-small/movies.txt.gz"), delimiter="\t", quoting=csv.QUOTE_NONE)
    with open(out, "w", encoding="utf-8", newline="") as f:
        w = csv.writer(f)
        w.writerow(["id", "kind", "product", "text"])
        for kind, rows in (("review", ((r["asin"], r["reviewText"]) for r in reviews)),
                           ("summary", ((r["asin"], r["summary"]) for r in reviews)),
                           ("title", ((m["movieId"], m["title"]) for m in movies)),
                           ("korean", ((m["movie"], m["title"]) for m in korean))):
            n = 0
            for product, text in rows:
                if text.strip():
                    w.writerow([f"{kind}{n}", kind, product, text.strip()])
                    n += 1


def load(path):
    with open(path, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def compared(rows):
    """10,000 rows: all Korean titles, 1,000 summaries, reviews, and at least 1,400 other titles."""
    korean, title, summary, review = ([i for i, r in enumerate(rows) if r["kind"] == k] for k in ("korean", "title", "summary", "review"))
    titles = title[:max(1400, 9000 - len(korean) - len(review))]
    chosen = korean + titles + summary[:1000]
    return chosen + review[:10000 - len(chosen)]


def reference(model, path, out):
    import time, torch
    from sentence_transformers import SentenceTransformer
    rows = load(path)
    chosen = [rows[i]["text"] for i in compared(rows)]
    done = [np.load(out)] if os.path.exists(out) else []
    m = SentenceTransformer(model, device="cpu")
    torch.set_num_threads(int(os.environ.get("THREADS", "2")))
    n, start = sum(map(len, done)), time.monotonic()
    while n < len(chosen) and time.monotonic() - start < SECONDS:
        done.append(m.encode(chosen[n:n + 500], batch_size=32, normalize_embeddings=True).astype(np.float32))
        n += len(done[-1])
    np.save(out, np.concatenate(done))
    print(f"{n} of {len(chosen)}")


def gains(scores, right, ks):
    """Of each row of scores, the ranks (from 1) below 11 that hold a right column, to NDCG@10 and MRR@10."""
    top = np.argpartition(-scores, 10, axis=1)[:, :10]
    order = np.argsort(-np.take_along_axis(scores, top, 1), axis=1, kind="stable")
    top = np.take_along_axis(top, order, 1)
    hit = np.take_along_axis(right, top, 1)
    discount = 1 / np.log2(np.arange(2, 12))
    ideal = np.cumsum(discount)[np.minimum(ks, 10) - 1]
    first = np.where(hit.any(1), 1 / (hit.argmax(1) + 1), 0)
    return hit @ discount / ideal, first


def tasks(rows, v):
    kind = lambda k: np.array([i for i, r in enumerate(rows) if r["kind"] == k])
    review, summary = kind("review"), kind("summary")
    product = np.unique([rows[i]["product"] for i in review], return_inverse=True)[1]
    found = {"summary": [], "product": []}
    for b in range(0, len(review), 1000):
        mine = np.arange(b, min(b + 1000, len(review)))
        s = v[summary[mine]] @ v[review].T
        found["summary"].append(gains(s, mine[:, None] == np.arange(len(review)), np.ones(len(mine), int)))
        s = v[review[mine]] @ v[review].T
        s[np.arange(len(mine)), mine] = -np.inf
        same = product[mine, None] == product
        same[np.arange(len(mine)), mine] = False
        keep = same.sum(1) > 0
        found["product"].append(gains(s[keep], same[keep], same[keep].sum(1)))
    return {k: np.concatenate(x, axis=1).mean(1) for k, x in found.items()}


def report(path, reference_path, files):
    from safetensors.numpy import load_file
    rows, ref = load(path), np.load(reference_path)
    chosen, base = compared(rows)[:len(ref)], None
    print(f"{len(ref)} texts compared, {len(rows)} encoded")
    print("file\tmax |d|\tmean cos\tleast cos\tcos to f32\tsummary NDCG MRR\tproduct NDCG MRR\tfall %")
    for f in files:
        v = load_file(f)["vectors"]
        d = v[chosen]
        cos = (d.astype(np.float64) * ref).sum(1) / np.linalg.norm(d.astype(np.float64), axis=1) / np.linalg.norm(ref, axis=1)
        t = tasks(rows, v)
        now = np.concatenate([t["summary"], t["product"]])
        base = (v, now) if base is None else base
        to_f32 = (v * base[0]).sum(1, dtype=np.float64).mean()
        fall = 100 * (base[1] - now) / base[1]
        print(f"{os.path.basename(f)}\t{np.abs(d - ref).max():.2e}\t{cos.mean():.6f}\t{cos.min():.6f}\t{to_f32:.6f}\t"
              f"{now[0]:.4f} {now[1]:.4f}\t{now[2]:.4f} {now[3]:.4f}\t" + " ".join(f"{x:+.2f}" for x in fall))


if __name__ == "__main__":
    command = {"texts": texts, "reference": reference, "report": lambda c, n, *f: report(c, n, f)}
    command[sys.argv[1]](*sys.argv[2:])
