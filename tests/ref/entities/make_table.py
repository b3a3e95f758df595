#!/usr/bin/env python3
"""Prints src/text/entities.inc: the character references of HTML 4.01, with those that HTML also takes without ';'."""
from html.entities import html5, name2codepoint

names = dict(name2codepoint, apos=39, AMP=38, LT=60, GT=62, QUOT=34, COPY=169, REG=174)
line = ""
for name in sorted(names):
    cell = "{ \"%s\", %d, %d }," % (name, names[name], int(name in html5))
    if len(line) + len(cell) + 1 > 116:
        print("\t" + line)
        line = ""
    line += (" " if line else "") + cell
print("\t" + line)
