"""Train the demo models: `python train.py` for all three, or name some of gpt2, tr-en, en-fr.

One thread each; run two side by side on two cores. A model folder is written at the end, together with its
held-out.json; evaluate.py then measures it and card.py writes its card.
"""

import argparse
import importlib
import json
import random
import shutil
import tempfile
import time
from pathlib import Path

import torch
from tokenizers import ByteLevelBPETokenizer
from torch.nn.functional import cross_entropy
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel, GPT2TokenizerFast, MarianConfig, MarianMTModel, MarianTokenizer

from common import MODELS, SEED, byte_offset, held_out_examples, learning_rate, seed_everything, training_examples, write_json
from pieces import train_pieces

END = "<|endoftext|>"
GPT2_VOCABULARY = 1350
GPT2_STEPS = 3000
MARIAN_STEPS = {"tr-en": 2200, "en-fr": 3000}
MARIAN_LAYERS = {"tr-en": 2, "en-fr": 3}
# With the usual spread of 0.02 for the first weights, the deeper model never learns to look at its source.
MARIAN_RATE, MARIAN_WARMUP, MARIAN_SPREAD = 1e-3, 300, 0.05


def optimizer_for(model, rate):
    decayed = [p for p in model.parameters() if p.requires_grad and p.ndim > 1]
    others = [p for p in model.parameters() if p.requires_grad and p.ndim <= 1]
    return torch.optim.AdamW([{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}], lr=rate, betas=(0.9, 0.98))


def train(name, model, batches, steps, peak, warmup=100):
    """`batches(step)` gives the loss of one batch."""
    optimizer, started, recent = optimizer_for(model, peak), time.time(), []
    model.train()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, steps, peak, warmup)
        loss = batches(step)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        recent.append(loss.item())
        if step % 100 == 99:
            print(f"{name} step {step + 1}/{steps} loss {sum(recent) / len(recent):.4f} seconds {time.time() - started:.0f}", flush=True)
            recent = []
    model.eval()
    print(f"{name}: {sum(p.numel() for p in model.parameters())} parameters, {time.time() - started:.0f} seconds", flush=True)


def mask(tokens, blank, rng):
    """Blank out some tokens in three rows of ten, so that a translator knows what it means that a word is missing.

    Occlusion and integrated gradients compare a word with `blank`, <unk> for Marian. A model that has never seen it in a sentence answers such a
    question with noise. Only the Marian models are trained so; see the card of demo-gpt2 for what that means there.
    """
    if rng.random() >= 0.3:
        return tokens
    rate = rng.uniform(0.1, 0.6)
    return [blank if rng.random() < rate else t for t in tokens]


def save(model, folder, generation):
    model.generation_config = generation
    model.half()
    model.config.dtype = torch.float16
    model.save_pretrained(folder, safe_serialization=True)
    (folder / "model.safetensors").chmod(0o644)
    # Older readers, and the models on the Hub, call the type of the weights torch_dtype.
    config = folder / "config.json"
    config.write_text(config.read_text().replace('"dtype":', '"torch_dtype":'))


def train_gpt2(steps):
    import data_gpt2 as data

    seed_everything(SEED)
    folder = MODELS / "demo-gpt2"
    folder.mkdir(exist_ok=True)
    texts = sorted({e.text for e in training_examples(data.sample, 60_000, random.Random(SEED + 1))})
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(texts, vocab_size=GPT2_VOCABULARY, min_frequency=2, special_tokens=[END], show_progress=False)
    with tempfile.TemporaryDirectory() as scratch:
        bpe.save_model(scratch)
        GPT2TokenizerFast(vocab_file=f"{scratch}/vocab.json", merges_file=f"{scratch}/merges.txt", model_max_length=128).save_pretrained(scratch)
        for file in ("vocab.json", "merges.txt", "tokenizer.json"):
            shutil.copy(f"{scratch}/{file}", folder / file)
    write_json(folder / "tokenizer_config.json", {"add_prefix_space": False, "bos_token": END, "eos_token": END, "unk_token": END,
                                                  "model_max_length": 128, "tokenizer_class": "GPT2Tokenizer"})
    tokenizer = GPT2TokenizerFast.from_pretrained(folder)
    end = tokenizer.convert_tokens_to_ids(END)
    model = GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), n_positions=128, n_embd=128, n_layer=4, n_head=4, activation_function="gelu_new",
                                       bos_token_id=end, eos_token_id=end, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0))
    rng = random.Random(SEED + 2)
    known = {}

    def ids(text):
        if text not in known:
            known[text] = tokenizer(text)["input_ids"] + [end]
        return known[text]

    def row(length):
        """Texts one after another, each closed by the end token; every second row opens with one too."""
        out = [end] if rng.random() < 0.5 else []
        while len(out) <= length:
            out += ids(training_examples(data.sample, 1, rng)[0].text)
        return out[: length + 1]

    def batch(step):
        length, rows = (127, 12) if step % 5 == 4 else (40, 40)
        tokens = torch.tensor([row(length) for _ in range(rows)])
        return cross_entropy(model(tokens[:, :-1]).logits.flatten(0, 1), tokens[:, 1:].flatten())

    train("demo-gpt2", model, batch, steps, 2e-3)
    save(model, folder, GenerationConfig(bos_token_id=end, eos_token_id=end))
    items = held_out_examples(data.sample, data.QUOTAS, random.Random(SEED + 3))
    write_json(folder / "held-out.json", {
        "model": "demo-gpt2",
        "items": [{"kind": e.kind, "family": e.family, "prompt": e.prompt, "expected": e.expected, "cause": e.cause,
                   "cause_at": byte_offset(e.prompt, e.cause)} for e in items],
        "shares": [probe | {"cause_at": byte_offset(probe["prompt"], probe["cause"])} for probe in data.shares()],
    })


