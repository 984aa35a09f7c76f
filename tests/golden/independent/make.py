"""Writes values.json: what attention, occlusion, value zeroing, LIME and ReAGent should
give on the tiny models, computed in double precision by plain loops.

    python make.py        needs numpy, and nothing else

Each case is self-contained: token ids, options, the uniform numbers that a random method
draws, and its raw result. The plain code is itself checked first, against the golden
cases of Inseq that there are, LIME included, whose random numbers are PyTorch's for
seed 0.
"""

import itertools
import json
from pathlib import Path

import numpy as np

from plain_models import Gpt2, Marian

HERE = Path(__file__).parent
SPECIAL = {"gpt2": {0}, "marian": {0, 1, 349}}
UNKNOWN = {"gpt2": 0, "marian": 1}
END = {"gpt2": 0, "marian": 0}
START = {"gpt2": None, "marian": 349}
VOCABULARY = {"gpt2": 600, "marian": 350}


def golden(name):
    return json.loads((HERE / f"../cases/{name}.json").read_text())["result"]


def array(stored):
    return np.array([np.nan if v is None else v for v in stored["data"]]).reshape(stored["shape"])


def stored(values):
    rounded = [None if np.isnan(v) else float(f"{v:.8g}") for v in np.ravel(values)]
    return {"shape": list(values.shape), "data": rounded}


class Text:
    """A source (None for GPT-2) and an output, of which `start` tokens were given."""

    def __init__(self, family, source, target, start, is_prefix_attributed, decoder_scale=1.0):
        self.family, self.source, self.target, self.start = family, source, target, start
        self.is_prefix_attributed = is_prefix_attributed or family == "gpt2"
        self.model = Gpt2() if family == "gpt2" else Marian(decoder_scale=decoder_scale)

    def steps(self):
        return range(self.start, len(self.target))

    def logits_of_embeddings(self, source, prefix):
        if self.family == "gpt2":
            return self.model.logits(prefix)[-1]
        return self.model.logits(source, prefix)[-1]

    def logits(self, source, prefix):
        """Before the next token, of ids."""
        source = None if source is None else self.model.embed(source)
        return self.logits_of_embeddings(source, self.model.embed(prefix))

    def probability(self, source, prefix, token):
        return softmax(self.logits(source, prefix))[token]

    def baseline(self, ids, is_source, filler):
        made = [i if i == END[self.family] else filler for i in ids]
        if not is_source and START[self.family] is not None:
            made[0] = START[self.family]
        return made

    def empty(self, n_inputs, *more):
        return np.full((n_inputs, len(self.steps()), *more), np.nan)


def softmax(z):
    z = np.exp(z - z.max())
    return z / z.sum()


# Occlusion.


def occlusion(text, windows, strides, is_signed):
    """`windows` and `strides` by side: source, then prefix."""
    source = None if text.source is None else text.empty(len(text.source))
    prefix = text.empty(len(text.target)) if text.is_prefix_attributed else None
    for column, k in enumerate(text.steps()):
        before, token = text.target[:k], text.target[k]
        whole = text.probability(text.source, before, token)
        sides = [s for s in ("source", "prefix") if (source if s == "source" else prefix) is not None]
        for side, window, stride in zip(sides, windows, strides):
            ids = text.source if side == "source" else before
            baseline = text.baseline(ids, side == "source", UNKNOWN[text.family])
            total, count = np.zeros(len(ids)), np.zeros(len(ids))
            start = 0
            while True:
                end = min(start + window, len(ids))
                changed = ids[:start] + baseline[start:end] + ids[end:]
                if side == "source":
                    found = text.probability(changed, before, token)
                else:
                    found = text.probability(text.source, changed, token)
                total[start:end] += whole - found
                count[start:end] += 1
                if start + window >= len(ids):
                    break
                start += stride
            mean = total / count
            values = mean if is_signed else np.abs(mean)
            (source if side == "source" else prefix)[: len(ids), column] = values
    return source, prefix


# Value zeroing and attention.


def distances(whole, moved, metric):
    if metric == "euclidean":
        return np.linalg.norm(whole - moved, axis=-1)
    products = (whole * moved).sum(-1)
    return 1 - products / np.linalg.norm(whole, axis=-1) / np.linalg.norm(moved, axis=-1)


