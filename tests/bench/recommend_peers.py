#!/usr/bin/env python3
"""Top-10 of all users by implicit and faiss, for tests/bench/recommend.sh. usage: recommend_peers.py EVENTS.csv FACTORS
(needs numpy, scipy, implicit, faiss-cpu). Factors are normal numbers: the work hardly depends on their values."""
import csv, os, sys, time
import numpy as np, scipy.sparse as sp
import faiss
from implicit.cpu.als import AlternatingLeastSquares

events, k = sys.argv[1], int(sys.argv[2])
threads = int(os.environ.get("THREADS", "2"))
users, items, rows, columns = {}, {}, [], []
with open(events) as f:
    for row in csv.DictReader(f):
        rows.append(users.setdefault(row["user"], len(users)))
        columns.append(items.setdefault(row["item"], len(items)))
seen = sp.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), (len(users), len(items)))
g = np.random.default_rng(1)
P, Q = g.normal(size=(len(users), k)).astype(np.float32), g.normal(size=(len(items), k)).astype(np.float32)


def median(name, f, n=7):
    f()
    t = []
    for _ in range(n):
        a = time.perf_counter()
        f()
        t.append(time.perf_counter() - a)
    t.sort()
    print(f"{name}\t{t[n // 2] * 1e3:.1f} ms\tleast {t[0] * 1e3:.1f}")


m = AlternatingLeastSquares(factors=k, num_threads=threads)
m.user_factors, m.item_factors = P, Q
ids = np.arange(len(users))
median("implicit recommend, seen excluded", lambda: m.recommend(ids, seen, N=10, filter_already_liked_items=True))
median("implicit recommend, seen kept", lambda: m.recommend(ids, seen, N=10, filter_already_liked_items=False))
faiss.omp_set_num_threads(threads)
index = faiss.IndexFlatIP(k)
index.add(Q)
median("faiss IndexFlatIP, nothing excluded", lambda: index.search(P, 10))
