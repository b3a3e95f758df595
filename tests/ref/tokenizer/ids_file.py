"""What make_ids.py and make_unigram.py share of the form of ids.txt."""


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
