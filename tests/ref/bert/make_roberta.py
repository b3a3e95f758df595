#!/usr/bin/env python3
"""A tiny random RoBERTa (2 layers, width 24, 512 positions behind the offset of 2) with a byte-level BPE tokenizer of data/sample
as vocab.json and merges.txt, roberta/, and what Transformers makes of texts, roberta.jsonl: [text, number of tokens, mean-pooled
and normalised vector] a line. usage: make_roberta.py (needs torch, transformers, safetensors, tokenizers)"""
import csv, json, os, torch
from tokenizers.implementations import ByteLevelBPETokenizer
from transformers import RobertaConfig, RobertaModel, RobertaTokenizer

here = os.path.dirname(os.path.abspath(__file__))
out = os.path.join(here, "roberta")
with open(os.path.join(here, "../../../data/sample/items.csv"), encoding="utf-8") as f:
    sample = [" ".join(r) for r in csv.reader(f)]

train = ByteLevelBPETokenizer()
train.train_from_iterator(sample, vocab_size=400, min_frequency=2, show_progress=False,
                          special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
os.makedirs(out, exist_ok=True)
train.save_model(out)
with open(os.path.join(out, "tokenizer_config.json"), "w") as f:
    json.dump({"tokenizer_class": "RobertaTokenizer", "model_max_length": 512}, f)
tokenizer = RobertaTokenizer.from_pretrained(out)

torch.manual_seed(3)
c = RobertaConfig(vocab_size=len(tokenizer), hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40,
                  max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5, initializer_range=0.2,
                  attn_implementation="eager")
m = RobertaModel(c, add_pooling_layer=False).eval()
for p in m.parameters():
    p.data += 0.05 * torch.randn_like(p)
m.save_pretrained(out, safe_serialization=True)
texts = ["", "a", " ", "Hello world, it's a test.", "  two  blanks ", "caf\u00e9 \u5b57 \U0001f600", "the <mask> of it", "x\ty\n", "1,234.5%",
         "</s> inside", " ".join(sample)[:4000]] + sample[1:6]
with open(os.path.join(here, "roberta.jsonl"), "w") as f:
    for text in texts:
        ids = tokenizer(text, truncation=True, max_length=512, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            v = torch.nn.functional.normalize(m(ids).last_hidden_state[0].mean(0), dim=0)
        print(json.dumps([text, ids.shape[1], [float(f"{x:.8e}") for x in v.tolist()]]), file=f)
