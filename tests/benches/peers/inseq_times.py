"""What the same requests cost in Inseq itself, for the table in ../README.md.

    python -m venv venv
    venv/bin/pip install inseq==0.7.1 transformers==4.56.1 captum==0.8.0
    cargo xtask make-model gpt2
    venv/bin/python tests/benches/peers/inseq_times.py target/models/gpt2

Not part of the tests: it needs Python and some gigabytes of packages.
"""

import sys
import time

import inseq
import torch

# A made model has letters for tokens: 11 given, 12 attributed.
PROMPT, OUTPUT = "George was ", "George was sick today. "
N_RUNS = 3

torch.set_num_threads(2)
folder = sys.argv[1]


def measure(name, method, **options):
    # Inseq looks at attention weights, which PyTorch's fused attention does not have.
    eager = {"attn_implementation": "eager"}
    model = inseq.load_model(folder, method, device="cpu", model_kwargs=eager)
    least = None
    for run in range(N_RUNS + 1):
        started = time.perf_counter()
        out = model.attribute(PROMPT, OUTPUT, show_progress=False, pretty_progress=False, **options)
        taken = time.perf_counter() - started
        if run and (least is None or taken < least):
            least = taken
        if taken > 5 and run:
            break
    found = out.sequence_attributions[0]
    n = found.attr_pos_end - found.attr_pos_start
    print(f"{name}: {least:.3f} s, {len(found.source)} + {n} tokens", flush=True)


wanted = sys.argv[2] if len(sys.argv) > 2 else ""


def measure_if_wanted(name, method, **options):
    if wanted in name:
        measure(name, method, **options)


measure_if_wanted("saliency, 12 targets together", "saliency")
measure_if_wanted("integrated gradients, 20 points", "integrated_gradients", n_steps=20)
measure_if_wanted("attention", "attention")
measure_if_wanted("occlusion", "occlusion")
measure_if_wanted("value zeroing", "value_zeroing")
measure_if_wanted(
    "sequential integrated gradients, 5 points", "sequential_integrated_gradients", n_steps=5
)
