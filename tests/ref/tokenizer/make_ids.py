#!/usr/bin/env python3
"""Reference ids of Hugging Face's `tokenizers` for the BERT uncased WordPiece tokenizer (all-MiniLM-L6-v2).
usage: make_ids.py TOKENIZER_JSON [OUTDIR]     needs only the package `tokenizers`

Writes ids.txt (2,000+ torture lines) and ids-cased.txt (a part of them with lowercase=False, strip_accents=False).

ids.txt, one record a line, 5 TAB separated fields; lines that begin with "#" are comments:
  repeat   the text is the second field written this many times (long words are not stored)
  text     escaped: \\xHH is one byte, \\\\ a backslash; every other byte is itself (UTF-8). May be invalid UTF-8.
  n        number of ids, with [CLS] first and [SEP] last; no truncation, no padding
  hash     FNV-1a, 64 bit, over the ids as 4 bytes little-endian each, in hex
  ids      the ids, separated by spaces, or "-" when there are more than 28
The text is decoded as UTF-8 with each maximal invalid part replaced by U+FFFD (what Python's errors="replace" and WHATWG
do; a surrogate's three bytes give three U+FFFD) before it is tokenized. The normalizer then deletes every U+FFFD, NUL and
control character, so "a\\xffb" is the one word "ab".
The special tokens [PAD] [UNK] [CLS] [SEP] [MASK] written in the text are matched exactly as written, before anything else.
"""
import json, os, random, sys
import unicodedata as ud
from tokenizers import Tokenizer, normalizers, pre_tokenizers
import tokenizers
from ids_file import fnv, unescape

path = sys.argv[1]
out = sys.argv[2] if len(sys.argv) > 2 else os.path.dirname(os.path.abspath(__file__))
tok = Tokenizer.from_file(path)
tok.no_truncation(); tok.no_padding()
cased = Tokenizer.from_file(path)
cased.no_truncation(); cased.no_padding()
cased.normalizer = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=False)
rnd = random.Random(7)
lines = []          # (repeat, bytes)


def add(s, repeat=1):
    lines.append((repeat, s if isinstance(s, bytes) else s.encode("utf-8")))


def cp(*c):
    return "".join(map(chr, c))


# --- by hand
for s in ["", " ", "   ", "a", "A", "hello world", "Hello, World!", "The quick brown fox jumps over the lazy dog.", "don't can't won't it's",
          "U.S.A. vs. U.K.", "3.14159 1,000,000 $5.99 50% #1 @home a_b a-b a/b a\\b", "foo  bar\tbaz\r\nqux\vquux\fcorge", "...!!!???",
          "http://www.example.com/a?b=c&d=e#f", "e-mail: some.one@example.org", "C++ C# F# .NET", "`code` ~tilde~ ^caret^ |pipe| <tag> {brace} [bracket]",
          "supercalifragilisticexpialidocious", "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
          "unaffable", "embeddings tokenization transformers", "[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "[cls]", "[ CLS ]", "a[MASK]b", "x [MASK] y",
          "[MASK][MASK]", "[[MASK]]", "the [SEP] end", "[CLSS]", "[UNK]s", "MASK", "##ing", "## ing", "play ##ing", "a##b", "#", "##", "###",
          "[unused0]", "[unused1] [unused99]", "[MASK\u0301]", "[MASK]\u0301", "\u0301[MASK]", "[M\u200dASK]", "[MASK]\x00", "[\x00MASK]"]:
    add(s)
# words near the limit of 100 characters, and far past it
for n in (1, 2, 50, 98, 99, 100, 101, 102, 199, 200, 201, 255, 256, 300):
    add("a" * n); add("é" * n); add("x" * n + " y"); add("1" * n); add("字" * n)
    add("e\u0301" * n); add("\u0301" * n); add("ab\u00ad" * n)
