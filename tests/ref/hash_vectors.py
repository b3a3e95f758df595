#!/usr/bin/env python3
"""Writes hash_vectors.txt: the vectors of the `hash` encoder computed anew from its definition, in plain Python.

One line a text: the text, a tab, the coordinates before normalisation. Corpus IDF over the texts themselves; 12 bits,
32 dimensions, n-grams 3..5, weights 1, 0.5, 0.3, seed 7. Run: python3 hash_vectors.py > hash_vectors.txt"""
import math
import unicodedata

TEXTS = [
    "Toy Story (1995) Adventure Animation",
    "toy story 2 (1999)",
    "The the THE cat",
    "Le Fabuleux Destin d'Amélie Poulain",
    "ＦＵＬＬＷＩＤＴＨ ﬁne straße",
    "기생충 봉준호",
    "千と千尋の神隠し 2001",
    "«»--!?",
    "naïve e\u0301tude Ωmega",
]
BITS, WIDTH, SEED, NONZERO = 12, 32, 7, 8
WEIGHT = [1.0, 0.5, 0.3]
M = (1 << 64) - 1


def mix(x):
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & M
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & M
    return x ^ (x >> 31)


def fnv(text):
    h = 0xCBF29CE484222325
    for byte in text.encode():
        h = ((h ^ byte) * 0x100000001B3) & M
    return h


def feature(h, kind):
    return (mix((h + kind) & M) & ~3) | kind


def fold(s):
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", s).casefold())


def words(s):
    out, run = [], ""
    for c in s + " ":
        ideograph = 0x3400 <= ord(c) <= 0x9FFF
        if unicodedata.category(c)[0] in "LMN" and not ideograph:
            run += c
            continue
        if run:
            out.append(run)
        run = ""
        if ideograph:
            out.append(c)
    return out


def features(s):
    count, last = {}, None
    def add(f):
        count[f] = count.get(f, 0) + 1
    for w in words(fold(s)):
        h = fnv(w)
        add(feature(h, 0))
        if last is not None:
            add(feature(mix(last) ^ h, 1))
        m = "<" + w + ">"
        for n in range(3, 6):
            for i in range(len(m) - n + 1):
                add(feature(fnv(m[i:i + n]), 2))
        last = h
    return count


def row_of_projection(bucket):
    row, word = [0] * WIDTH, mix(SEED ^ (bucket * 0x9E3779B97F4A7C15 & M))
    bits = [word, mix((word + 0x9E3779B97F4A7C15) & M)]
    for part in range(NONZERO):
        b = bits[part // 4] >> (16 * (part % 4)) & 0xFFFF
        lo, hi = part * WIDTH // NONZERO, (part + 1) * WIDTH // NONZERO
        row[lo + ((b & 0x7FFF) * (hi - lo) >> 15)] += 1 if b & 0x8000 else -1
    return row


bags = [features(t) for t in TEXTS]
df = {}
for bag in bags:
    for f in bag:
        df[f >> (64 - BITS)] = df.get(f >> (64 - BITS), 0) + 1
for text, bag in zip(TEXTS, bags):
    v = [0.0] * WIDTH
    for f, n in bag.items():
        b = f >> (64 - BITS)
        idf = math.log((1 + len(TEXTS)) / (1 + min(df[b], len(TEXTS)))) + 1
        value = WEIGHT[f & 3] * (1 + math.log(n)) * idf * (1 if f & 4 else -1)
        v = [a + value * p for a, p in zip(v, row_of_projection(b))]
    print(text, " ".join(f"{a:.9g}" for a in v), sep="\t")
