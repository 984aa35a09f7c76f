"""Step functions and contrastive attributions in plain PyTorch, double precision.

Written from the formulas, without Inseq: transformers runs the tiny models of the golden
cases, everything else is below. Made with transformers 4.56.1 and torch 2.15:

    python tests/step_functions/make_references.py > tests/step_functions/references.json
"""

import json
import pathlib

import numpy
import torch
from transformers import GPT2LMHeadModel, GPT2Tokenizer, MarianMTModel, MarianTokenizer

MODELS = pathlib.Path(__file__).parent.parent / "golden/models"
LN2 = float(numpy.log(2.0))


class Gpt2:
    def __init__(self):
        self.model = GPT2LMHeadModel.from_pretrained(MODELS / "gpt2", attn_implementation="eager").double().eval()
        self.tokenizer = GPT2Tokenizer.from_pretrained(MODELS / "gpt2")

    def target(self, text):
        return self.tokenizer(text).input_ids

    def source(self, text):
        return None

    def embed(self, ids):
        return self.model.transformer.wte.weight[torch.tensor(ids)].detach()

    def baseline(self, ids, is_prefix):
        return [0] * len(ids)

    def logits(self, source, prefix, scale=1.0):
        return self.model(inputs_embeds=prefix[None]).logits[0]


class Marian:
    def __init__(self):
        self.model = MarianMTModel.from_pretrained(MODELS / "marian", attn_implementation="eager").double().eval()
        self.tokenizer = MarianTokenizer.from_pretrained(MODELS / "marian")
        self.scale = self.model.config.d_model ** 0.5
        self.start = self.model.config.decoder_start_token_id

    def target(self, text):
        return [self.start] + self.tokenizer(text_target=text).input_ids

    def source(self, text):
        return self.tokenizer(text).input_ids

    def embed(self, ids):
        return self.scale * self.model.model.shared.weight[torch.tensor(ids)].detach()

    def baseline(self, ids, is_prefix):
        unknown, end = self.tokenizer.unk_token_id, self.tokenizer.eos_token_id
        made = [end if i == end else unknown for i in ids]
        return [self.start] + made[1:] if is_prefix else made

    def logits(self, source, prefix, scale=None):
        # The decoder scales what it is given.
        prefix = prefix if scale == "inseq" else prefix / self.scale
        return self.model(inputs_embeds=source[None], decoder_inputs_embeds=prefix[None]).logits[0]


def nucleus(logits, top_p, least):
    order = torch.argsort(logits)
    below = torch.softmax(logits[order], -1).cumsum(-1)
    keep = below > 1 - top_p
    keep[-least:] = True
    mask = torch.zeros_like(logits, dtype=torch.bool)
    mask[order[keep]] = True
    return mask


def divergence(z, z_c, top_k=0, top_p=1.0, least=1):
    keep = torch.ones_like(z, dtype=torch.bool)
    both = (z + z_c).detach()
    if top_p < 1:
        keep &= nucleus(both, top_p, least)
    if top_k > 0:
        keep &= both >= both.topk(max(top_k, least)).values[-1]
    p, q = z[keep].log_softmax(-1), z_c[keep].log_softmax(-1)
    return (p.exp() * (p - q)).sum()


def score(name, z, t, z_c, t_c, options):
    lp, lp_c = z.log_softmax(-1), z_c.log_softmax(-1)
    value = (lambda x: x) if options.get("logprob", False) else torch.exp
    if name == "probability":
        return value(lp[t])
    if name == "crossentropy":
        return -lp[t]
    if name == "perplexity":
        return (numpy.e if options.get("base") == "e" else 2.0) ** -lp[t]
    if name == "contrast_logits":
        return z_c[t_c]
    if name == "contrast_prob":
        return value(lp_c[t_c])
    if name == "contrast_logits_diff":
        return z[t] - z_c[t_c]
    if name == "contrast_prob_diff":
        return value(lp[t]) - value(lp_c[t_c])
    if name == "pcxmi":
        return (lp_c[t_c] - lp[t]) / LN2
    if name == "in_context_pvi":
        return lp_c[t_c] - lp[t]
    if name == "kl_divergence":
        filters = [options.get("top_k", 0), options.get("top_p", 1.0), options.get("min_tokens_to_keep", 1)]
        return divergence(z, z_c, *filters)
    if name == "top_p_size":
        return nucleus(z.detach(), options["top_p"], 1).sum().double()
    if name == "mine":  # the formula in FORMULA
        return torch.abs(lp_c[t_c] - lp[t]) * 2 ** -lp[t] + torch.maximum(z[t], z_c[t_c]) / 4
    raise KeyError(name)


