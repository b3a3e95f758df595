#!/usr/bin/env python3
"""encoder_onnx.py MODEL OUT: ONNX files of a sentence-transformers BERT for tests/bench/encoder.sh.

Mean pooling and normalisation are part of the graph. f32.onnx is what torch exports, fused-f32.onnx what ONNX Runtime's
transformer optimiser makes of it (fused attention, layer norm, GELU); the int8 files are quantize_dynamic's of both,
weights by tensor and by channel, in all eight bits (right for VNNI). Needs torch, transformers, onnx, onnxruntime."""
import os
import sys

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from transformers import AutoModel


class Pooled(torch.nn.Module):
    def __init__(self, bert):
        super().__init__()
        self.bert = bert

    def forward(self, input_ids, attention_mask, token_type_ids):
        x = self.bert(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[0]
        mask = attention_mask.unsqueeze(-1).to(x.dtype)
        return torch.nn.functional.normalize((x * mask).sum(1) / mask.sum(1), dim=1)


def main():
    model_dir, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    bert = AutoModel.from_pretrained(model_dir, attn_implementation="eager").eval()
    plain, fused = os.path.join(out, "f32.onnx"), os.path.join(out, "fused-f32.onnx")
    ids = torch.ones(2, 9, dtype=torch.long)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    torch.onnx.export(Pooled(bert), (ids, ids, torch.zeros_like(ids)), plain, input_names=names, output_names=["vectors"],
                      dynamic_axes={n: {0: "batch", 1: "length"} for n in names} | {"vectors": {0: "batch"}},
                      opset_version=17, dynamo=False)
    config = bert.config
    optimizer.optimize_model(plain, model_type="bert", num_heads=config.num_attention_heads,
                             hidden_size=config.hidden_size, opt_level=0).save_model_to_file(fused)
    for name in "", "fused-":
        for per_channel in False, True:
            quantize_dynamic(os.path.join(out, name + "f32.onnx"),
                             os.path.join(out, f"{name}int8-{'channel' if per_channel else 'tensor'}.onnx"),
                             weight_type=QuantType.QInt8, per_channel=per_channel, reduce_range=False,
                             extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})


if __name__ == "__main__":
    main()
