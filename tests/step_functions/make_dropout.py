"""How many deviations each token's probability lies above its mean in training mode.

transformers drops values where it does so in training; many runs make mean and
deviation exact to about a hundredth of a deviation. Made with transformers 4.56.1:

    python tests/step_functions/make_dropout.py > tests/step_functions/dropout.json
"""

import json

import torch
from make_references import GPT2, MARIAN, Gpt2, Marian

N_RUNS, N_AT_ONCE = 40000, 400


def probabilities(family, case, n):
    model = family.model.float()
    ids = family.target(case["target"])
    prefix = torch.tensor([ids[:-1]]).expand(n, -1)
    if isinstance(family, Gpt2):
        logits = model(input_ids=prefix).logits
    else:
        source = torch.tensor([family.source(case["source"])]).expand(n, -1)
        logits = model(input_ids=source, decoder_input_ids=prefix).logits
    chosen = torch.tensor(ids[1:]).expand(n, -1)
    return logits.softmax(-1).gather(-1, chosen[..., None])[..., 0].double()


def main():
    torch.manual_seed(0)
    made = []
    for family, case in ((Gpt2(), GPT2), (Marian(), MARIAN)):
        start = 1 if isinstance(family, Marian) else len(family.target(case["source"]))
        # The tiny Marian ships without dropout; here it has some of every kind.
        for module in family.model.modules():
            for kind in ("dropout", "activation_dropout"):
                if isinstance(getattr(module, kind, None), float):
                    setattr(module, kind, 0.1)
        with torch.no_grad():
            family.model.eval()
            plain = probabilities(family, case, 1)[0]
            family.model.train()
            runs = [probabilities(family, case, N_AT_ONCE) for _ in range(N_RUNS // N_AT_ONCE)]
        runs = torch.cat(runs)
        scores = (plain - runs.mean(0)) / runs.std(0)
        scores = [round(score, 4) for score in scores[start - 1 :].tolist()]
        made.append({**case, "scores": scores})
    print(json.dumps(made, indent=1))


main()