FORMULA = "abs(lp_c - lp) * 2 ^ -lp + max(logit, logit_c) / 4"


def aligned(case, n_output, n_contrast, positions):
    """Given pairs, else from the end."""
    given = dict(map(tuple, case["options"].get("contrast_targets_alignments", [])))
    return [given.get(k, n_contrast - (n_output - k)) for k in positions]


def scores_at(family, case, source, prefix, is_own):
    """One score for each target, of embeddings that may be moved."""
    options, name, scale = case["options"], case["function"], case.get("scale")
    ids = case["ids"]
    z = family.logits(source, prefix, scale)
    contrast = family.target(options["contrast_targets"]) if "contrast_targets" in options else ids
    held = family.source(options["contrast_sources"]) if "contrast_sources" in options else None
    positions = range(case["start"], len(ids))
    found = []
    for k, c in zip(positions, aligned(case, len(ids), len(contrast), positions)):
        z_c = z[k - 1]
        if is_own:
            read = source if held is None else family.embed(held)
            if c == 0:
                own = family.embed([0])
            elif isinstance(family, Marian) and contrast[:c] == ids[:k]:
                own = prefix[:k]
            else:
                own = family.embed(contrast[:c])
            z_c = family.logits(read, own, scale)[-1]
        found.append(score(name, z[k - 1], ids[k], z_c, contrast[c], options))
    return torch.stack(found)


def attributions(family, case):
    """Norm and sum over the hidden axis, by input token and target, in the case's
    method: `saliency` with signs, or integrated gradients."""
    ids = case["ids"]
    is_own = case["options"].get("contrast_force_inputs", False)
    source_ids = family.source(case["source"])
    inputs = [family.embed(ids[:-1])] + ([family.embed(source_ids)] if source_ids else [])
    base = [family.embed(family.baseline(ids[:-1], True))]
    base += [family.embed(family.baseline(source_ids, False))] if source_ids else []
    points = [(1.0, 1.0)]
    if case["method"] == "integrated_gradients":
        nodes, weights = numpy.polynomial.legendre.leggauss(case["n_steps"])
        points = [((1 + x) / 2, w / 2) for x, w in zip(nodes, weights)]
    totals = [0.0] * len(inputs)
    for place, weight in points:
        at = [b + place * (x - b) if place < 1 else x.clone() for x, b in zip(inputs, base)]
        at = [x.requires_grad_() for x in at]
        scores = scores_at(family, case, at[1] if source_ids else None, at[0], is_own)
        # [targets, tokens, hidden]
        for i in range(len(inputs)):
            rows = [torch.autograd.grad(s, at[i], retain_graph=True, allow_unused=True)[0] for s in scores]
            rows = [torch.zeros_like(at[i]) if r is None else r for r in rows]
            totals[i] = totals[i] + weight * torch.stack(rows)
    if case["method"] == "integrated_gradients":
        totals = [t * (x - b) for t, x, b in zip(totals, inputs, base)]
    fold = lambda t: {"norms": t.norm(dim=-1).T.tolist(), "sums": t.sum(-1).T.tolist()}
    made = {"target_attributions": fold(totals[0])}
    if source_ids:
        made["source_attributions"] = fold(totals[1])
    return made


GPT2 = {
    "family": "gpt2",
    "source": "The developer argued with the designer because her",
    "target": "The developer argued with the designer because her idea cannot be implemented.",
}
GPT2_CONTRAST = "The developer argued with the designer because her car was broken today."
MARIAN = {"family": "marian", "source": "Her idea cannot be implemented.", "target": "Le développeur est la."}
MARIAN_CONTRAST = "Le développeur est le concepteur."
MARIAN_SOURCE = "The nurse went home."

