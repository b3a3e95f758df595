#!/usr/bin/env python3
"""Reference values for the metrics of recpipe. usage: make_metrics.py [OUTDIR]   (needs numpy, scikit-learn,
pytrec_eval-terrier; trec_eval itself is used too when TREC_EVAL names the binary)

Ranking: writes qrels.trec, run.trec (TREC formats), ranked.csv (the run in the order that trec_eval scores it),
qrels.csv, per_user.tsv and mean.tsv (metric TAB scope TAB value).
 - trec_eval orders a user's items by score descending, equal scores by item id DESCENDING (bytes). ranked.csv holds that
   order, so a program that trusts ranks gets the same values.
 - relevant = grade >= 1. P_k divides by k, also when fewer than k were recommended. recall_k = hits / all relevant.
   map, map_cut_k divide by all relevant (R), not by min(R, k). ndcg, ndcg_cut_k: gain = grade (linear), discount
   log2(rank + 1), ideal over all judged items of the user. success_k = hit rate. recip_rank = 1 / rank of the first relevant.
 - ndcg_exp*: gain = 2^grade - 1; pytrec_eval on qrels whose grades were replaced by 2^grade - 1.
 - not in trec_eval, from the formulas here: map_min_cut_k (divides by min(R, k)), recip_rank_cut_k (0 past rank k),
   ndcg_bin_cut_k (gain 1 for every relevant item), precision_ret_k (divides by min(k, recommended)).
Scopes in mean.tsv:
   both     users in run and qrels that trec_eval evaluates (its default: num_q); a user with no relevant item counts as 0
   qrels    all users of qrels, those not in the run as 0 (trec_eval -c)
   relevant users with at least one relevant item; not in the run counts as 0 (usual in recommender papers)

Point-wise: pred_rating.csv (user,item,rating,prediction[,weight]) and pred_binary.csv (user,label,score,probability,weight) with
values of scikit-learn in sklearn.tsv. log loss clips probabilities to [eps, 1 - eps], eps = 2.220446049250313e-16."""
import math, os, subprocess, sys, tempfile
import numpy as np
import pytrec_eval
from sklearn import metrics as sk

out = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
KS = (1, 3, 5, 10, 20)
g = np.random.Generator(np.random.PCG64(20240501))
items = [f"i{n}" for n in range(1, 91)] + ["I1", "Zeta", "été", "电影", "i-0", "i_0"]


def R(x):
    return repr(float(x))


