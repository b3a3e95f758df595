#!/usr/bin/env python3
"""cold_items.py EVENTS K ITEMS REST: the protocol "the first K reviews of an item are known", for data without item texts.

EVENTS has item,time,summary,reviewText. ITEMS gets item,text: the summaries, then the texts, of each item's first K reviews
by time (rows of one time in their order); REST the other events, user,item,rating. What made a text is in no part."""
import collections
import csv
import sys

events, k, items, rest = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
rows = collections.defaultdict(list)
for row in csv.DictReader(open(events, newline="")):
    rows[row["item"]].append(row)
with open(items, "w", newline="") as f, open(rest, "w", newline="") as g:
    texts, others = csv.writer(f, lineterminator="\n"), csv.writer(g, lineterminator="\n")
    texts.writerow(["item", "text"])
    others.writerow(["user", "item", "rating"])
    for item, of_item in rows.items():
        of_item.sort(key=lambda r: float(r["time"]))
        first = of_item[:k]
        texts.writerow([item, " ".join([r["summary"] + "." for r in first] + [r["reviewText"] for r in first])])
        others.writerows([r["user"], r["item"], r["rating"]] for r in of_item[k:])