def zeroing_scores(states, run_layer, n_keys, heads_of_layer, metric, is_causal):
    """`[rows, keys, layers]`: `run_layer(layer, zeroed)` gives a layer's output."""
    n_layers = len(states) - 1
    scores = np.full((len(states[0]), n_keys, n_layers), np.nan)
    for layer in range(n_layers):
        for key in range(n_keys):
            heads = heads_of_layer(layer)
            moved = run_layer(layer, (key, heads)) if heads else states[layer + 1]
            found = distances(states[layer + 1], moved, metric)
            for row in range(len(found)):
                if not is_causal or row >= key:
                    scores[row, key, layer] = 0 if found[row] < 1e-5 else found[row]
        totals = np.nansum(scores[:, :, layer], 1, keepdims=True)
        scores[:, :, layer] /= np.where(totals == 0, 1, totals)
    return scores


def gpt2_block(model, state, layer, zeroed=None):
    out = model.block(state, layer, zeroed)[0]
    return model.norm(out, "ln_f") if layer == model.n_layers - 1 else out


def value_zeroing(text, metric="cosine", heads=None, cross_heads=None):
    """Returns source, prefix, and sequence scores."""
    model, n_read = text.model, len(text.target) - 1
    every = lambda layer: range(model.n_heads)
    heads, cross_heads = heads or every, cross_heads or every
    rows = [k - 1 for k in text.steps()]
    embedded = model.embed(text.target[:n_read])
    if text.family == "gpt2":
        states = model.states(embedded)
        own = zeroing_scores(
            states, lambda l, z: gpt2_block(model, states[l], l, z), n_read, heads, metric, True
        )
        return None, own_matrix(text, own, rows), {}
    encoder, decoder = model.states(model.embed(text.source), embedded)
    last = encoder[-1]
    own = zeroing_scores(
        decoder,
        lambda l, z: model.decoder_layer(decoder[l], last, l, zeroed=z)[0],
        n_read,
        heads,
        metric,
        True,
    )
    cross = zeroing_scores(
        decoder,
        lambda l, z: model.decoder_layer(decoder[l], last, l, cross_zeroed=z)[0],
        len(text.source),
        cross_heads,
        metric,
        False,
    )
    within = zeroing_scores(
        encoder,
        lambda l, z: model.encoder_layer(encoder[l], l, z)[0],
        len(text.source),
        every,
        metric,
        False,
    )
    sequence = {"encoder_self_scores": within.swapaxes(0, 1)}
    if not text.is_prefix_attributed:
        sequence["decoder_self_scores"] = own.swapaxes(0, 1)
    return cross[rows].swapaxes(0, 1), own_matrix(text, own, rows), sequence


def own_matrix(text, own, rows):
    """`[rows, keys, ..]` → `[prefix, targets, ..]`, with the last target's empty row."""
    if not text.is_prefix_attributed:
        return None
    matrix = own[rows].swapaxes(0, 1).copy()
    for column, row in enumerate(rows):
        matrix[row + 1 :, column] = np.nan
    return np.concatenate([matrix, np.full((1, *matrix.shape[1:]), np.nan)])


def attention(text):
    model, n_read = text.model, len(text.target) - 1
    rows = [k - 1 for k in text.steps()]
    embedded = model.embed(text.target[:n_read])
    if text.family == "gpt2":
        states = model.states(embedded)
        own = np.stack([model.block(states[l], l)[1] for l in range(model.n_layers)])
        return None, own_matrix(text, own.transpose(2, 3, 0, 1), rows), {}
    encoder, decoder = model.states(model.embed(text.source), embedded)
    layers = range(model.n_layers)
    seen = [model.decoder_layer(decoder[l], encoder[-1], l) for l in layers]
    own = np.stack([s[1] for s in seen]).transpose(2, 3, 0, 1)  # rows, keys, layers, heads
    cross = np.stack([s[2] for s in seen]).transpose(2, 3, 0, 1)
    within = np.stack([model.encoder_layer(encoder[l], l)[1] for l in range(len(encoder) - 1)])
    sequence = {"encoder_self_attentions": within.transpose(3, 2, 0, 1)}
    if not text.is_prefix_attributed:
        sequence["decoder_self_attentions"] = own.swapaxes(0, 1)
    return cross[rows].swapaxes(0, 1), own_matrix(text, own, rows), sequence


# LIME.


def ridge(features, scores, weights, alpha):
    """Coefficients; the intercept is free."""
    centered = features - np.average(features, axis=0, weights=weights)
    scores = scores - np.average(scores, weights=weights)
    roots = np.sqrt(weights)
    rows, aims = centered * roots[:, None], scores * roots
    if rows.shape[1] <= rows.shape[0]:
        return np.linalg.solve(rows.T @ rows + alpha * np.eye(rows.shape[1]), rows.T @ aims)
    return rows.T @ np.linalg.solve(rows @ rows.T + alpha * np.eye(len(rows)), aims)


