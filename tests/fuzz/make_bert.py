#!/usr/bin/env python3
"""The first inputs of the fuzz target bert.c: models of one layer and width 4, in each family and type, as files of bert/.
usage: make_bert.py"""
import json, os, random, struct

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bert")
VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "##b", ","]
BERT = ("encoder.layer.0", "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
        "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm")
DISTIL = ("transformer.layer.0", "attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm",
          "ffn.lin1", "ffn.lin2", "output_layer_norm")
TOKENIZER = {
    "normalizer": {"type": "BertNormalizer"}, "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
    "model": {"type": "WordPiece", "vocab": {t: i for i, t in enumerate(VOCAB)}},
}


def tensors(names, prefix, positions, types):
    layer, q, k, v, out, norm1, up, down, norm2 = names
    shapes = {"embeddings.word_embeddings.weight": [len(VOCAB), 4], "embeddings.position_embeddings.weight": [positions, 4]}
    if types:
        shapes["embeddings.token_type_embeddings.weight"] = [types, 4]
    for name in ("embeddings.LayerNorm", f"{layer}.{norm1}", f"{layer}.{norm2}"):
        shapes[name + ".weight"] = shapes[name + ".bias"] = [4]
    for name in (q, k, v, out, up, down):
        shapes[f"{layer}.{name}.weight"], shapes[f"{layer}.{name}.bias"] = [4, 4], [4]
    return {prefix + name: shape for name, shape in shapes.items()}


def write(name, config, shapes, dtype, form):
    rnd, header, data = random.Random(1), {}, b""
    for key, shape in shapes.items():
        n = 1
        for s in shape:
            n *= s
        values = b"".join(form(rnd.uniform(-1, 1)) for _ in range(n))
        header[key] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    part = lambda j: struct.pack("<H", len(json.dumps(j))) + json.dumps(j).encode()
    with open(f"{here}/{name}", "wb") as f:
        f.write(part(config) + part(TOKENIZER) + struct.pack("<Q", len(text)) + text + data)


f32, f16 = (lambda x: struct.pack("<f", x)), (lambda x: struct.pack("<e", x))
bf16 = lambda x: struct.pack("<f", x)[2:]
bert = {"model_type": "bert", "vocab_size": 8, "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2,
        "intermediate_size": 4, "max_position_embeddings": 8, "type_vocab_size": 2}
distil = {"model_type": "distilbert", "vocab_size": 8, "dim": 4, "n_layers": 1, "n_heads": 2, "hidden_dim": 4,
          "max_position_embeddings": 8}
roberta = {**bert, "model_type": "roberta", "pad_token_id": 1, "max_position_embeddings": 10, "hidden_act": "gelu_new"}
os.makedirs(here, exist_ok=True)
write("bert", bert, tensors(BERT, "", 8, 2), "F32", f32)
write("bert-f16", bert, tensors(BERT, "bert.", 8, 2), "F16", f16)
write("distilbert", distil, tensors(DISTIL, "distilbert.", 8, 0), "BF16", bf16)
write("roberta", roberta, tensors(BERT, "roberta.", 10, 2), "F32", f32)
