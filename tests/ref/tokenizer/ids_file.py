"""What make_ids.py, make_unigram.py and make_bpe.py share of the form of ids.txt."""
import json
import tokenizers


def unescape(b):                        # what a reader of ids.txt does
    o, i = bytearray(), 0
    while i < len(b):
        if b[i:i + 2] == b"\\x": o.append(int(b[i + 2:i + 4], 16)); i += 4
        elif b[i:i + 2] == b"\\\\": o += b"\\"; i += 2
        else: o.append(b[i]); i += 1
    return bytes(o)


def fnv(ids):
    h = 0xcbf29ce484222325
    for i in ids:
        for b in i.to_bytes(4, "little"): h = (h ^ b) * 0x100000001b3 & 0xffffffffffffffff
    return f"{h:016x}"


def read_texts(path):                   # rows (repeat, escaped text, the text as tokenizers gets it)
    with open(path, "rb") as f:
        return [row(*line.split(b"\t")[:2]) for line in f if not line.startswith(b"#")]


def row(n, t):
    return int(n), t, (unescape(t) * int(n)).decode("utf-8", "replace")


def write(path, config, rows, note):    # config: a tokenizer.json
    t = tokenizers.Tokenizer.from_str(json.dumps(config))
    with open(path, "wb") as f:
        f.write(f"# {note}; tokenizers {tokenizers.__version__}; repeat, text, n, FNV-1a 64, ids\n".encode())
        for n, raw, text in rows:
            ids = t.encode(text).ids
            f.write(b"%d\t%s\t%d\t%s\t%s\n" % (n, raw, len(ids), fnv(ids).encode(), b" ".join(b"%d" % i for i in ids) if len(ids) <= 28 else b"-"))
