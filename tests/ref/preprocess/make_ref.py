#!/usr/bin/env python3
"""Writes events.csv, made up from a fixed seed, and beside it what pandas, numpy and html.unescape make of it: the
expectations of tests/cli/preprocess/reference.sh. Needs pandas; run in this directory."""
import csv
import html

import numpy as np
import pandas as pd

rng = np.random.default_rng(20)
n = 500
user = np.minimum(rng.geometric(0.06, n), 40)
item = np.minimum(rng.geometric(0.08, n), 30)
user[-60:] = 41  # does far more than others, all within hours
item[-60:] = np.arange(60)
events = pd.DataFrame({
    "user": [f"u{x}" for x in user], "item": [f"i{x}" for x in item],
    "rating": np.where(rng.random(n) < 0.03, 40, rng.integers(1, 11, n) / 2),
    "time": 1000000 + rng.integers(0, 400, n) * 86400 + np.arange(n)})
events.loc[n - 60:, "time"] = 2000000 + np.arange(60) * 60
events = pd.concat([events, events.sample(25, random_state=1)], ignore_index=True)
events = events.sample(frac=1, random_state=2).reset_index(drop=True)


def write(name, frame):
    frame = frame.copy()
    frame["rating"] = [f"{x:.12g}" for x in frame["rating"]]
    frame.to_csv(name + ".csv", index=False, lineterminator="\n")


write("events", events)
write("dedup", events.drop_duplicates())
by_time = events.sort_values("time", kind="stable")
write("repeat_first", by_time.drop_duplicates(["user", "item"], keep="first").sort_index())
write("repeat_last", by_time.drop_duplicates(["user", "item"], keep="last").sort_index())
mean = events.groupby(["user", "item"])["rating"].mean().rename("mean").reset_index()
last = by_time.drop_duplicates(["user", "item"], keep="last").sort_index()
write("repeat_mean", last.assign(rating=last.merge(mean, on=["user", "item"])["mean"].values))

core = events
while True:
    keep = (core.groupby("user")["item"].transform("size") >= 8) & (core.groupby("item")["user"].transform("size") >= 9)
    if keep.all():
        break
    core = core[keep]
write("kcore", core)

r = events["rating"]
write("outlier_zscore", events[(r - r.mean()).abs() <= 3 * r.std(ddof=0)])
q1, q3 = np.quantile(r, [0.25, 0.75])
write("outlier_iqr", events[(r >= q1 - 1.5 * (q3 - q1)) & (r <= q3 + 1.5 * (q3 - q1))])
g = events.groupby("item")["rating"]
g1, g3 = g.transform(lambda x: x.quantile(0.25)), g.transform(lambda x: x.quantile(0.75))
write("outlier_item", events[(r >= g1 - 1.5 * (g3 - g1)) & (r <= g3 + 1.5 * (g3 - g1))])
log_n = np.log(events["user"].value_counts())
a1, a3 = np.quantile(log_n, [0.25, 0.75])
write("activity_iqr", events[~events["user"].isin(log_n.index[log_n > a3 + 0.5 * (a3 - a1)])])
write("activity_day", events[events["user"] != "u41"])

write("minmax", events.assign(rating=(r - r.min()) / (r.max() - r.min())))
write("zscore", events.assign(rating=(r - r.mean()) / r.std(ddof=0)))
write("user_mean", events.assign(rating=r - events.groupby("user")["rating"].transform("mean")))

# What leaks when every fifth row is the test part.
parts = events.assign(part=np.where(np.arange(len(events)) % 5 == 4, "test", "train"))
parts.to_csv("parts.csv", index=False, lineterminator="\n")
train, test = parts[parts.part == "train"], parts[parts.part == "test"]
pairs = set(zip(train.user, train.item))
newest = train.groupby("user")["time"].max()
with open("leakage.txt", "w") as f:
    print("pairs_in_both", sum(p in pairs for p in zip(test.user, test.item)), file=f)
    print("older_than_newest_train", int((test.time < train.time.max()).sum()), file=f)
    print("older_than_users_newest_train", int((test.time < test.user.map(newest)).sum()), file=f)
    print("rows_of_new_users", int((~test.user.isin(train.user)).sum()), file=f)
    print("rows_of_new_items", int((~test.item.isin(train.item)).sum()), file=f)

texts = ["&#34;Quoted&#34; &quot;twice&quot;", "&#x22; &#X22 &#34 x", "AT&T & Co &", "&amp;amp; &amp;lt;b&gt;", "caf&eacute; &Eacute;t&eacute",
         "&notit; &notin; &copy2020 &copy;", "&unknown; &; &#; &#x; &#xzz;", "&#0; &#xD800; &#1114112; &#99999999999;",
         "&#128; &#150; &#x99;", "&euro;5 &hellip; &mdash; &rsquo;", "a&nbsp;b&#160;c", "&thetasym; &Theta &theta;", "&lt&gt&amp",
         "tab&#9;and", "&#128512; &#x1F600;", "&ampamp; &AMP &QUOT;", "100 &lt; 200 &amp;& 3"]
with open("entities.csv", "w", newline="") as raw, open("entities_decoded.csv", "w", newline="") as out:
    a, b = csv.writer(raw, lineterminator="\n"), csv.writer(out, lineterminator="\n")
    for w in (a, b):
        w.writerow(["item", "text"])
    for i, t in enumerate(texts):
        a.writerow([i, t])
        b.writerow([i, html.unescape(t)])
