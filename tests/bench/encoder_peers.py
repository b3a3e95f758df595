#!/usr/bin/env python3
"""encoder_peers.py: the text encoder against ONNX Runtime and PyTorch, in turns. tests/bench/encoder.sh runs it.

    encoder_peers.py rounds N TEXTS CONTESTANT...   N rounds of one pass each over TEXTS (one a line), every contestant
                                                    a process of its own that waits while the others work; a table
    encoder_peers.py best TEXTS KIND[,KIND...]...   of each group of kinds the contestant (a kind and a batch of BATCHES) that
                                                    is fastest over every second text, the quicker of two passes each; on
                                                    stderr all that were tried
    encoder_peers.py texts reviews|titles N DATA    N texts by lot: Amazon Musical Instruments, MovieLens
    encoder_peers.py serve CONTESTANT TEXTS         one contestant: "ready", then a pass a line of stdin, which may hold
                                                    another batch

A contestant is ours:PRECISION (the program $OURS; with peak- or gemm- before it, see encoder.c), ort:FILE:BATCH ($ONNX/FILE.onnx),
torch:TYPE:BATCH or st:TYPE:BATCH (sentence-transformers as users call it, tokenising included; all others
begin with token ids); a kind is one without its batch. Peers get their texts sorted by length; MODEL, THREADS and MAX_TOKENS come from the environment. The ratios in the
table are to the contestant before which a "=" stands, pass by pass."""
import csv
import gzip
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

MODEL, THREADS = os.environ.get("MODEL"), int(os.environ.get("THREADS", "2"))
MAX_TOKENS = int(os.environ.get("MAX_TOKENS", "256"))
BATCHES = os.environ.get("BATCHES", "1 4 8 16 32").split()


def print_texts(kind, n, data):
    if kind == "reviews":
        with gzip.open(os.path.join(data, "amazon-musical-instruments-2014/Musical_Instruments_5.json.gz"), "rt") as f:
            texts = [json.loads(line)["reviewText"] for line in f]
    else:
        with gzip.open(os.path.join(data, "ml-latest-small/movies.csv.gz"), "rt", encoding="utf-8") as f:
            texts = [row[1] for row in csv.reader(f)][1:]
    texts = [" ".join(t.split()) for t in texts if t.strip()]
    random.Random(1).shuffle(texts)
    print("\n".join(texts[:n]))


def read_texts(path):
    with open(path, encoding="utf-8") as f:
        return [line.rstrip("\n") for line in f]


def tokenize(texts):
    from tokenizers import Tokenizer
    t = Tokenizer.from_file(os.path.join(MODEL, "tokenizer.json"))
    t.no_padding()
    t.enable_truncation(MAX_TOKENS)
    return [e.ids for e in t.encode_batch(texts)]


def batches(ids, size):
    """(ids, mask, types) arrays of texts of like length."""
    import numpy as np
    for i in range(0, len(ids), size):
        part = ids[i:i + size]
        a = np.zeros((len(part), len(part[-1])), dtype=np.int64)
        mask = np.zeros_like(a)
        for row, x in enumerate(part):
            a[row, :len(x)], mask[row, :len(x)] = x, 1
        yield a, mask, np.zeros_like(a)


# Each: a function of the batch's size and of the batches of token ids, that makes one pass.

def make_ort(name, texts):
    import onnxruntime as ort
    o = ort.SessionOptions()
    o.intra_op_num_threads = THREADS
    s = ort.InferenceSession(os.path.join(os.environ["ONNX"], name + ".onnx"), o, providers=["CPUExecutionProvider"])
    names = "input_ids", "attention_mask", "token_type_ids"
    return lambda size, feeds: [s.run(None, dict(zip(names, f))) for f in feeds]


def make_torch(kind, texts):
    import torch
    from transformers import AutoModel
    torch.set_num_threads(THREADS)
    bert = AutoModel.from_pretrained(MODEL, dtype=getattr(torch, kind)).eval()

    def run(size, feeds):
        with torch.inference_mode():
            for ids, mask, types in (map(torch.from_numpy, f) for f in feeds):
                x = bert(input_ids=ids, attention_mask=mask, token_type_ids=types)[0].float()
                m = mask.unsqueeze(-1).float()
                torch.nn.functional.normalize((x * m).sum(1) / m.sum(1), dim=1)
    return run