def lime_by_token(text, n_samples, draws, mask_prob=0.3, alpha=1.0):
    """Masks are tokens, features are presences; one set of samples for all targets."""
    n_read = len(text.target) - 1
    prefix = text.target[:n_read]
    n_source = len(text.source or [])
    samples = []
    for _ in range(n_samples):
        kept = []
        for ids, is_source in ((text.source, True), (prefix, False)):
            if ids is None or (not is_source and not text.is_prefix_attributed):
                continue
            for own, mask in zip(ids, text.baseline(ids, is_source, UNKNOWN[text.family])):
                kept.append(next(draws) >= mask_prob or own == mask)
        samples.append(kept)
    source = text.empty(n_source) if n_source else None
    target = text.empty(len(text.target)) if text.is_prefix_attributed else None
    for column, k in enumerate(text.steps()):
        scores, features = [], []
        for kept in samples:
            kept = kept[: n_source + k] if text.is_prefix_attributed else kept
            scores.append(lime_score(text, kept, k))
            features.append(kept)
        features = np.array(features, float)
        found = ridge(features, np.array(scores), features.sum(1), alpha)
        if n_source:
            source[:, column] = found[:n_source]
        if target is not None:
            target[:k, column] = found[n_source:]
    return source, target


def lime_score(text, kept, k):
    n_source = len(text.source or [])
    choose = lambda ids, is_source, kept: [
        own if keep else mask
        for own, mask, keep in zip(ids, text.baseline(ids, is_source, UNKNOWN[text.family]), kept)
    ]
    source = choose(text.source, True, kept) if n_source else None
    prefix = text.target[:k]
    if text.is_prefix_attributed:
        prefix = choose(prefix, False, kept[n_source:])
    return text.probability(source, prefix, text.target[k])


def lime_expectation(text, mask_prob=0.3):
    """The limit of many samples: every mask, weighted by how likely it is. One target."""
    (k,) = text.steps()
    ids = text.target[:k]
    baseline = text.baseline(ids, False, UNKNOWN[text.family])
    features, scores, weights = [], [], []
    for kept in itertools.product([False, True], repeat=k):
        seen = [keep or own == mask for keep, own, mask in zip(kept, ids, baseline)]
        chance = np.prod([1 - mask_prob if keep else mask_prob for keep in kept])
        features.append(seen)
        scores.append(lime_score(text, seen, k))
        weights.append(chance * sum(seen))
    found = ridge(np.array(features, float), np.array(scores), np.array(weights), 0.0)
    return None, np.append(found, np.nan)[:, None]


def lime_by_coordinate(text, n_samples, draw_step, mask_prob=0.3):
    """Inseq's: the mask is a number. `draw_step(n_tokens)` gives a step's draws."""
    width = text.model.config.get("n_embd") or text.model.config["d_model"]
    n_source = len(text.source or [])
    source = text.empty(n_source, width) if n_source else None
    target = text.empty(len(text.target), width) if text.is_prefix_attributed else None
    for column, k in enumerate(text.steps()):
        prefix = text.model.embed(text.target[:k])
        parts = [text.model.embed(text.source)] if n_source else []
        parts += [prefix] if text.is_prefix_attributed else []
        x = np.concatenate(parts)
        kept = draw_step(len(x), n_samples) >= mask_prob
        features, scores = [], []
        for row in kept:
            z = np.where(row[:, None], x, float(UNKNOWN[text.family]))
            features.append(z.ravel())
            read = z[n_source:] if text.is_prefix_attributed else prefix
            z = softmax(text.logits_of_embeddings(z[:n_source] if n_source else None, read))
            scores.append(z[text.target[k]])
        weights = kept.sum(1) * float(width)
        found = ridge(np.array(features), np.array(scores), weights, 1.0).reshape(-1, width)
        if n_source:
            source[:, column] = found[:n_source]
        if target is not None:
            target[:k, column] = found[n_source:]
    return source, target


class TorchDraws:
    """PyTorch's random numbers on the CPU, as LIME in Inseq uses them."""

    def __init__(self, seed, width):
        self.generator = np.random.MT19937()
        self.generator._legacy_seeding(seed)
        self.width = width
        self.used = []

    def step(self, n_tokens, n_samples):
        drawn = np.array([self.uniform() for _ in range(n_samples * n_tokens)])
        self.used += list(drawn)
        # The seed of a data loader, then the weights and bias of a linear layer.
        for _ in range(2 + n_tokens * self.width + 1):
            self.generator.random_raw()
        return drawn.reshape(n_samples, n_tokens)

    def uniform(self):
        high, low = int(self.generator.random_raw()), int(self.generator.random_raw())
        return ((high << 32 | low) & (2**53 - 1)) / 2**53


