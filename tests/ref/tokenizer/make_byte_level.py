#!/usr/bin/env python3
"""Writes src/text/byte_level.inc: letters and numbers of Hugging Face `tokenizers` (0.23.3, Unicode 16) that utf8proc 2.8 does
not know yet, read off its ByteLevel one code point at a time. It fails where the two disagree about anything else.
Usage: make_byte_level.py > src/text/byte_level.inc   (needs: pip install tokenizers==0.23.3; libutf8proc.so.2)
"""
import ctypes
from tokenizers.pre_tokenizers import ByteLevel
from code_points import points, table

utf8proc = ctypes.CDLL("libutf8proc.so.2")
cut = ByteLevel(add_prefix_space=False).pre_tokenize_str
WHITE = {*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}


def theirs(c):
    return next((k for k, before in ((1, "x"), (2, "1"), (0, "!")) if len(cut(before + chr(c))) == 1), 3)


def ours(c):
    k = utf8proc.utf8proc_category(c)
    return 3 if c in WHITE else 1 if 1 <= k <= 5 else 2 if 9 <= k <= 11 else 0


newer = [(c, theirs(c)) for c in points() if theirs(c) != ours(c)]
assert all(k in (1, 2) and utf8proc.utf8proc_category(c) == 0 for c, k in newer)
print("/* byte_level.inc: written by tests/ref/tokenizer/make_byte_level.py; see there. Ranges are inclusive. */")
table("newer_letter", [c for c, k in newer if k == 1])
table("newer_number", [c for c, k in newer if k == 2])
