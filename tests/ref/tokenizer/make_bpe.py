#!/usr/bin/env python3
"""Reference ids of Hugging Face's `tokenizers` for a byte-level BPE tokenizer as RoBERTa's: the texts of ids.txt and more.
usage: make_bpe.py     needs the package `tokenizers`, and ids.txt beside it

Trains a small model on those texts and the names of data/sample (ByteLevelBPETokenizer), and writes it as bpe.json.gz, a
tokenizer.json. ids-bpe.txt holds the ids of every text, in the form of ids.txt (make_ids.py tells it); ids-bpe-plain.txt those
of every third with add_prefix_space false, which is what vocab.json and merges.txt give where nothing else is said.
"""
import csv, gzip, json, os
from tokenizers.implementations import ByteLevelBPETokenizer
from ids_file import read_texts, row, write

here = os.path.dirname(os.path.abspath(__file__))
MORE = ["it's they're I've I'm we'll he'd don't IT'S ''s 'S ' s's", "a  b   c    d", "  two before", "two behind  ", " \\x09\\x0a x\\x0d\\x0a\\x0d\\x0ay", "x \\xc2\\xa0y\\xc2\\xa0 z",
        "a <mask> b", "a  <mask>  b", "<mask><mask>", " <mask> ", "\\x09\\xe3\\x80\\x80<mask>a", "a<mask>", "<s>a</s>", "<s> </s> <pad><unk> ", "x <s> y", "<mask", "<mask>>",
        "a word>b", "<new> word", "  <new>  x", "x<newer>y <newest>", "1st 2nd x2 \\xc2\\xbd3 \\xe2\\x85\\xa7", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "_a_ -b- #c #d's", "\\xc2\\xa0\\xc2\\xa0x"]

texts = read_texts(f"{here}/ids.txt")
n_torture = len(texts)
texts += [row(1, t.encode()) for t in MORE] + [row(50000, b" "), row(30000, b" x"), row(20000, b"'s"), row(9999, b"abcdefghij")]
with open(f"{here}/../../../data/sample/items.csv", encoding="utf-8") as f:
    sample = [" ".join(r) for r in csv.reader(f)]

model = ByteLevelBPETokenizer(add_prefix_space=True)
model.train_from_iterator([t for n, _, t in texts if n == 1] + sample, vocab_size=3000, min_frequency=2, show_progress=False,
                          special_tokens=["<s>", "<pad>", "</s>", "<unk>"])
config = json.loads(model.to_str())
n = len(config["model"]["vocab"])


def added(i, content, special=True, normalized=False, lstrip=False, rstrip=False):
    return {"id": i, "content": content, "single_word": False, "lstrip": lstrip, "rstrip": rstrip, "normalized": normalized, "special": special}


config["added_tokens"] = [added(i, t) for i, t in enumerate(["<s>", "<pad>", "</s>", "<unk>"])]
config["added_tokens"] += [added(n, "<mask>", lstrip=True), added(n + 1, "<new>", False, True, rstrip=True), added(n + 2, "<newer>", False, True)]
config["pre_tokenizer"] = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
config["post_processor"] = {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": True, "add_prefix_space": True}
with open(f"{here}/bpe.json.gz", "wb") as f:
    f.write(gzip.compress(json.dumps(config, ensure_ascii=False).encode(), 9, mtime=0))

write(f"{here}/ids-bpe.txt", config, texts, "bpe.json.gz; made by make_bpe.py")
config["added_tokens"] = config["added_tokens"][:5]
config["pre_tokenizer"]["add_prefix_space"] = False
write(f"{here}/ids-bpe-plain.txt", config, texts[::3] + texts[n_torture:], "the same, add_prefix_space false, without <new> and <newer>; made by make_bpe.py")