# ReAGent.


def reagent(text, draws, max_steps, n_probes, keep_top_n=5, top_k=3, ratio=0.3, rank_of_text=True):
    """The stand-ins are all tokens but the special ones."""
    others = [i for i in range(VOCABULARY[text.family]) if i not in SPECIAL[text.family]]
    n_source = len(text.source or [])
    source = text.empty(n_source) if n_source else None
    target = text.empty(len(text.target)) if text.is_prefix_attributed else None

    def replaced(ids, where, uniforms):
        choose = lambda i, u: i if i in SPECIAL[text.family] else others[int(u * len(others))]
        return [choose(i, u) if w else i for i, w, u in zip(ids, where, uniforms)]

    for column, k in enumerate(text.steps()):
        prefix, token = text.target[:k], text.target[k]
        ids = (text.source or []) + (prefix if text.is_prefix_attributed else [])
        n = len(ids)

        def logits(ids):
            read = ids[n_source:] if text.is_prefix_attributed else prefix
            return text.logits(ids[:n_source] if n_source else None, read)

        rank = lambda z: 1 + (z > z[token]).sum()
        draw = lambda: np.array([[next(draws) for _ in range(n)] for _ in range(n_probes)])
        whole = logits(ids)
        enough = max(top_k, rank(whole)) if rank_of_text else top_k
        whole = softmax(whole)[token]
        importance, done = draw(), np.zeros(n_probes, bool)
        for _ in range(max_steps):
            where, uniforms = draw() < ratio, draw()
            for p in np.flatnonzero(~done):
                change = whole - softmax(logits(replaced(ids, where[p], uniforms[p])))[token]
                signed = np.where(where[p], change, -change)
                share = signed / 2 + 0.5
                importance[p] += np.log(share / (1 - share))
            uniforms = draw()
            for p in np.flatnonzero(~done):
                where_not_kept = np.ones(n, bool)
                where_not_kept[np.argsort(-importance[p], kind="stable")[:keep_top_n]] = False
                z = logits(replaced(ids, where_not_kept, uniforms[p]))
                done[p] = rank(z) <= enough
            if done.all():
                break
        chosen = importance[done] if done.any() else importance
        mean = np.mean([softmax(row) for row in chosen], axis=0)
        if n_source:
            source[:, column] = mean[:n_source]
        if target is not None:
            target[:k, column] = mean[n_source:]
    return source, target


# The cases.


class Recorded:
    """Six digits are drawn and remembered."""

    def __init__(self, seed):
        self.generator = np.random.default_rng(seed)
        self.used = []

    def __next__(self):
        self.used.append(min(round(float(self.generator.random()), 6), 0.999999))
        return self.used[-1]

    def step(self, n_tokens, n_samples):
        return np.array([[next(self) for _ in range(n_tokens)] for _ in range(n_samples)])


def case(name, text, method, options, result, draws=None, compatibility="corrected"):
    source, target, *sequence = result
    expected = {
        "source": None if source is None else stored(source),
        "target": None if target is None else stored(target),
        "sequence_scores": {n: stored(v) for n, v in (sequence[0] if sequence else {}).items()},
    }
    return {
        "name": name,
        "family": text.family,
        "method": method,
        "options": options,
        "compatibility": compatibility,
        "attribute_target": text.is_prefix_attributed,
        "source": text.source,
        "target": text.target,
        "n_given": text.start,
        "draws": None if draws is None else draws.used,
        "expected": expected,
    }


def texts():
    gpt2, marian = golden("gpt2-attention"), golden("marian-attention")
    prompt = [i for _, i in gpt2["target_tokens"]]
    source = [i for _, i in marian["source_tokens"]]
    target = [i for _, i in marian["target_tokens"]]
    return prompt, source, target


