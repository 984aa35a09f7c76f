"""What the same requests cost in Inseq itself, one line of JSON per figure.

    python inseq_times.py target/models/gpt2
    python inseq_times.py target/models/opus-mt --only saliency
    python inseq_times.py target/models/gpt2 --growth

The folder is one that `cargo xtask make-model` writes. README.md says how to install what
is imported here. Figures go to standard output, everything else to standard error.

A figure is the shortest of three runs after a warm-up run. What takes more than five
seconds is timed once after its warm-up, and of what takes more than twenty the warm-up is
the figure. The model is loaded before, and not timed.

`forward` is the model as Inseq holds it, without Inseq: all tokens in, the logits of every
position out, no gradients. What fails gives a line without seconds, with the error.
"""

import argparse
import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import inseq
import torch

N_THREADS = 2
N_RUNS = 3
LONG_SECONDS, VERY_LONG_SECONDS = 5, 20

# Name in the table, method, options.
FORWARD = ("forward", None, {})
SALIENCY = ("saliency", "saliency", {})
WORKS = [
    FORWARD,
    SALIENCY,
    ("integrated gradients, 20 points", "integrated_gradients", {"n_steps": 20}),
    ("attention", "attention", {}),
    ("occlusion", "occlusion", {}),
    ("value zeroing", "value_zeroing", {}),
    (
        "sequential integrated gradients, 5 points",
        "sequential_integrated_gradients",
        {"n_steps": 5},
    ),
]

# Given and attributed tokens: how long GPT-2's and Marian's sentence is.
GPT2_SENTENCE, MARIAN_SENTENCE = (11, 12), (14, 17)
GROWING_TOKENS = [(n // 2, n // 2) for n in (16, 32, 64, 128, 256)]
# The fourth, 32 targets of 64 tokens, is among those above.
GROWING_TARGETS = [(64 - n, n) for n in (4, 8, 16)]

LETTERS = "George was sick today. "


class Sentence:
    """A text with the wanted numbers of tokens, as Inseq and as the model take it."""

    def __init__(self, model, n_given, n_targets):
        self.n_given, self.n_targets = n_given, n_targets
        if model.is_encoder_decoder:
            # The made Marian has visible letters for tokens, and ends texts by one more.
            letters = LETTERS.replace(" ", "") * (n_given + n_targets)
            self.texts = letters[: n_given - 1], letters[: n_targets - 1]
            source, target = self.ids(model, 0), self.ids(model, 1)
            start = torch.tensor([[model.model.config.decoder_start_token_id]])
            shifted = torch.cat([start, target[:, :-1]], dim=1)
            self.inputs = {"input_ids": source, "decoder_input_ids": shifted}
            found = source.shape[1], target.shape[1]
        else:
            # The made GPT-2 has all letters for tokens.
            letters = LETTERS * (n_given + n_targets)
            self.texts = letters[:n_given], letters[: n_given + n_targets]
            self.inputs = {"input_ids": self.ids(model, 1)}
            n_prompt = self.ids(model, 0).shape[1]
            found = n_prompt, self.inputs["input_ids"].shape[1] - n_prompt
        if found != (n_given, n_targets):
            sys.exit(f"not a made model: {n_given} + {n_targets} letters are {found} tokens")

    def ids(self, model, index):
        return model.tokenizer(self.texts[index], return_tensors="pt").input_ids


def loaded(folder, method):
    # Inseq looks at attention weights, which PyTorch's fused attention does not have.
    eager = {"attn_implementation": "eager"}
    return inseq.load_model(folder, method, device="cpu", model_kwargs=eager)


def run_forward(model, sentence, _options):
    with torch.no_grad():
        model.model(**sentence.inputs, use_cache=False)


def run_attribution(model, sentence, options):
    quiet = {"show_progress": False, "pretty_progress": False}
    out = model.attribute(*sentence.texts, **quiet, **options)
    found = out.sequence_attributions[0]
    n_targets = found.attr_pos_end - found.attr_pos_start
    assert (len(found.source), n_targets) == (sentence.n_given, sentence.n_targets)


def seconds_of(run):
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def least_seconds(run):
    warm_up = seconds_of(run)
    if warm_up > VERY_LONG_SECONDS:
        return warm_up
    taken = []
    while len(taken) < N_RUNS:
        taken.append(seconds_of(run))
        if taken[-1] > LONG_SECONDS:
            break
    return min(taken)


def figure(model, work, sentence):
    name, method, options = work
    run = run_attribution if method else run_forward
    line = {
        "work": name,
        "tokens": sentence.n_given + sentence.n_targets,
        "targets": sentence.n_targets,
    }
    try:
        seconds = least_seconds(lambda: run(model, sentence, options))
        return {**line, "seconds": round(seconds, 5)}
    except Exception as error:  # Whatever stops Inseq is the figure.
        first_line = str(error).partition("\n")[0]
        return {**line, "seconds": None, "error": f"{type(error).__name__}: {first_line}"}


def main():
    parser = argparse.ArgumentParser(description="Times Inseq on a made model.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="only works with this in their name")
    parser.add_argument("--growth", action="store_true", help="instead: texts that grow")
    arguments = parser.parse_args()
    # Libraries may print; standard output is for figures.
    figures, sys.stdout = sys.stdout, sys.stderr
    torch.set_num_threads(N_THREADS)
    who = {"who": f"Inseq {version('inseq')}", "model": arguments.folder.name}
    for work in WORKS:
        name, method, _ = work
        if arguments.only not in name or arguments.growth and work not in (FORWARD, SALIENCY):
            continue
        model = loaded(str(arguments.folder), method or "saliency")
        if not arguments.growth:
            sizes = [MARIAN_SENTENCE if model.is_encoder_decoder else GPT2_SENTENCE]
        elif work == FORWARD:
            # It knows nothing of targets.
            sizes = GROWING_TOKENS
        else:
            sizes = GROWING_TOKENS + GROWING_TARGETS
        for size in sizes:
            line = {**who, **figure(model, work, Sentence(model, *size))}
            print(json.dumps(line), file=figures, flush=True)


main()
