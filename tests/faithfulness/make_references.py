"""Writes references.json: how faithful made-up attributions are to the tiny models,
computed in double precision by plain loops.

    python make_references.py        needs numpy, and nothing else

Each case is self-contained: token ids, the attribution's numbers, the uniform numbers
that are drawn (each target begins the list anew), and the measures of each target.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "../golden/independent"))

from plain_models import Gpt2, Marian  # noqa: E402

UNKNOWN = {"gpt2": 0, "marian": 1}
END = {"gpt2": 0, "marian": 0}
START = {"gpt2": None, "marian": 349}
FRACTIONS = [0.0, 0.1, 0.3, 0.5, 1.0]
N_SAMPLES = 3
WIDTH = 48


class Text:
    def __init__(self, family, source, target, n_given, is_prefix_attributed):
        self.family, self.source, self.target, self.n_given = family, source, target, n_given
        self.is_prefix_attributed = is_prefix_attributed
        self.model = Gpt2() if family == "gpt2" else Marian()

    def probability(self, source, prefix, token):
        """After embeddings."""
        z = self.model.logits(prefix) if self.family == "gpt2" else self.model.logits(source, prefix)
        z = np.exp(z[-1] - z[-1].max())
        return z[token] / z.sum()

    def embed(self, ids):
        return self.model.embed(ids)


def measures(text, scores_of_source, scores_of_prefix, draws, column):
    k = text.n_given + column
    token = text.target[k]
    prefix = text.target[:k]
    # (side, position, what it gave) of what can be removed.
    tokens = []
    for side, ids, scores in (("source", text.source, scores_of_source), ("prefix", prefix, scores_of_prefix)):
        if scores is None:
            continue
        for position, own in enumerate(ids):
            is_start = side == "prefix" and position == 0 and START[text.family] is not None
            if own not in (END[text.family], UNKNOWN[text.family]) and not is_start:
                tokens.append((side, position, scores[position][column]))
    order = sorted(range(len(tokens)), key=lambda t: -tokens[t][2])

    def without(removed):
        changed = {"source": list(text.source or []), "prefix": list(prefix)}
        for t in removed:
            side, position, _ = tokens[t]
            changed[side][position] = UNKNOWN[text.family]
        source = text.embed(changed["source"]) if text.source else None
        return text.probability(source, text.embed(changed["prefix"]), token)

    whole = without([])
    curve = []
    for fraction in FRACTIONS:
        n = math.ceil(fraction * len(tokens) - 1e-9)
        curve.append((fraction, whole - without(order[:n]), whole - without(order[n:])))

    largest = max([gave for _, _, gave in tokens] + [0.0])
    shares = [max(gave, 0.0) / largest if largest > 0 else 0.0 for _, _, gave in tokens]
    drawn = iter(draws)
    kept, complement = [], []
    for _ in range(N_SAMPLES):
        masks = [np.array([next(drawn) < share for _ in range(WIDTH)]) for share in shares]
        for scores, keeps in ((kept, True), (complement, False)):
            source = text.embed(text.source).copy() if text.source else None
            read = text.embed(prefix).copy()
            for (side, position, _), mask in zip(tokens, masks):
                part = source if side == "source" else read
                part[position] = part[position] * (mask if keeps else ~mask)
            scores.append(text.probability(source, read, token))
    return {
        "position": k,
        "n_tokens": len(tokens),
        "score": whole,
        "score_without_all": without(order),
        "comprehensiveness": float(np.mean([point[1] for point in curve])),
        "sufficiency": float(np.mean([point[2] for point in curve])),
        "soft_comprehensiveness": whole - float(np.mean(complement)),
        "soft_sufficiency": whole - float(np.mean(kept)),
        "curve": curve,
    }


def case(name, text, seed):
    generator = np.random.default_rng(seed)
    n_targets = len(text.target) - text.n_given
    # Some speak against their target.
    made_up = lambda n: np.round(generator.random((n, n_targets)) * 1.2 - 0.2, 3)
    source = made_up(len(text.source)) if text.source else None
    prefix = made_up(len(text.target)) if text.is_prefix_attributed else None
    n_tokens = len(text.source or []) + len(text.target)
    draws = np.minimum(np.round(generator.random(N_SAMPLES * n_tokens * WIDTH), 4), 0.9999)
    return {
        "name": name,
        "family": text.family,
        "attribute_target": text.is_prefix_attributed,
        "source": text.source,
        "target": text.target,
        "n_given": text.n_given,
        "source_attributions": None if source is None else source.ravel().tolist(),
        "target_attributions": None if prefix is None else prefix.ravel().tolist(),
        "fractions": FRACTIONS,
        "n_samples": N_SAMPLES,
        "draws": draws.tolist(),
        "targets": [measures(text, source, prefix, draws, c) for c in range(n_targets)],
    }


def tokens_of(case, side):
    stored = json.loads((HERE / f"../golden/cases/{case}.json").read_text())["result"]
    return [token for _, token in stored[side]]


def main():
    prompt = tokens_of("gpt2-attention", "target_tokens")
    source = tokens_of("marian-attention", "source_tokens")
    target = tokens_of("marian-attention", "target_tokens")
    source, target = source[:7] + source[-1:], target[:5]
    cases = [
        case("gpt2", Text("gpt2", None, prompt[:10], 8, True), 1),
        case("marian", Text("marian", source, target, 2, True), 2),
        case("marian-source", Text("marian", source, target, 1, False), 3),
    ]
    lines = ",\n".join(json.dumps(c) for c in cases)
    (HERE / "references.json").write_text(f"[\n{lines}\n]\n")


main()