REPORTED = [
    ("crossentropy", {}),
    ("perplexity", {}),
    ("perplexity", {"base": "e"}),
    ("contrast_logits", {}),
    ("contrast_prob", {"logprob": True}),
    ("contrast_logits_diff", {}),
    ("contrast_prob_diff", {"logprob": True}),
    ("pcxmi", {}),
    ("in_context_pvi", {}),
    ("kl_divergence", {}),
    ("kl_divergence", {"top_k": 7}),
    ("kl_divergence", {"top_p": 0.4, "min_tokens_to_keep": 3}),
    ("kl_divergence", {"top_p": 0.9, "top_k": 20}),
    ("top_p_size", {"top_p": 0.4}),
    ("mine", {}),
]
SINGLE = ("crossentropy", "perplexity", "top_p_size")


def reported():
    for text, contrasts in (
        (GPT2, [{"contrast_targets": GPT2_CONTRAST},
                {"contrast_targets": GPT2_CONTRAST, "contrast_targets_alignments": [[8, 0], [9, 3], [10, 3]]}]),
        (MARIAN, [{"contrast_targets": MARIAN_CONTRAST},
                  {"contrast_sources": MARIAN_SOURCE},
                  {"contrast_sources": MARIAN_SOURCE, "contrast_targets": MARIAN_CONTRAST}]),
    ):
        for name, options in REPORTED:
            for contrast in [{}] if name in SINGLE else contrasts:
                yield {**text, "function": name, "options": {**options, **contrast}}
    yield {**MARIAN, "function": "probability", "options": {}, "scale": "inseq"}


def attributed():
    forced = {"contrast_force_inputs": True}
    for method in ("saliency", "integrated_gradients"):
        for name, options in (
            ("crossentropy", {}),
            ("perplexity", {"base": "e"}),
            ("contrast_prob_diff", {"contrast_targets": GPT2_CONTRAST}),
            ("contrast_prob_diff", {"contrast_targets": GPT2_CONTRAST, **forced}),
            ("kl_divergence", {"contrast_targets": GPT2_CONTRAST, **forced}),
            ("kl_divergence", {"contrast_targets": GPT2_CONTRAST, "top_k": 7, **forced}),
            ("mine", {"contrast_targets": GPT2_CONTRAST}),
        ):
            yield {**GPT2, "method": method, "function": name, "options": options}
        for name, options in (
            ("crossentropy", {}),
            ("pcxmi", {"contrast_targets": MARIAN_CONTRAST}),
            ("pcxmi", {"contrast_targets": MARIAN_CONTRAST, **forced}),
            ("kl_divergence", {"contrast_sources": MARIAN_SOURCE, **forced}),
            ("in_context_pvi", {"contrast_targets": MARIAN_CONTRAST, "contrast_sources": MARIAN_SOURCE, **forced}),
        ):
            yield {**MARIAN, "method": method, "function": name, "options": options}
    yield {**MARIAN, "method": "saliency", "function": "probability", "options": {}, "scale": "inseq"}


def prepared(case, families):
    family = families[case["family"]]
    ids = family.target(case["target"])
    start = 1 if family.source("a") else len(family.target(case["source"]))
    return family, {**case, "ids": ids, "start": start}


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.8g}")
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return {key: rounded(item) for key, item in value.items()} if isinstance(value, dict) else value


def main():
    families = {"gpt2": Gpt2(), "marian": Marian()}
    made = []
    for case in reported():
        family, case = prepared(case, families)
        source_ids = family.source(case["source"])
        source = family.embed(source_ids) if source_ids else None
        with torch.no_grad():
            case["scores"] = scores_at(family, case, source, family.embed(case["ids"][:-1]), True).tolist()
        made.append(case)
    for case in attributed():
        family, case = prepared({**case, "n_steps": 6}, families)
        case.update(attributions(family, case))
        made.append(case)
    for case in made:
        case["formula"] = FORMULA
        del case["ids"], case["start"]
    print("[\n" + ",\n".join(json.dumps(rounded(case)) for case in made) + "\n]")


if __name__ == "__main__":
    main()
