"""Measure the models on their held-out.json with the weights as stored (f16), computing in f32.

Prints the figures, writes training/measured.json, and fails when a gate is missed.
"""

import json
import sys
from collections import defaultdict

import torch
from transformers import GPT2LMHeadModel, GPT2TokenizerFast, MarianMTModel, MarianTokenizer

from common import MODELS, kendall_tau, write_json


def percent(pairs):
    return round(100 * sum(pairs) / len(pairs), 1)


def bias(shares, probabilities):
    gaps = [abs(s["share"] - p) for s, p in zip(shares, probabilities)]
    return {"tau": round(kendall_tau([s["share"] for s in shares], probabilities), 3), "mean_gap": round(sum(gaps) / len(gaps), 3),
            "largest_gap": round(max(gaps), 3), "probes": {s["occupation"]: round(p, 3) for s, p in zip(shares, probabilities)}}


@torch.no_grad()
def measure_gpt2(folder):
    held = json.loads((folder / "held-out.json").read_text())
    tokenizer = GPT2TokenizerFast.from_pretrained(folder)
    model = GPT2LMHeadModel.from_pretrained(folder, torch_dtype=torch.float32).eval()
    right = defaultdict(list)
    for item in held["items"]:
        ids, wanted = tokenizer(item["prompt"])["input_ids"], tokenizer(item["expected"])["input_ids"]
        prompt_length = len(ids)
        for _ in wanted:
            ids.append(model(torch.tensor([ids])).logits[0, -1].argmax().item())
        good = tokenizer.decode(ids[prompt_length:]) == item["expected"]
        right[item["kind"]].append(good)
        right["family " + item["family"]].append(good)
        if not good:
            print("  wrong:", item["prompt"], "|", item["expected"], "| got", tokenizer.decode(ids[prompt_length:]))
    probabilities = []
    for probe in held["shares"]:
        logits = model(torch.tensor([tokenizer(probe["prompt"])["input_ids"]])).logits[0, -1].softmax(-1)
        she, he = (logits[tokenizer.convert_tokens_to_ids("Ġ" + probe[k].strip())].item() for k in ("she", "he"))
        probabilities.append(she / (she + he))
    return model, right, bias(held["shares"], probabilities)


@torch.no_grad()
def measure_marian(folder):
    held = json.loads((folder / "held-out.json").read_text())
    tokenizer = MarianTokenizer.from_pretrained(folder)
    model = MarianMTModel.from_pretrained(folder, torch_dtype=torch.float32).eval()
    right = defaultdict(list)
    for item in held["items"]:
        batch = tokenizer(item["source"], return_tensors="pt")
        got = tokenizer.decode(model.generate(**batch)[0], skip_special_tokens=True)
        good = got == item["target"]
        right["translation"].append(good)
        right["family " + item["kind"]].append(good)
        if not good:
            print("  wrong:", item["source"], "|", item["target"], "| got", got)
    probabilities = []
    for probe in held["shares"]:
        batch = tokenizer(probe["source"], return_tensors="pt")
        before = torch.tensor([[model.config.decoder_start_token_id]])
        chances = model(**batch, decoder_input_ids=before).logits[0, -1].softmax(-1)
        she, he = (chances[tokenizer.convert_tokens_to_ids(probe[k])].item() for k in ("she_piece", "he_piece"))
        probabilities.append(she / (she + he))
    return model, right, bias(held["shares"], probabilities)


def main():
    measured, missed = {}, []
    for name in ("demo-gpt2", "demo-mt-en-fr", "demo-mt-tr-en"):
        folder = MODELS / name
        if not (folder / "held-out.json").exists():
            continue
        model, right, shares = (measure_gpt2 if name == "demo-gpt2" else measure_marian)(folder)
        figures = {"parameters": sum(p.numel() for p in model.parameters()), "bytes": sum(f.stat().st_size for f in folder.iterdir()),
                   "right_percent": {k: percent(v) for k, v in right.items()}, "items": {k: len(v) for k, v in right.items()}, "shares": shares}
        measured[name] = figures
        print(name, json.dumps({k: v for k, v in figures.items()}, ensure_ascii=False))
        key, least = ("fact", 95) if name == "demo-gpt2" else ("translation", 90)
        if figures["right_percent"][key] < least or shares["tau"] < 0.6:
            missed.append(name)
    total = sum(m["bytes"] for m in measured.values())
    print(f"total {total / 1e6:.2f} MB")
    if total > 12e6:
        missed.append("size")
    write_json(MODELS / "training" / "measured.json", measured)
    if missed:
        sys.exit(f"gates missed: {missed}")


if __name__ == "__main__":
    main()
