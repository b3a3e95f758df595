#!/usr/bin/env python3
"""Vectors in other tools' files, and what encode must make of them, in plain Python from the formats' descriptions.

word2vec.txt, fasttext.vec, glove.txt, word2vec.bin, gensim.bin: the same nine words, as each tool writes them.
rows-f2.npy, rows-f4.npy, rows-f8.npy: the same four rows. texts.csv; words.txt: the rows of `encode --encoder words
--reduce cut --sif 0.01` (SIF mean, length 1), rows.txt those of `--encoder npy`. Run: python3 make.py, in this directory."""
import math
import random
import struct

random.seed(5)
WORDS = ["</s>", "the", "The", "of", "door", "red", "café", "2", "東"]
WIDTH, A = 5, 0.01


def f32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


VECTORS = [[f32(round(random.gauss(0, 1), 4)) for _ in range(WIDTH)] for _ in WORDS]
TEXTS = ["The red door", "the THE the", "of the Door, 2", "Café 東東", "nothing here", "\u2168 cafe\u0301 \uff12"]


def lines(end):
    return "".join(f"{w} {' '.join(f'{x:.4f}' for x in v)}{end}\n" for w, v in zip(WORDS, VECTORS))


def binary(path, end):
    with open(path, "wb") as f:
        f.write(b"%d %d\n" % (len(WORDS), WIDTH))
        for w, v in zip(WORDS, VECTORS):
            f.write(w.encode() + b" " + struct.pack(f"<{WIDTH}f", *v) + end)


def save(path, text):
    with open(path, "w") as f:
        f.write(text)


def npy(path, kind, letter, rows):
    header = "{'descr': '%s', 'fortran_order': False, 'shape': (%d, %d), }" % (kind, len(rows), WIDTH)
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        for row in rows:
            f.write(struct.pack(f"<{WIDTH}{letter}", *row))


def find(word):
    return WORDS.index(word) if word in WORDS else WORDS.index(word.lower()) if word.lower() in WORDS else None


def unit(v):
    length = math.sqrt(sum(x * x for x in v))
    return [x / length for x in v] if length else v


def mean(words):
    harmonic = math.log(len(WORDS) + 1) + 0.5772
    total = [0.0] * WIDTH
    for i in filter(lambda i: i is not None, map(find, words)):
        p = 1 / ((i + 1) * harmonic)
        total = [t + A / (A + p) * x for t, x in zip(total, VECTORS[i])]
    return unit(total)


def table(rows):
    return "".join(" ".join(f"{x:.7f}" for x in r) + "\n" for r in rows)


head = f"{len(WORDS)} {WIDTH}\n"
save("word2vec.txt", head + lines(""))
save("fasttext.vec", head + lines(" "))
save("glove.txt", lines(""))
binary("word2vec.bin", b"\n")
binary("gensim.bin", b"")
# As the encoder splits them: runs of letters and digits, an ideograph alone; "\u2168" is IX and "\uff12" a 2, by NFKC.
SPLIT = [["The", "red", "door"], ["the", "THE", "the"], ["of", "the", "Door", "2"], ["Café", "東", "東"],
         ["nothing", "here"], ["ix", "café", "2"]]
save("texts.csv", "item,title\n" + "".join(f'{i},"{t}"\n' for i, t in enumerate(TEXTS)))
save("words.txt", table(mean(s) for s in SPLIT))
ROWS = [[random.randrange(-512, 512) / 64 for _ in range(WIDTH)] for _ in range(len(TEXTS))]
for kind, letter in (("f2", "e"), ("f4", "f"), ("f8", "d")):
    npy(f"rows-{kind}.npy", "<" + kind, letter, ROWS)
save("rows.txt", table(map(unit, ROWS)))
