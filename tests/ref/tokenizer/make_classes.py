#!/usr/bin/env python3
"""Writes src/text/bert_classes.inc: how Hugging Face `tokenizers` (0.23.3) classifies every code point.

The reference's character tables are of an older Unicode than any library of today, so they are read off the reference
itself, one code point at a time: what BertNormalizer removes and turns into a blank, which marks it strips, what
BertPreTokenizer isolates as punctuation, and where lower case and NFD differ from utf8proc 2.8.
Usage: make_classes.py > src/text/bert_classes.inc   (needs: pip install tokenizers==0.23.3; libutf8proc.so.2)
"""
import ctypes
from tokenizers.normalizers import NFD, BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from code_points import points, table

off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
clean = BertNormalizer(**{**off, "clean_text": True})
cjk = BertNormalizer(**{**off, "handle_chinese_chars": True})
strip = BertNormalizer(**{**off, "strip_accents": True})
lower = BertNormalizer(**{**off, "lowercase": True})
nfd, pre = NFD(), BertPreTokenizer()
utf8proc = ctypes.CDLL("libutf8proc.so.2")


def our_nfd(c):
    buf = (ctypes.c_int32 * 64)()
    last = ctypes.c_int()
    n = utf8proc.utf8proc_decompose_char(c, buf, 64, 1 << 4, ctypes.byref(last))
    return "".join(map(chr, buf[:n]))


cleaned = {c: clean.normalize_str("x" + chr(c) + "x")[1:-1] for c in points()}
print("/* bert_classes.inc: written by tests/ref/tokenizer/make_classes.py; see there. Ranges are inclusive. */")
table("removed", [c for c in points() if cleaned[c] == ""])
table("blank", [c for c in points() if cleaned[c] == " "])
table("ideograph", [c for c in points() if len(cjk.normalize_str(chr(c))) == 3])
table("punctuation", [c for c in points() if len(pre.pre_tokenize_str("x" + chr(c) + "x")) == 3])
table("separator", [c for c in points() if len(pre.pre_tokenize_str("x" + chr(c) + "x")) == 2])
table("mark", [c for c in points() if nfd.normalize_str(chr(c)) == chr(c) and strip.normalize_str(chr(c)) == ""])
odd = []
for c in points():
    ours, theirs = chr(utf8proc.utf8proc_tolower(c)), lower.normalize_str(chr(c))
    if ours != theirs and len(theirs) == 1:
        odd.append((c, ord(theirs)))
print("/* Lower case that utf8proc 2.8 does not know. */\nstatic const uint32_t lower_case[][2] = {")
for i in range(0, len(odd), 6):
    print("\t" + " ".join("{ 0x%x, 0x%x }," % p for p in odd[i : i + 6]))
print("};")
# The reference's NFD is of an older Unicode too: what it leaves whole, and what it does not reorder.
table("whole", [c for c in points() if our_nfd(c) != chr(c) == nfd.normalize_str(chr(c))])
assert all(nfd.normalize_str(chr(c)) in (our_nfd(c), chr(c)) for c in points())


def reordered(c):
    """Whether the reference gives c a combining class: a mark of a lower (higher) class behind (before) it swaps."""
    low, high = nfd.normalize_str("a" + chr(c) + "\u0334"), nfd.normalize_str("a\u0345" + chr(c))
    return low == "a\u0334" + chr(c) or high == "a" + chr(c) + "\u0345"


class Property(ctypes.Structure):
    _fields_ = [("category", ctypes.c_int16), ("combining_class", ctypes.c_int16)]


utf8proc.utf8proc_get_property.restype = ctypes.POINTER(Property)
combining = [c for c in points() if our_nfd(c) == chr(c) and utf8proc.utf8proc_get_property(c).contents.combining_class > 0]
table("starter", [c for c in combining if c not in (0x0334, 0x0345) and not reordered(c)])