def make_st(kind, texts):
    import torch
    from sentence_transformers import SentenceTransformer
    torch.set_num_threads(THREADS)
    m = SentenceTransformer(MODEL, device="cpu", model_kwargs={"torch_dtype": getattr(torch, kind)})
    m.max_seq_length = MAX_TOKENS
    return lambda size, feeds: m.encode(texts, batch_size=size, normalize_embeddings=True)


def serve(contestant, path):
    kind, name, *batch = contestant.split(":")
    texts = read_texts(path)
    run = {"ort": make_ort, "torch": make_torch, "st": make_st}[kind](name, texts)
    ids = None if kind == "st" else sorted(tokenize(texts), key=len)
    feeds = {}
    print("ready", flush=True)
    for line in sys.stdin:
        size = int((line.split() or batch)[0])
        if size not in feeds:
            feeds[size] = ids and list(batches(ids, size))
        wall, cpu = time.perf_counter(), time.process_time()
        run(size, feeds[size])
        print(time.perf_counter() - wall, time.process_time() - cpu, flush=True)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)


class Contestant:
    def __init__(self, name, path):
        self.base = name.startswith("=")
        self.name = name.lstrip("=")
        kind, *rest = self.name.split(":")
        command = ([os.environ["OURS"], MODEL, rest[0], str(THREADS), path, str(MAX_TOKENS)] if kind == "ours" else
                   [sys.executable, __file__, "serve", self.name, path])
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        ready = self.process.stdout.readline().split()
        if ready[:1] != ["ready"]:
            raise SystemExit(f"{self.name} did not start")
        self.counts = [int(x) for x in ready[2:]]
        self.wall, self.cpu = [], []

    def run_pass(self, batch=""):
        self.process.stdin.write(f"{batch}\n")
        self.process.stdin.flush()
        return [float(x) for x in self.process.stdout.readline().split()]

    def measure(self):
        time.sleep(0.02)  # threads of the one before may still spin
        wall, cpu = self.run_pass()
        self.wall.append(wall)
        self.cpu.append(cpu)

    def close(self):
        self.process.stdin.close()
        self.mb = int(self.process.stdout.readline() or 0) / 1024
        self.process.wait()


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def best(path, groups):
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as f:
        f.writelines(f"{t}\n" for t in read_texts(path)[::2])
        f.flush()
        for group in groups:
            tried = {}
            for kind in group.split(","):
                c = Contestant(kind, f.name)
                for batch in BATCHES:
                    tried[f"{kind}:{batch}"] = min(c.run_pass(batch)[0] for _ in range(2))
                c.close()
            print("  ".join(f"{name} {t:.3f} s" for name, t in tried.items()), file=sys.stderr, flush=True)
            print(min(tried, key=tried.get), flush=True)


def rounds(n, path, names):
    all_ = [Contestant(name, path) for name in names]
    n_texts, n_tokens = next(c.counts for c in all_ if c.counts)
    print(f"# {n_texts} texts of {n_tokens} tokens, {THREADS} threads, {n} rounds", flush=True)
    for c in all_:
        c.run_pass()  # warm
    for _ in range(n):
        for c in all_:
            c.measure()
    for c in all_:
        c.close()
    base = next((c for c in all_ if c.base), all_[0])
    print("contestant\ttexts/s\ttokens/s\ttokens/s least-most\tCPU/wall\ttimes the base\tMB")
    for c in all_:
        t = statistics.median(c.wall)
        print(f"{c.name}\t{n_texts / t:.1f}\t{n_tokens / t:.0f}\t{n_tokens / max(c.wall):.0f}-"
              f"{n_tokens / min(c.wall):.0f}\t{sum(c.cpu) / sum(c.wall):.2f}\t"
              f"{spread([b / w for b, w in zip(base.wall, c.wall)])}\t{c.mb:.0f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["rounds"]:
        rounds(int(sys.argv[2]), sys.argv[3], sys.argv[4:])
    elif sys.argv[1:2] == ["best"]:
        best(sys.argv[2], sys.argv[3:])
    elif sys.argv[1:2] == ["texts"]:
        print_texts(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    elif sys.argv[1:2] == ["serve"]:
        serve(*sys.argv[2:4])
    else:
        sys.exit(__doc__)
