#!/usr/bin/env python3
"""A tiny random BERT (2 layers, width 24, 3 heads) and what PyTorch makes of three texts: model/, and expected.txt, one text a
line: ids, a bar, the mean-pooled vector. usage: make.py (needs torch, transformers, safetensors)"""
import os, torch
from transformers import BertConfig, BertModel
here = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(1)
c = BertConfig(vocab_size=40, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40,
               max_position_embeddings=48, initializer_range=0.2, attn_implementation="eager")
m = BertModel(c, add_pooling_layer=False).eval()
for p in m.parameters():
    p.data += 0.05 * torch.randn_like(p)
m.save_pretrained(os.path.join(here, "model"), safe_serialization=True)
with open(os.path.join(here, "expected.txt"), "w") as f:
    for n in (1, 7, 48):
        ids = torch.randint(0, 40, (1, n))
        with torch.no_grad():
            v = m(ids).last_hidden_state[0].mean(0)
        print(*ids[0].tolist(), "|", *(f"{x:.8e}" for x in v.tolist()), file=f)