def check_against_inseq():
    prompt, source, target = texts()
    gpt2, marian = Text("gpt2", None, prompt, 8, True), Text("marian", source, target, 1, True)
    for name, text, made, tolerance in (
        ("occlusion", gpt2, lambda t: occlusion(t, [1], [1], False), 1e-5),
        ("occlusion", marian, lambda t: occlusion(t, [1, 1], [1, 1], False), 1e-5),
        ("attention", gpt2, attention, 1e-5),
        ("attention", marian, attention, 1e-5),
        ("value_zeroing", gpt2, value_zeroing, 3e-4),
        ("value_zeroing", marian, value_zeroing, 3e-4),
        ("lime", gpt2, lambda t: lime_by_coordinate(t, 20, TorchDraws(0, 48).step), 1e-4),
        (
            "lime",
            Text("marian", source, target, 1, False),
            lambda t: lime_by_coordinate(t, 20, TorchDraws(0, 48).step),
            1e-3,
        ),
    ):
        expected = golden(f"{text.family}-{name}")
        for side, found in zip(("source_attributions", "target_attributions"), made(text)):
            if found is None or expected[side] is None:
                continue
            wanted = array(expected[side])
            gap = np.nanmax(np.abs(found - wanted)) / np.nanmax(np.abs(wanted))
            print(f"{text.family} {name} {side}: {gap:.1e} from Inseq")
            assert gap < tolerance and (np.isnan(found) == np.isnan(wanted)).all()


def main():
    check_against_inseq()
    prompt, source, target = texts()
    source, target = source[:9] + source[-1:], target[:6]
    scale = np.sqrt(48.0)
    gpt2 = Text("gpt2", None, prompt[:11], 8, True)
    both = Text("marian", source, target, 1, True)
    only_source = Text("marian", source, target, 1, False)
    later = Text("marian", source, target, 3, False)
    cases = [
        case("attention-later", later, "attention", {}, attention(later)),
        case(
            "occlusion-windows-gpt2",
            gpt2,
            "occlusion",
            {"sliding_window_shapes": [3, 48], "strides": 2, "signed": True},
            occlusion(gpt2, [3], [2], True),
        ),
        case(
            "occlusion-windows-marian",
            Text("marian", source, target, 2, True),
            "occlusion",
            {"sliding_window_shapes": [[3, 48], [2, 48]], "strides": [[2], [1]]},
            occlusion(Text("marian", source, target, 2, True), [3, 2], [2, 1], False),
        ),
        case(
            "value_zeroing-euclidean",
            gpt2,
            "value_zeroing",
            {"similarity_metric": "euclidean"},
            value_zeroing(gpt2, "euclidean"),
        ),
        case(
            "value_zeroing-heads",
            gpt2,
            "value_zeroing",
            {"decoder_zeroed_units_indices": {"0": [1, 3], "2": "0:2"}},
            value_zeroing(gpt2, heads=lambda layer: [[1, 3], [], [0, 1]][layer]),
        ),
        case("value_zeroing-marian", both, "value_zeroing", {}, value_zeroing(both)),
        case(
            "value_zeroing-source",
            later,
            "value_zeroing",
            {"cross_zeroed_units_indices": 2},
            value_zeroing(later, cross_heads=lambda layer: [2]),
        ),
    ]
    for name, text in (("gpt2", gpt2), ("marian", both), ("source", only_source)):
        draws = Recorded(1)
        result = lime_by_token(text, 25, draws)
        cases.append(case(f"lime-{name}", text, "lime", {"n_samples": 25}, result, draws))
    draws = TorchDraws(0, 48)
    inseq = Text("gpt2", None, prompt, 8, True)
    result = lime_by_coordinate(inseq, 20, draws.step)
    options = {"n_samples": 20}
    cases.append(case("lime-inseq-gpt2", inseq, "lime", options, result, draws, "inseq"))
    draws = Recorded(2)
    inseq = Text("marian", source, target[:4], 1, True, decoder_scale=scale)
    result = lime_by_coordinate(inseq, 12, draws.step)
    options = {"n_samples": 12}
    cases.append(case("lime-inseq-marian", inseq, "lime", options, result, draws, "inseq"))
    small = Text("gpt2", None, prompt[:5], 4, True)
    options = {"n_samples": 20000, "alpha": 1e-6}
    cases.append(case("lime-expectation", small, "lime", options, lime_expectation(small)))
    for name, text in (("gpt2", gpt2), ("marian", both), ("source", only_source)):
        draws = Recorded(3)
        options = {"max_probe_steps": 8, "num_probes": 3, "replacer": "uniform"}
        result = reagent(text, draws, 8, 3)
        cases.append(case(f"reagent-{name}", text, "reagent", options, result, draws))
    draws = Recorded(4)
    options = options | {"stopping_condition_top_k": 40, "keep_top_n": 4}
    result = reagent(gpt2, draws, 8, 3, 4, 40, rank_of_text=False)
    cases.append(case("reagent-inseq", gpt2, "reagent", options, result, draws, "inseq"))
    lines = ",\n".join(json.dumps(c) for c in cases)
    (HERE / "values.json").write_text(f"[\n{lines}\n]\n")


main()
