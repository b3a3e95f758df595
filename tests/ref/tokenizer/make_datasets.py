#!/usr/bin/env python3
"""Writes datasets.tsv: for every text column of public data sets, a hash over the token ids of all its texts.

Usage: make_datasets.py TOKENIZER_JSON DATA_DIRECTORY [short] > datasets.tsv   (pip install tokenizers==0.23.3)
With bpe.json it wrote datasets-bpe.tsv; with unigram.json and "short", which leaves out the columns of more than a million
bytes, datasets-unigram.tsv.
A text is a line of the file; of a file of JSON lines, the member named in the second column, where it is there.
Columns: file, member or -, texts, tokens (no truncation), FNV-1a 64 over the ids as 4 bytes little-endian each.
"""
import gzip, json, sys
from tokenizers import Tokenizer

FILES = [
    ("amazon-musical-instruments-2014/Musical_Instruments_5.json.gz", "reviewText"),
    ("amazon-2018-small/All_Beauty_5.json.gz", "reviewText"),
    ("amazon-2018-small/Appliances_5.json.gz", "reviewText"),
    ("amazon-2018-small/Gift_Cards_5.json.gz", "reviewText"),
    ("amazon-musical-instruments-2014/Musical_Instruments_5.json.gz", "summary"),
    ("amazon-2018-small/All_Beauty_5.json.gz", "summary"),
    ("amazon-2018-small/Appliances_5.json.gz", "summary"),
    ("amazon-2018-small/Gift_Cards_5.json.gz", "summary"),
    ("amazon-2018-small/meta_Gift_Cards.json.gz", "title"),
    ("amazon-2018-small/meta_Gift_Cards.json.gz", "brand"),
    ("goodbooks-10k/books.csv.gz", "-"),
    ("goodbooks-10k/tags.csv.gz", "-"),
    ("kmrd-small/movies.txt.gz", "-"),
    ("kmrd-small/peoples.txt.gz", "-"),
    ("kmrd-small/genres.csv.gz", "-"),
    ("kmrd-small/countries.csv.gz", "-"),
    ("mind-small-subset/news.tsv.gz", "-"),
    ("ml-100k/u.item.gz", "-"),
    ("ml-1m/movies.dat.gz", "-"),
    ("ml-1m/movies_extrainfos.dat.gz", "-"),
    ("ml-latest-small/movies.csv.gz", "-"),
    ("ml-latest-small/tags.csv.gz", "-"),
]

tokenizer = Tokenizer.from_file(sys.argv[1])
tokenizer.no_truncation()
tokenizer.no_padding()
for name, member in FILES:
    lines = gzip.open(f"{sys.argv[2]}/{name}").read().split(b"\n")
    lines = lines[:-1] if lines[-1] == b"" else lines
    if member != "-":
        lines = [json.loads(l) for l in lines]
        lines = [l[member].encode() for l in lines if member in l]
    if "short" in sys.argv and sum(map(len, lines)) > 1000000:
        continue
    h, n = 0xCBF29CE484222325, 0
    for i in range(0, len(lines), 1000):
        for x in tokenizer.encode_batch([l.decode("utf-8", "replace") for l in lines[i : i + 1000]]):
            n += len(x.ids)
            for b in b"".join(t.to_bytes(4, "little") for t in x.ids):
                h = (h ^ b) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    print(name, member, len(lines), n, "%016x" % h, sep="\t")