def train_marian(pair, steps):
    data = importlib.import_module("data_" + pair.replace("-", "_"))
    seed_everything(SEED)
    name = f"demo-mt-{pair}"
    folder = MODELS / name
    folder.mkdir(exist_ok=True)
    pool = training_examples(data.sample, 60_000, random.Random(SEED + 1))
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        source = train_pieces([e.source for e in pool], data.ALPHABET_SOURCE, data.LANGUAGES[0], folder / "source.spm", scratch)
        target = train_pieces([e.target for e in pool], data.ALPHABET_TARGET, data.LANGUAGES[1], folder / "target.spm", scratch)
    pieces = ["</s>", "<unk>"] + list(dict.fromkeys(source + target)) + ["<pad>"]
    write_json(folder / "vocab.json", {piece: i for i, piece in enumerate(pieces)})
    write_json(folder / "tokenizer_config.json", {"source_lang": data.LANGUAGES[0], "target_lang": data.LANGUAGES[1],
                                                  "model_max_length": 128, "tokenizer_class": "MarianTokenizer"})
    tokenizer = MarianTokenizer.from_pretrained(folder)
    pad, end, unknown = tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.unk_token_id
    layers = MARIAN_LAYERS[pair]
    model = MarianMTModel(MarianConfig(
        vocab_size=len(pieces), decoder_vocab_size=len(pieces), max_position_embeddings=128, d_model=128, encoder_layers=layers, decoder_layers=layers,
        encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=512, decoder_ffn_dim=512, activation_function="swish", init_std=MARIAN_SPREAD,
        scale_embedding=True, static_position_embeddings=True, share_encoder_decoder_embeddings=True, dropout=0.0, attention_dropout=0.0,
        activation_dropout=0.0, encoder_layerdrop=0.0, decoder_layerdrop=0.0, bos_token_id=end, eos_token_id=end, pad_token_id=pad,
        decoder_start_token_id=pad, forced_eos_token_id=None, num_beams=1, max_length=128, bad_words_ids=[[pad]]))
    rng = random.Random(SEED + 2)
    size, waiting, known = 80, [], {}

    def ids(kind, text):
        if (kind, text) not in known:
            known[kind, text] = tokenizer(**{kind: text})["input_ids"]
        return known[kind, text]

    def padded(rows):
        length = max(map(len, rows))
        return torch.tensor([row + [pad] * (length - len(row)) for row in rows])

    def batch(_):
        if not waiting:  # twenty batches at a time, each of sentences of like length
            fresh = training_examples(data.sample, size * 20, rng)
            rows = sorted(((ids("text", e.source), ids("text_target", e.target)) for e in fresh), key=lambda r: (len(r[0]), len(r[1])))
            waiting.extend(rows[i : i + size] for i in range(0, len(rows), size))
            rng.shuffle(waiting)
        rows = waiting.pop()
        inputs = padded([mask(s[:-1], unknown, rng) + s[-1:] for s, _ in rows])
        labels = padded([t for _, t in rows])
        before = padded([[pad] + mask(t[:-1], unknown, rng) for _, t in rows])
        logits = model(input_ids=inputs, attention_mask=(inputs != pad).long(), decoder_input_ids=before).logits
        return cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=pad)

    train(name, model, batch, steps, MARIAN_RATE, MARIAN_WARMUP)
    for key in ("num_beams", "max_length", "bad_words_ids"):
        if hasattr(model.config, key):
            setattr(model.config, key, None)
    save(model, folder, GenerationConfig(bos_token_id=end, eos_token_id=end, pad_token_id=pad, decoder_start_token_id=pad, num_beams=1,
                                         max_length=128, bad_words_ids=[[pad]]))
    stored = json.loads((folder / "generation_config.json").read_text())
    write_json(folder / "generation_config.json", dict(sorted((stored | {"num_beams": 1}).items())))  # 1 is left out as a default
    items = held_out_examples(data.sample, data.QUOTAS, random.Random(SEED + 3))
    shares = []
    for probe in data.shares():
        she, he = (tokenizer.convert_ids_to_tokens(tokenizer(text_target=probe[key])["input_ids"]) for key in ("she_target", "he_target"))
        position = next(i for i, (a, b) in enumerate(zip(she, he)) if a != b)
        assert position == 0, probe
        shares.append(probe | {"cause_at": byte_offset(probe["source"], probe["cause"]), "position": position,
                               "she_piece": she[position], "he_piece": he[position]})
    write_json(folder / "held-out.json", {
        "model": name,
        "items": [{"kind": e.family, "source": e.source, "target": e.target, "contrast_target": e.contrast_target, "cause": e.cause,
                   "cause_at": byte_offset(e.source, e.cause), "effect": e.effect, "effect_at": byte_offset(e.target, e.effect)} for e in items],
        "shares": shares,
    })


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="*", default=["gpt2", "tr-en", "en-fr"])
    parser.add_argument("--steps", type=int)
    arguments = parser.parse_args()
    for which in arguments.models:
        if which == "gpt2":
            train_gpt2(arguments.steps or GPT2_STEPS)
        else:
            train_marian(which, arguments.steps or MARIAN_STEPS[which])
