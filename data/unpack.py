"""unpack.py: what data/unpack-e5 and data/unpack-onnx write alike."""
import json, struct
import numpy as np


def sentence_files(width, length, modules):
    """What sentence-transformers wants to know of a model: a mean over tokens, texts cut to length tokens."""
    path = {"Transformer": "", "Pooling": "1_Pooling", "Normalize": "2_Normalize"}
    return {
        "1_Pooling/config.json": {"word_embedding_dimension": width, "pooling_mode_mean_tokens": True},
        "sentence_bert_config.json": {"max_seq_length": length, "do_lower_case": False},
        "modules.json": [{"idx": i, "name": str(i), "path": path[m], "type": f"sentence_transformers.models.{m}"}
                         for i, m in enumerate(modules)],
    }


def write_json(out, files):
    for name, content in files.items():
        with open(f"{out}/{name}", "w", encoding="utf-8") as f:
            json.dump(content, f, ensure_ascii=False)


def write_safetensors(path, tensors):
    header, at = {}, 0
    for name, t in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(t.shape), "data_offsets": [at, at + t.nbytes]}
        at += t.nbytes
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for t in tensors.values():
            f.write(np.ascontiguousarray(t, "<f4").tobytes())
