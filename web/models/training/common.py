"""Helpers shared by the three data sets: the held-out rule, seeds, export, Kendall's tau."""

import hashlib
import json
import math
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

MODELS = Path(__file__).resolve().parent.parent
SEED = 20231
HELD_OUT_PERCENT = 12


def is_key_held_out(key: str) -> bool:
    """A combination (say "template 3 with France") is held out by its hash, so the split needs no stored list."""
    digest = hashlib.sha256(f"held-out:{key}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 100 < HELD_OUT_PERCENT


@dataclass
class Example:
    """One sentence of the world. `keys` name the combinations it shows; one held-out key holds the sentence out."""

    family: str
    keys: list = field(default_factory=list)
    cause: str = ""  # the words that fix the answer, as they stand in the input; empty when only a share does
    text: str = ""  # GPT-2: prompt and answer and the rest
    prompt: str = ""
    expected: str = ""
    kind: str = ""
    source: str = ""  # Marian
    target: str = ""
    effect: str = ""  # Marian: the first word of the target that the cause decides
    contrast_target: str = ""  # Marian: the target had the cause been of the other gender; empty where that means nothing

    @property
    def held_out(self) -> bool:
        return any(is_key_held_out(k) for k in self.keys)


def training_examples(sample, n: int, rng: random.Random) -> list:
    """`n` examples drawn by `sample(rng)`, none of them held out."""
    out = []
    while len(out) < n:
        example = sample(rng)
        if not example.held_out:
            out.append(example)
    return out


def held_out_examples(sample, per_family: dict, rng: random.Random, tries: int = 400_000, per_key: int = 2) -> list:
    """For each family its quota of different held-out examples whose answer is fixed, few of any one combination."""
    found = {family: {} for family in per_family}
    uses = Counter()
    for _ in range(tries):
        if all(len(found[f]) >= n for f, n in per_family.items()):
            break
        example = sample(rng)
        wanted = per_family.get(example.family, 0)
        if not wanted or not example.held_out or not example.cause or len(found[example.family]) >= wanted:
            continue
        held_keys = [k for k in example.keys if is_key_held_out(k)]
        text = example.prompt or example.source
        if text in found[example.family] or any(uses[k] >= per_key for k in held_keys):
            continue
        uses.update(held_keys)
        found[example.family][text] = example
    return [e for family in per_family for e in found[family].values()]


def seed_everything(seed: int) -> None:
    import numpy
    import torch

    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)


def kendall_tau(xs: list, ys: list) -> float:
    """Kendall's tau-b."""
    concordant = discordant = ties_x = ties_y = 0
    for i in range(len(xs)):
        for j in range(i):
            dx, dy = xs[i] - xs[j], ys[i] - ys[j]
            if dx == 0 and dy == 0:
                continue
            if dx == 0:
                ties_x += 1
            elif dy == 0:
                ties_y += 1
            elif (dx > 0) == (dy > 0):
                concordant += 1
            else:
                discordant += 1
    pairs = concordant + discordant
    return (concordant - discordant) / math.sqrt((pairs + ties_x) * (pairs + ties_y))


def byte_offset(text: str, word: str) -> int:
    """Where `word` first stands as a whole word in `text`, in UTF-8 bytes."""
    match = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)
    if not match:
        raise ValueError(f"{word!r} is no word of {text!r}")
    return len(text[: match.start()].encode())


def write_json(path: Path, value) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def learning_rate(step: int, steps: int, peak: float, warmup: int = 100) -> float:
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup))))
