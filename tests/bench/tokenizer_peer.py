#!/usr/bin/env python3
"""The peer of tokenizer.sh: Hugging Face `tokenizers`, one thread, without offsets, its cache of words warm.
usage: tokenizer_peer.py texts DATA TEXTS | learn TEXTS DIR | run DIR TEXTS"""
import gzip, json, os, sys, time

command, a, b = sys.argv[1:]
os.environ["TOKENIZERS_PARALLELISM"], os.environ["RAYON_NUM_THREADS"] = "false", "1"
if command == "texts":
    with gzip.open(f"{a}/amazon-musical-instruments-2014/Musical_Instruments_5.json.gz") as f, open(b, "w") as out:
        out.writelines(json.loads(line).get("reviewText", "").replace("\n", " ") + "\n" for line in f)
elif command == "learn":
    from tokenizers.implementations import ByteLevelBPETokenizer
    t = ByteLevelBPETokenizer()
    t.train([a], vocab_size=50265, min_frequency=1, show_progress=False, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    j = json.loads(t.to_str())
    j["post_processor"] = {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": True, "add_prefix_space": False}
    json.dump(j, open(f"{b}/tokenizer.json", "w"))
else:
    from tokenizers import Tokenizer
    start = time.perf_counter()
    t = Tokenizer.from_file(f"{a}/tokenizer.json")
    opened = time.perf_counter() - start
    t.no_truncation(), t.no_padding()
    lines = open(b).read().split("\n")[:-1]
    for _ in range(2):
        start, n = time.perf_counter(), 0
        for i in range(0, len(lines), 1000):
            n += sum(len(x.ids) for x in t.encode_batch_fast(lines[i:i + 1000]))
        spent = time.perf_counter() - start
    print(f"{n / spent:.0f} tokens/s\t{n} tokens\topened in {opened * 1e3:.0f} ms")