for ch in ("a", "ab", "e\u0301", "é", "字", "!", "a ", "😀", "1", "z\u0300\u0301", "한", "İ", "\u200d", "\ufffd", " "):
    add(ch, 100000 // len(ch)); add(ch, 100); add(ch, 101)
add("word ", 20000); add("a-", 5000); add("hello world. ", 3000); add("Ünïcödé ", 1000)
# invalid UTF-8
bad = [b"\xff", b"\xfe", b"\x80", b"\xbf", b"\xc0\x80", b"\xc1\xbf", b"\xc3", b"\xc3\x28", b"\xe2\x82", b"\xe2\x28\xa1", b"\xe2\x82\x28", b"\xf0\x9f\x98",
       b"\xf0\x28\x8c\xbc", b"\xf0\x90\x28\xbc", b"\xf0\x28\x8c\x28", b"\xf8\xa1\xa1\xa1\xa1", b"\xfc\xa1\xa1\xa1\xa1\xa1", b"\xed\xa0\x80", b"\xed\xbf\xbf",
       b"\xed\xa0\xbd\xed\xb8\x80", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xe0\x9f\xbf", b"\xef\xbf\xbd", b"\xef\xbf", b"\xef",
       b"\xf0\x9f", b"\xf0", b"\xe4\xb8", b"\xc3\xa9\xc3", b"\xa9", b"\xf4\x8f\xbf\xbf", b"\xef\xbf\xbe", b"\xef\xbf\xbf", b"\xef\xb7\x90"]
for b in bad:
    add(b); add(b"a" + b + b"b"); add(b"a " + b + b" b"); add(b"caf" + b); add(b + b)
# every ASCII and Latin-1 character between letters, and alone
for c in range(256):
    add(f"a{chr(c)}b"); add(chr(c))
# special code points
special = [0, 1, 7, 8, 9, 0xa, 0xb, 0xc, 0xd, 0x1b, 0x1f, 0x7f, 0x80, 0x85, 0x9f, 0xa0, 0xad, 0x34f, 0x378, 0x379, 0x61c, 0x600, 0x605, 0x6dd, 0x70f, 0x8e2, 0x1680, 0x180b, 0x180e, 0x2000,
           0x2001, 0x2007, 0x2009, 0x200a, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x202f, 0x205f, 0x2060, 0x2061, 0x2064, 0x2066, 0x2069, 0x206a, 0x206f, 0x2066,
           0x3000, 0xe000, 0xf8ff, 0xfdd0, 0xfe00, 0xfe0e, 0xfe0f, 0xfeff, 0xfff9, 0xfffb, 0xfffc, 0xfffd, 0xfffe, 0xffff, 0x110bd, 0x1bca0, 0x1d173, 0x1d17a, 0xe0001, 0xe0020, 0xe007f,
           0xe0100, 0xe01ef, 0xe1000, 0xf0000, 0xffffd, 0x100000, 0x10fffd, 0x10fffe, 0x10ffff, 0x40000, 0x2fa20, 0x323b0]
for c in special:
    for pat in ("a{}b", "{}", "{} hello", "hello {}world", "{0}{0}"): add(pat.format(chr(c)))
# CJK range borders of BERT's is_chinese_char and scripts that are NOT in it
for c in (0x2e80, 0x2f00, 0x3001, 0x3005, 0x3007, 0x3040, 0x3042, 0x30a2, 0x30fc, 0x31f0, 0x33ff, 0x3400, 0x4dbf, 0x4dc0, 0x4dff, 0x4e00, 0x4e2d, 0x9fff, 0x9ffd, 0xa000, 0xac00, 0xd55c, 0xd7a3, 0x1100,
          0xf900, 0xfa0e, 0xfaff, 0xfb00, 0xff01, 0xff21, 0xff66, 0x1f200, 0x20000, 0x2a6df, 0x2a6e0, 0x2a700, 0x2b73f, 0x2b740, 0x2b81f, 0x2b820, 0x2b81e, 0x2ceaf, 0x2ceb0, 0x2f800, 0x2fa1d, 0x2fa1f, 0x30000):
    add(f"a{chr(c)}b"); add(chr(c) * 3)
# sentences
texts = ["我爱北京天安门", "今天天气怎么样?", "电影《霸王别姬》很好看。", "Mixed 中文 and English文字混排test", "こんにちは、世界!", "カタカナとひらがなと漢字", "ﾊﾝｶｸｶﾀｶﾅ ｶﾞｷﾞ", "안녕하세요 세계", "한국어 텍스트입니다.",
         "Привет, мир!", "Ёлка ёж Йод йод", "Ὀδυσσεύς ἄνδρα μοι ἔννεπε", "ΣΊΣΥΦΟΣ ΟΔΟΣ Σ ΑΣ ΑΣ.", "مرحبا بالعالم", "اَلْعَرَبِيَّةُ", "שָׁלוֹם עוֹלָם", "नमस्ते दुनिया", "हिन्दी में क्षत्रिय", "ক্ষমা বাংলা", "ภาษาไทยไม่มีช่องว่าง", "ພາສາລາວ", "မြန်မာဘာသာ",
         "தமிழ் மொழி", "తెలుగు", "ಕನ್ನಡ", "മലയാളം", "සිංහල", "አማርኛ ፡ ቋንቋ።", "ქართული ენა ᲥᲐᲠᲗᲣᲚᲘ", "Հայերեն լեզու", "Tiếng Việt có dấu thanh", "Đặng Thị Ngọc", "Çağrı İstanbul ılık IĞDIR", "Straße GROẞ ß ẞ", "Łódź Ørsted Åse Æsir Œuvre þorn Ðe", "naïve café résumé coöperate",
         "Zürich Köln façade piñata jalapeño", "ǅ ǆ Ǆ ǈ ǋ ǲ", "ﬁ ﬂ ﬀ ﬃ ﬄ ﬅ", "① ② Ⅷ ⅷ ½ ¼ ² ³ ª º", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝐛𝐨𝐥𝐝 𝒜 ℝ ℕ ℂ", "Ａｂｃ １２３ ！？", "K (Kelvin) Å (Angstrom) Ω (Ohm)", "x² + y² = z² ∑ ∫ √ ∞ ≠ ≤ ± × ÷", "€ £ ¥ ¢ ₹ ₿ ₽ ₩", "“quotes” ‘single’ «guillemets» — – … ‐ ‑ ‒ ―", "™ © ® ℠ ° µ ¶ § † ‡ • · ‰",
         "→ ← ↑ ↓ ⇒ ∀ ∃ ∈ ⊂", "♥ ♦ ♣ ♠ ★ ☆ ☺ ☹ ✓ ✗", "¡Hola! ¿Qué tal?", "l’été à l'œuvre", "co\u00adop\u00aderate soft hyphen", "zero\u200bwidth\u200cnon\u200djoiner", "\ufeffBOM first", "BOM \ufeffmiddle", "\u202bright-to-left\u202c", "abc\u202edef\u202cghi", "line\u2028separator\u2029paragraph", "no\u00a0break\u202fspace\u3000ideographic",
         "tab\tnewline\nreturn\rend", "nul\x00in\x00the middle", "bell\x07 esc\x1b[31mred\x1b[0m", "\x7fdel", "\x85nel\x85", "A\u030a vs Å vs \u212b", "e\u0301 vs é", "o\u0308\u0304 vs ȫ vs ö\u0304", "q\u0307\u0323 vs q\u0323\u0307", "\u1e9b\u0323", "ṩ s\u0323\u0307 s\u0307\u0323", "가 \u1100\u1161 각 \u1100\u1161\u11a8", "が か\u3099 は\u309a ぱ",
         "Z̸̡̛͎̐a̷̛͇͒l̶̨̛g̵̛͙̀o̴̦͊", "İi̇Iı", "ŉ ǰ ΐ ΰ ﬓ", "ᾳ ᾼ ᾲ ᾴ ᾷ", "Ⓐⓐ ㋿ ㍿ ㎏", "〇〻〸 〡 ㆒ ㇀", "々 ゝ ヽ 〃 仝", "㐀㐁 𠀀𠀁 𪜀 𫝀 𫠠 𬺰 𰀀 丽", "🇺🇸🇨🇳🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👨‍👩‍👧‍👦 👩🏽‍💻 🤷‍♂️ ❤️‍🔥 1️⃣ #️⃣", "😀😁😂🤣 I ❤️ this 👍👍🏿", "🫠🫨🩷🪿🫏", "⌚⏰☀️⭐", "🀄🃏♟️",
         "ᏣᎳᎩ ꮳꮃꭹ", "𐐨𐐩 𐐀𐐁 𐓀 𞤀𞤢", "Ꙁꙁ Ⰰⰰ Ⲁⲁ", "ᎠᏰ Ა ა ⴀ Ⴀ", "꧁꧂ ꙮ ﷽ ﷺ", "𒀀𒁀 𓀀𓁐 𐎀", "͏ ؜ ᠎", "ꜲꜴ Ꝏꝏ Ꞌ Ɦ Ꟶ Ꞑ", "\u0345 \u0308 \u20d0 \u20dd \u0488", "ก็ ำ เ แ โ", "་ ༔ ༼ཀ༽", "ᄀᆞ ힰ ꥠ", "᭄ ᬅ ᯤ"]
for t in texts:
    add(t)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        v = ud.normalize(form, t)
        if v != t: add(v)
    if t.upper() != t: add(t.upper())
# reviews-like English with noise
words = ("the a this that guitar strings bass pedal amp tuner great good bad awful love hate sound tone quality price worth money buy bought returned broke works perfectly "
         "microphone cable XLR Fender Gibson Les-Paul Stratocaster 12-string 9V DC 100% $19.99 5/5 A+ isn't wasn't I've you're highly recommend would not never again "
         "crisp mids lows highs EQ'd cheap Chinese-made plastic metal knob jack plugs buzz hum noise pop filter stand clip drum sticks violin ukulele capo "
         "Toy Story (1995) Jumanji Heat Sabrina GoldenEye Amélie Léon: The Professional Crouching Tiger, Hidden Dragon (Wo hu cang long) Se7en").split()
marks = ["", "", "", "", ",", ".", "!", "?", "...", ";", ":)", " -", "\u2019s", "&quot;", "&amp;", "<br />", "  ", "\n", "\t", "\u00a0", "\u2014", "😀"]
for _ in range(300):
    s = ""
    for _ in range(rnd.randint(1, 14)):
        w = rnd.choice(words)
        s += (w.upper() if rnd.random() < .08 else w.title() if rnd.random() < .1 else w) + rnd.choice(marks) + (" " if rnd.random() < .97 else "")
    add(s)
# random code points from the whole range and from lively blocks
blocks = [(0x20, 0x7f), (0xa0, 0x24f), (0x250, 0x36f), (0x370, 0x52f), (0x530, 0x6ff), (0x700, 0x9ff), (0xa00, 0xdff), (0xe00, 0x10ff), (0x1100, 0x13ff), (0x1400, 0x18ff), (0x1900, 0x1cff), (0x1d00, 0x1fff),
          (0x2000, 0x2bff), (0x2c00, 0x2fff), (0x3000, 0x33ff), (0x3400, 0x9fff), (0xa000, 0xabff), (0xac00, 0xd7ff), (0xe000, 0xfaff), (0xfb00, 0xffff), (0x10000, 0x107ff), (0x10800, 0x11fff), (0x16800, 0x18fff), (0x1b000, 0x1d7ff), (0x1d800, 0x1f2ff), (0x1f300, 0x1faff), (0x20000, 0x323af), (0xe0000, 0xe01ef)]
for lo, hi in blocks:
    for _ in range(14):
        s = ""
        for _ in range(rnd.randint(1, 12)):
            c = rnd.randint(lo, hi) if rnd.random() < .75 else rnd.choice([rnd.randint(0x61, 0x7a), 0x20, rnd.randint(0x300, 0x36f)])
            if not 0xd800 <= c <= 0xdfff: s += chr(c)
        add(s)
for _ in range(120):
    add("".join(chr(c) for c in (rnd.randint(0, 0x10ffff) for _ in range(rnd.randint(1, 10))) if not 0xd800 <= c <= 0xdfff))
for _ in range(120):
    add(bytes(rnd.choice([rnd.randint(0, 255), rnd.randint(0x61, 0x7a), rnd.randint(0x80, 0xf7)]) for _ in range(rnd.randint(1, 14))))

seen, uniq = set(), []
for x in lines:
    if x not in seen: seen.add(x); uniq.append(x)
lines = uniq


def escape(b):
    o, i = bytearray(), 0
    while i < len(b):
        for n in (1, 2, 3, 4):
            try: ch = b[i:i + n].decode("utf-8")
            except UnicodeDecodeError: continue
            if len(ch) == 1: break
        else:
            o += b"\\x%02x" % b[i]; i += 1; continue
        c = ord(ch)
        hide = c < 0x20 or 0x7f <= c < 0xa0 or c in (0xfeff, 0x2028, 0x2029) or 0xfdd0 <= c <= 0xfdef or c & 0xfffe == 0xfffe or c >= 0xe0000 or 0x202a <= c <= 0x202e or 0x2066 <= c <= 0x2069 or (i == 0 and ch == "#")
        o += b"\\\\" if ch == "\\" else b"".join(b"\\x%02x" % x for x in b[i:i + n]) if hide else b[i:i + n]
        i += n
    return bytes(o)


def write(name, t, rows, note):
    with open(f"{out}/{name}", "wb") as f:
        f.write(f"# {note}; tokenizers {tokenizers.__version__}; made by make_ids.py; repeat, text, n, FNV-1a 64, ids\n".encode())
        for rep, raw in rows:
            assert unescape(escape(raw)) == raw
            ids = t.encode((raw * rep).decode("utf-8", "replace")).ids
            f.write(b"%d\t%s\t%d\t%s\t%s\n" % (rep, escape(raw), len(ids), fnv(ids).encode(), b" ".join(b"%d" % i for i in ids) if len(ids) <= 28 else b"-"))
    print(name, len(rows), "lines", os.path.getsize(f"{out}/{name}"), "bytes", file=sys.stderr)


write("ids.txt", tok, lines, "all-MiniLM-L6-v2 (BERT uncased)")
write("ids-cased.txt", cased, lines[::3], "the same vocabulary, lowercase=False, strip_accents=False")
