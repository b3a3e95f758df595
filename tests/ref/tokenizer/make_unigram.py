#!/usr/bin/env python3
"""Reference ids of Hugging Face's `tokenizers` for a unigram tokenizer as XLM-RoBERTa's: the texts of ids.txt.
usage: make_unigram.py     needs the packages `tokenizers` and `sentencepiece`, and ids.txt beside it

Trains a small model on those texts and the names of data/sample (SentencePiece, nmt_nfkc), and writes it as
unigram.json.gz, a tokenizer.json. ids-unigram.txt holds the ids of every text, in the form of ids.txt (make_ids.py tells
it); ids-unigram-split.txt those of every third, with the older pre_tokenizer that cuts at white space first.
"""
import base64, csv, gzip, io, json, os
import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as pb
from ids_file import read_texts, write

here = os.path.dirname(os.path.abspath(__file__))

texts = read_texts(f"{here}/ids.txt")
with open(f"{here}/../../../data/sample/items.csv", encoding="utf-8") as f:
    sample = [" ".join(r) for r in csv.reader(f)]

model = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter([t for n, _, t in texts if n == 1 and "\0" not in t] + sample),
                                         model_writer=model, model_type="unigram", vocab_size=3000, character_coverage=0.98,
                                         num_threads=1, hard_vocab_limit=False, minloglevel=2)
proto = pb.ModelProto.FromString(model.getvalue())
pieces = [["<s>", 0.0], ["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0]]
pieces += [[p.piece, p.score] for p in proto.pieces if p.type == 1]
pieces.append(["<mask>", 0.0])
special = [{"id": i, "content": pieces[i][0], "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
            "special": True} for i in (0, 1, 2, 3, len(pieces) - 1)]
charsmap = {"type": "Precompiled",
            "precompiled_charsmap": base64.b64encode(proto.normalizer_spec.precompiled_charsmap).decode()}
metaspace = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}
first, last = ({"SpecialToken": {"id": p, "type_id": 0}} for p in ("<s>", "</s>"))
a, b = ({"Sequence": {"id": p, "type_id": 0}} for p in "AB")
config = {
    "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
    "normalizer": {"type": "Sequence", "normalizers": [charsmap, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]},
    "pre_tokenizer": metaspace, "decoder": metaspace,
    "post_processor": {"type": "TemplateProcessing", "single": [first, a, last], "pair": [first, a, last, last, b, last],
                       "special_tokens": {p: {"id": p, "ids": [i], "tokens": [p]} for i, p in ((0, "<s>"), (2, "</s>"))}},
    "model": {"type": "Unigram", "unk_id": 3, "vocab": pieces, "byte_fallback": False},
}
with open(f"{here}/unigram.json.gz", "wb") as f:
    f.write(gzip.compress(json.dumps(config, ensure_ascii=False).encode(), 9, mtime=0))

write(f"{here}/ids-unigram.txt", config, texts, "unigram.json.gz; made by make_unigram.py")
config["normalizer"] = charsmap
config["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace]}
write(f"{here}/ids-unigram-split.txt", config, texts[::3], "the same, WhitespaceSplit before Metaspace, no Replace; made by make_unigram.py")