qrels, run = {}, {}
for u in range(1, 53):
    q = f"u{u}"
    n_ret = int(g.integers(1, 41))
    n_rel = int(g.integers(1, 15))
    kind = u % 13
    if kind == 3: n_ret = int(g.integers(1, 5))          # fewer than k recommended
    if kind == 7: n_rel = 30                             # more relevant than k
    ret = [items[i] for i in g.choice(len(items), n_ret, replace=False)]
    score = g.normal(size=n_ret).round(3)
    if kind in (1, 5, 8): score = (score * 2).round() / 2      # many ties
    if kind == 9: score[:] = 0.0                          # all tied
    if kind == 10: score = score - 5                      # all negative
    pool = list(dict.fromkeys([ret[i] for i in g.choice(n_ret, min(n_ret, n_rel), replace=False)][: max(1, n_rel // 2)]
                              + [items[i] for i in g.choice(len(items), n_rel, replace=False)]))[:n_rel]
    grades = g.integers(0, 4, len(pool))
    if kind == 4: grades = np.ones(len(pool), int)        # binary relevance
    if kind == 6: grades = np.zeros(len(pool), int)       # judged, none relevant
    run[q] = {i: float(s) for i, s in zip(ret, score)}
    qrels[q] = {i: int(r) for i, r in zip(pool, grades)}
del qrels["u20"]; del qrels["u41"]                        # recommended to, but never judged
del run["u25"]; del run["u50"]                            # judged, but nothing recommended
run["u30"] = {i: 1.0 - n / 100 for n, i in enumerate(sorted(qrels["u30"], key=lambda x: -qrels["u30"][x]))}   # perfect
run["u31"] = {i: 1.0 for i in items if i not in qrels["u31"]}                                                   # all wrong
run["u33"] = {"i1": 1e-7, "i2": 1.00000001e-7, "i3": 9.9999e-8}                                               # near ties
qrels["u33"] = {"i3": 1, "i1": 2, "i99": 3}


def order(q):
    return sorted(run[q], key=lambda i: (np.float64(run[q][i]), i.encode()), reverse=True)


with open(f"{out}/qrels.trec", "w") as f:
    for q in qrels:
        for i, r in qrels[q].items(): f.write(f"{q} 0 {i} {r}\n")
with open(f"{out}/qrels.csv", "w") as f:
    f.write("user,item,relevance\n")
    for q in qrels:
        for i, r in qrels[q].items(): f.write(f"{q},{i},{r}\n")
with open(f"{out}/run.trec", "w") as f:
    for q in run:
        for n, i in enumerate(run[q]): f.write(f"{q} Q0 {i} {n} {R(run[q][i])} ref\n")
with open(f"{out}/ranked.csv", "w") as f:
    f.write("user,rank,item,score\n")
    for q in run:
        for n, i in enumerate(order(q), 1): f.write(f"{q},{n},{i},{R(run[q][i])}\n")

ks = ",".join(map(str, KS))
meas = {"map", "recip_rank", "ndcg", "Rprec", "num_ret", "num_rel", "num_rel_ret", f"P.{ks}", f"recall.{ks}", f"ndcg_cut.{ks}",
        f"map_cut.{ks}", f"success.{ks}", "bpref"}
val = pytrec_eval.RelevanceEvaluator(qrels, meas).evaluate(run)
exp = {q: {i: 2 ** r - 1 for i, r in d.items()} for q, d in qrels.items()}
for q, d in pytrec_eval.RelevanceEvaluator(exp, {"ndcg", f"ndcg_cut.{ks}"}).evaluate(run).items():
    for m, v in d.items(): val[q][m.replace("ndcg", "ndcg_exp")] = v
bn = {q: {i: int(r > 0) for i, r in d.items()} for q, d in qrels.items()}
for q, d in pytrec_eval.RelevanceEvaluator(bn, {"ndcg", f"ndcg_cut.{ks}"}).evaluate(run).items():
    for m, v in d.items(): val[q][m.replace("ndcg", "ndcg_bin")] = v
for q, v in val.items():
    rel = [qrels[q].get(i, 0) >= 1 for i in order(q)]
    n_rel = sum(r >= 1 for r in qrels[q].values())
    first = next((n for n, r in enumerate(rel, 1) if r), None)
    for k in KS:
        ap = sum(sum(rel[:n + 1]) / (n + 1) for n in range(min(k, len(rel))) if rel[n])
        v[f"map_min_cut_{k}"] = ap / min(n_rel, k) if n_rel else 0.0
        v[f"recip_rank_cut_{k}"] = 1 / first if first and first <= k else 0.0
        v[f"precision_ret_{k}"] = sum(rel[:k]) / min(k, len(rel)) if rel else 0.0
    # cross-check of pytrec_eval by the formulas
    def close(a, b, m): assert abs(a - b) < 1e-12, (q, m, a, b)
    grades = [qrels[q].get(i, 0) for i in order(q)]
    for k in KS:
        close(v[f"P_{k}"], sum(rel[:k]) / k, "P")
        close(v[f"recall_{k}"], sum(rel[:k]) / n_rel if n_rel else 0, "recall")
        close(v[f"success_{k}"], float(any(rel[:k])), "success")
        close(v[f"map_cut_{k}"], sum(sum(rel[:n + 1]) / (n + 1) for n in range(min(k, len(rel))) if rel[n]) / n_rel if n_rel else 0, "map")
        for name, gain in (("ndcg_cut", lambda r: r), ("ndcg_exp_cut", lambda r: 2 ** r - 1), ("ndcg_bin_cut", lambda r: r > 0)):
            dcg = sum(gain(r) / math.log2(n + 2) for n, r in enumerate(grades[:k]))
            ideal = sum(gain(r) / math.log2(n + 2) for n, r in enumerate(sorted(qrels[q].values(), reverse=True)[:k]))
            close(v[f"{name}_{k}"], dcg / ideal if ideal else 0, name)
    close(v["recip_rank"], 1 / first if first else 0, "rr")

names = sorted(next(iter(val.values())))
COUNT = {"num_ret", "num_rel", "num_rel_ret"}
key = lambda q: int(q[1:])
with open(f"{out}/per_user.tsv", "w") as f:
    for m in names:
        for q in sorted(val, key=key): f.write(f"{m}\t{q}\t{R(val[q][m])}\n" if m not in COUNT else f"{m}\t{q}\t{int(val[q][m])}\n")
scopes = {"both": sorted(val, key=key), "qrels": sorted(qrels, key=key),
          "relevant": sorted((q for q in qrels if any(r >= 1 for r in qrels[q].values())), key=key)}
with open(f"{out}/mean.tsv", "w") as f:
    for s, us in scopes.items(): f.write(f"num_q\t{s}\t{len(us)}\n")
    for m in names:
        for s, us in scopes.items():
            xs = [val[q][m] if q in val else 0.0 for q in us]
            f.write(f"{m}\t{s}\t{int(sum(xs))}\n" if m in COUNT else f"{m}\t{s}\t{R(math.fsum(xs) / len(us))}\n")
if os.environ.get("TREC_EVAL"):                           # its 4 digits against ours
    # 10.0-rc3 stops without -c when a user of qrels has no results, so "both" gets qrels without such users
    with tempfile.NamedTemporaryFile("w", suffix=".trec") as tmp:
        tmp.writelines(l for l in open(f"{out}/qrels.trec") if l.split()[0] in run)
        tmp.flush()
        for flag, s, qfile in (([], "both", tmp.name), (["-c"], "qrels", f"{out}/qrels.trec")):
            ms = ["map", "recip_rank", "ndcg", "Rprec", "bpref", "num_q", "num_rel_ret"]
            ms += [f"{m}.{ks}" for m in ("P", "recall", "ndcg_cut", "map_cut", "success")]
            args = [x for m in ms for x in ("-m", m)]
            txt = subprocess.run([os.environ["TREC_EVAL"], *flag, *args, qfile, f"{out}/run.trec"], check=True,
                                 capture_output=True, text=True).stdout
            n, us = 0, scopes[s]
            for line in txt.splitlines():
                m, _, v = line.split()
                total = math.fsum(val[q][m] if q in val else 0.0 for q in us) if m != "num_q" else len(us)
                ours = total if m in COUNT or m == "num_q" else total / len(us)
                assert abs(ours - float(v)) <= 5.1e-5, (flag, m, ours, v)
                n += 1
            print(f"trec_eval {' '.join(flag)}: {n} values agree to its 4 digits", file=sys.stderr)

# point-wise
n = 600
user = [f"u{x}" for x in g.integers(1, 31, n)]
item = [f"i{x}" for x in g.integers(1, 200, n)]
rating = g.integers(1, 11, n) / 2
pred = (rating * .5 + 1.7 + g.normal(0, .8, n)).round(6)
weight = g.choice([0.25, 0.5, 1.0, 2.0, 4.0], n)
with open(f"{out}/pred_rating.csv", "w") as f:
    f.write("user,item,rating,prediction,weight\n")
    for r in zip(user, item, rating, pred, weight): f.write(f"{r[0]},{r[1]},{R(r[2])},{R(r[3])},{R(r[4])}\n")
label = g.integers(0, 2, n)
score = (label * .9 + g.normal(0, 1, n)).round(1)          # ties
prob = np.clip((1 / (1 + np.exp(-score + .4))).round(6), 0, 1)
prob[:4] = [1.0, 0.0, 1.0, 0.0]; label[:4] = [1, 0, 0, 1]  # certain, right and wrong
rows = {"all": slice(None), "no_certain": slice(4, None)}
with open(f"{out}/pred_binary.csv", "w") as f:
    f.write("user,label,score,probability,weight\n")
    for r in zip(user, label, score, prob, weight): f.write(f"{r[0]},{r[1]},{R(r[2])},{R(r[3])},{R(r[4])}\n")
with open(f"{out}/sklearn.tsv", "w") as f:
    def put(m, s, v): f.write(f"{m}\t{s}\t{R(v)}\n")
    for s, w in (("rating", None), ("rating_weighted", weight)):
        put("mse", s, sk.mean_squared_error(rating, pred, sample_weight=w))
        put("rmse", s, math.sqrt(sk.mean_squared_error(rating, pred, sample_weight=w)))
        put("mae", s, sk.mean_absolute_error(rating, pred, sample_weight=w))
        put("r2", s, sk.r2_score(rating, pred, sample_weight=w))
    levels = np.arange(1, 11) / 2
    nearest = levels[np.abs(pred[:, None] - levels).argmin(1)]   # no prediction lies half-way
    put("accuracy", "rating", sk.accuracy_score((rating * 2).astype(int), (nearest * 2).astype(int)))
    put("like-accuracy", "rating_4", sk.accuracy_score(rating >= 4, pred >= 4))
    put("auc", "rating_4", sk.roc_auc_score(rating >= 4, pred))
    clip = np.clip(pred, .5, 5)
    put("rmse", "rating_clipped_0.5_5", math.sqrt(sk.mean_squared_error(rating, clip)))
    for s, w in (("binary", None), ("binary_weighted", weight)):
        put("auc", s, sk.roc_auc_score(label, score, sample_weight=w))
        put("average_precision", s, sk.average_precision_score(label, score, sample_weight=w))
        put("accuracy_score>=0.5", s, sk.accuracy_score(label, score >= .5, sample_weight=w))
        put("accuracy_probability>=0.5", s, sk.accuracy_score(label, prob >= .5, sample_weight=w))
        put("precision_probability>=0.5", s, sk.precision_score(label, prob >= .5, sample_weight=w))
        put("recall_probability>=0.5", s, sk.recall_score(label, prob >= .5, sample_weight=w))
        put("f1_probability>=0.5", s, sk.f1_score(label, prob >= .5, sample_weight=w))
        put("brier", s, sk.brier_score_loss(label, prob, sample_weight=w))
        put("log_loss", s, sk.log_loss(label, prob, sample_weight=w))
    put("log_loss", "binary_rows_5_on", sk.log_loss(label[4:], prob[4:]))
    by = {}
    for j, u in enumerate(user): by.setdefault(u, []).append(j)
    ok = {u: j for u, j in by.items() if len(set(label[j])) == 2}
    aucs = {u: sk.roc_auc_score(label[j], score[j]) for u, j in ok.items()}
    put("auc_user_mean", "binary", math.fsum(aucs.values()) / len(aucs))              # users with both labels
    put("gauc", "binary", math.fsum(aucs[u] * len(ok[u]) for u in ok) / sum(len(ok[u]) for u in ok))   # weighted by rows
    put("auc_users", "binary", len(ok))
