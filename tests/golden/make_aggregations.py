"""Makes aggregations.json and files/: what Inseq 0.7.1 makes of its own results.

Run beside this file with inseq==0.7.1, transformers==4.56.1, torch, one thread:
    python make_aggregations.py
aggregations.json holds aggregations of results in cases/; files/ holds one result in
every form that `save` writes.
"""

import json
import shutil
from pathlib import Path

import inseq
import torch
from inseq.data.attribution import FeatureAttributionOutput

torch.set_num_threads(1)
HERE = Path(__file__).parent

# Each: result, aggregators, keyword arguments. `select_range` stands for a tuple, which
# JSON does not have.
MARKS = {"special_chars": ["Ġ", "Ċ"]}
AGGREGATIONS = [
    ("gpt2-saliency", ["vnorm"], {"normalize": False}),
    ("gpt2-saliency", ["vnorm"], {"normalize": False, "rescale": True}),
    ("gpt2-saliency", ["vnorm"], {"vnorm_ord": 1}),
    ("gpt2-saliency", ["absmax"], {}),
    ("gpt2-saliency", ["sum"], {"normalize": False}),
    ("gpt2-saliency", ["min"], {"normalize": False}),
    ("gpt2-saliency", ["max"], {"normalize": False}),
    ("gpt2-saliency", ["prod"], {"select_range": [0, 3], "normalize": False}),
    ("gpt2-saliency", ["mean"], {"select_idx": [1, -2, 5]}),
    ("gpt2-saliency", ["mean"], {"select_idx": -3, "normalize": False}),
    ("gpt2-saliency", ["vnorm"], {"select_range": [-8, -1]}),
    ("gpt2-saliency", ["vnorm", "spans"], {"target_spans": [[0, 2], [7, 9], [10, 13]]}),
    ("gpt2-saliency", ["spans", "vnorm"], {"target_spans": [[0, 2], [7, 9], [10, 13]]}),
    ("gpt2-saliency", ["vnorm", "spans"], {"target_spans": [4, 6]}),
    ("gpt2-saliency", ["vnorm", "split"], {"split_pattern": "Ġb", "split_mode": "single"}),
    ("gpt2-saliency", ["vnorm", "split"], {"split_pattern": "Ġ[bi]", "split_mode": "start"}),
    ("gpt2-saliency", ["vnorm", "split"], {"split_pattern": "[ed]Ġ", "split_mode": "end"}),
    ("gpt2-saliency", ["vnorm", "slices"], {"target_spans": [1, 3]}),
    ("gpt2-saliency", ["vnorm", "slices"], {"target_spans": [[0, 2], [4, 5], [6, 11]]}),
    ("gpt2-saliency", ["vnorm", "subwords"], MARKS),
    ("gpt2-attention", ["mean", "mean"], {"select_range": [0, 3]}),
    ("gpt2-attention", ["max", "mean"], {"normalize": False}),
    ("marian-saliency", ["subwords", "vnorm"], {}),
    ("marian-saliency", ["vnorm", "subwords"], {"aggregate_source": False}),
    ("marian-saliency", ["vnorm", "slices"], {"source_spans": [1, 3]}),
    ("marian-attention", ["mean", "mean", "subwords"], {}),
    ("marian-attention", ["mean", "mean", "subwords"], {"aggregate_target": False}),
]


def array(tensor):
    if tensor is None:
        return None
    values = [None if v != v else float(f"{v:.7g}") for v in tensor.flatten().tolist()]
    return {"shape": list(tensor.shape), "data": values}


def arguments_for_python(arguments):
    tuples = lambda spans: tuple(spans) if isinstance(spans[0], int) else [tuple(s) for s in spans]
    made = dict(arguments)
    for name in ("source_spans", "target_spans"):
        if name in made:
            made[name] = tuples(made[name])
    if "select_range" in made:
        made["select_idx"] = tuple(made.pop("select_range"))
    if "special_chars" in made:
        made["special_chars"] = tuple(made["special_chars"])
    return made


def arguments_for_us(arguments):
    made = dict(arguments)
    if "select_range" in made:
        start, end = made.pop("select_range")
        made["select_idx"] = {"start": start, "end": end}
    return made


def load(name):
    return FeatureAttributionOutput.load(HERE / f"cases/{name}.inseq.json").sequence_attributions[0]


def described(attribution):
    return {
        "source_tokens": [[t.token, t.id] for t in attribution.source],
        "target_tokens": [[t.token, t.id] for t in attribution.target],
        "attr_pos_start": attribution.attr_pos_start,
        "attr_pos_end": attribution.attr_pos_end,
        "source_attributions": array(attribution.source_attributions),
        "target_attributions": array(attribution.target_attributions),
        "step_scores": {k: array(v) for k, v in attribution.step_scores.items()},
        "sequence_scores": {k: array(v) for k, v in attribution.sequence_scores.items()},
    }


def aggregations():
    cases = []
    for name, aggregators, arguments in AGGREGATIONS:
        aggregated = load(name).aggregate(aggregators, **arguments_for_python(arguments))
        cases.append({
            "result_of": name,
            "aggregators": aggregators,
            "arguments": arguments_for_us(arguments),
            "result": described(aggregated),
        })
    first = load("gpt2-attention").aggregate(["mean", "mean"])
    second = load("gpt2-saliency").aggregate()
    change = first.aggregate("pair", paired_attr=second, do_post_aggregation_checks=False)
    pair = {"first": "gpt2-attention", "second": "gpt2-saliency", "result": described(change)}
    weighted = load("gpt2-saliency").weight_attributions("probability")
    text = json.dumps(
        {"aggregations": cases, "pair": pair, "weighted": described(weighted)}, ensure_ascii=False
    )
    (HERE / "aggregations.json").write_text(text.replace('{"result_of"', '\n{"result_of"') + "\n")


def files():
    folder = HERE / "files"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    model = inseq.load_model(str(HERE / "models/gpt2"), "occlusion")
    prompts, texts = ["The nurse", "He said"], ["The nurse went home.", "He said that it is late."]
    out = model.attribute(
        prompts, texts, step_scores=["probability", "top_p_size"], output_step_attributions=True,
        top_p=0.7, show_progress=False, batch_size=1, generation_args={},
    )
    out.info["model_name"] = "gpt2"
    out.info["tokenizer_name"] = None
    out.info["exec_time"] = 0.5
    # What a file may hold that JSON does not know.
    out.info["note"] = {"none": float("nan"), "most": float("inf"), "least": -float("inf")}
    steps, out.step_attributions = out.step_attributions, None
    out.save(folder / "plain.json")
    out.save(folder / "lists.json", ndarray_compact=False)
    out.save(folder / "compressed.json.gz", compress=True)
    out.save(folder / "float16.json", scores_precision="float16")
    out.save(folder / "float8.json", scores_precision="float8")
    out.save(folder / "primitives.json", use_primitives=True)
    out.save(folder / "split.json", split_sequences=True)
    out.save(folder / "split.json", split_sequences=True, compress=True)
    out.step_attributions = steps
    out.save(folder / "steps.json")
    out.save(folder / "steps-lists.json.gz", ndarray_compact=False, compress=True)
    out.save(folder / "steps-primitives.json", use_primitives=True)


aggregations()
files()
