#!/usr/bin/env python3
"""Vocabularies that Hugging Face's WordPieceTrainer makes of corpus.txt. usage: make.py (needs only `tokenizers`)

corpus.txt: sentences of invented words (syllables, Zipf's law), with words of other scripts among them.
SIZE-FREQUENCY-ALPHABET.txt: the vocabulary of that size, least frequency of a pair, and limit of the alphabet (0: none).

The trainer numbers the "##" characters in the order of a hash map with a random seed, and equal counts are decided by these
numbers, so two runs of it differ. Here it gets the characters as special tokens, in order of code points: then it numbers
nothing itself, and the result is the same in each run."""
import os, random
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

here = os.path.dirname(os.path.abspath(__file__))
special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def corpus():
    r = random.Random(3)
    onset, vowel, coda = "b br c ch d dr f g gr h j k l m n p pl qu r s st t tr v w z".split(), "a e i o u ea oo".split(), ["", "", "n", "r", "s", "ll", "ng"]
    words = ["".join(r.choice(onset) + r.choice(vowel) + r.choice(coda) for _ in range(r.choice([1, 1, 2, 2, 3]))) for _ in range(900)]
    words += ["banana", "aaaa", "aaaaaaa", "mississippi", "Ünïcödé", "Привет", "мир", "миру", "電影", "很好", "안녕하세요", "ὀδυσσεύς", "l'été", "x-ray", "$9.99", "100%", "C++"]
    weight = [1 / (k + 1) for k in range(len(words))]
    r.shuffle(words)
    lines = []
    for _ in range(400):
        line = " ".join(r.choices(words, weight, k=r.randint(3, 14)))
        lines.append(line.capitalize() + r.choice([".", "!", "?", " ...", ""]))
    return lines


def train(lines, size, frequency, given, limit):
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer, t.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    more = {"limit_alphabet": limit} if limit else {}
    t.train_from_iterator(lines, trainers.WordPieceTrainer(vocab_size=size, min_frequency=frequency, show_progress=False,
                                                           special_tokens=given, **more))
    return [token for token, _ in sorted(t.get_vocab().items(), key=lambda x: x[1])]


lines = corpus()
with open(os.path.join(here, "corpus.txt"), "w", encoding="utf-8") as f:
    f.write("\n".join(lines) + "\n")
for size, frequency, limit in [(300, 2, 0), (2000, 1, 0), (600, 3, 24)]:
    bare = [t for t in train(lines, 0, frequency, special, limit) if t not in special]
    assert all(set(bare) == set(train(lines, 0, frequency, special, limit)) - set(special) for _ in range(20)), "a tie at the limit"
    given = special + sorted(t for t in bare if len(t) == 1) + sorted(t for t in bare if len(t) > 1)
    with open(os.path.join(here, f"{size}-{frequency}-{limit}.txt"), "w", encoding="utf-8") as f:
        f.write("\n".join(train(lines, size, frequency, given, limit)) + "\n")
