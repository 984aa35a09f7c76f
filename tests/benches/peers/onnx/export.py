"""Writes a made model's forward over one sentence as ONNX, for forward.mjs.

    python export.py target/models/gpt2

The folder is one that `cargo xtask make-model` writes. What is written goes to
target/peers/<name of the folder>, with what the model is to be given and to give.

One graph: all token ids in (for Marian, the source's and the target's), the logits of
every position out. Sizes are those of the one sentence, so that nothing is left to be
found out while it runs.
"""

import argparse
import json
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM

PEERS = Path(__file__).parents[4] / "target" / "peers"
# As in ../inseq_times.py.
N_GPT2_GIVEN, N_GPT2_TARGETS = 11, 12
N_MARIAN_SOURCE, N_MARIAN_TARGETS = 14, 17
N_COMPARED = 8


class Logits(torch.nn.Module):
    """Token ids in, nothing but logits out."""

    def __init__(self, model, names):
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *ids):
        return self.model(**dict(zip(self.names, ids)), use_cache=False).logits


def tokens(n, n_vocabulary):
    """Ids that differ; the time does not depend on them."""
    return [(17 + 1013 * index) % n_vocabulary for index in range(n)]


def main():
    parser = argparse.ArgumentParser(description="Exports a made model's forward to ONNX.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    config = AutoConfig.from_pretrained(folder)
    if config.is_encoder_decoder:
        model, n_given, n_targets = AutoModelForSeq2SeqLM, N_MARIAN_SOURCE, N_MARIAN_TARGETS
        sizes = {"input_ids": n_given, "decoder_input_ids": n_targets}
    else:
        model, n_given, n_targets = AutoModelForCausalLM, N_GPT2_GIVEN, N_GPT2_TARGETS
        sizes = {"input_ids": n_given + n_targets}
    inputs = {name: tokens(n, config.vocab_size) for name, n in sizes.items()}
    ids = tuple(torch.tensor([ids]) for ids in inputs.values())
    logits = Logits(model.from_pretrained(folder).eval(), list(inputs))
    with torch.no_grad():
        last_logits = logits(*ids)[0, -1, -N_COMPARED:].tolist()
    written = PEERS / folder.resolve().name
    written.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        logits,
        ids,
        written / "forward.onnx",
        input_names=list(inputs),
        output_names=["logits"],
        external_data=False,
    )
    sentence = {
        "model": folder.resolve().name,
        "tokens": n_given + n_targets,
        "targets": n_targets,
        "inputs": inputs,
        "last_logits": last_logits,
    }
    (written / "forward.json").write_text(json.dumps(sentence))


main()
