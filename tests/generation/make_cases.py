"""Write `transformers.json`: what transformers' `generate` writes with many settings.

The tiny Marian of `golden/` never ends a text by itself, so the models that ship with
the page are used too. Run it with transformers 4.56.1 and any torch:

    python make_cases.py
"""

import json
import pathlib

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

HERE = pathlib.Path(__file__).parent
BUNDLED = HERE / "../../web/models"
TINY = HERE / "../golden/models"

BEAMS = [
    {"num_beams": 2},
    {"num_beams": 4},
    {"num_beams": 6, "renormalize_logits": True},
    {"num_beams": 4, "early_stopping": True},
    {"num_beams": 4, "early_stopping": "never"},
    {"num_beams": 4, "length_penalty": 0.0},
    {"num_beams": 3, "length_penalty": 0.6, "early_stopping": True},
    {"num_beams": 4, "length_penalty": 3.0, "early_stopping": "never"},
    {"num_beams": 3, "length_penalty": -1.0},
    {"num_beams": 4, "no_repeat_ngram_size": 2},
    {"num_beams": 3, "repetition_penalty": 1.4, "renormalize_logits": True},
    {"num_beams": 3, "min_length": 14},
    {"num_beams": 3, "min_new_tokens": 12, "max_new_tokens": 16},
]
GREEDY = [
    {"num_beams": 1},
    {"num_beams": 1, "repetition_penalty": 1.4},
    {"num_beams": 1, "no_repeat_ngram_size": 1},
    {"num_beams": 1, "min_new_tokens": 12},
    {"num_beams": 1, "max_length": 9},
]

TEXTS = {
    "gpt2": ["The manager went home because he", "The capital of Poland is Warsaw."],
    "demo-gpt2": ["The capital of France is", "The nurse said that", "George was sick yesterday. His"],
    "demo-mt-en-fr": ["The nurse sold her car.", "A developer arrived yesterday.", "The dogs were away. Where are they?"],
    "demo-mt-tr-en": ["O bir hemşire.", "Can konuşuyor çünkü o çok cesur."],
}


def settings_of(name, tokenizer, ids):
    """All of the above, and those that need tokens of the model."""
    common = {"max_new_tokens": 10} if name.endswith("gpt2") else {}
    for given in GREEDY + BEAMS:
        yield {**({} if "max_length" in given else common), **given}
    # The likeliest way to go on, forbidden as a sequence and token by token.
    first, second, third = ids[:3]
    yield {**common, "num_beams": 3, "bad_words_ids": [[first, second]]}
    yield {**common, "num_beams": 1, "bad_words_ids": [[second], [second, third]]}
    yield {**common, "num_beams": 4, "eos_token_id": [tokenizer.eos_token_id, third]}
    if not name.endswith("gpt2"):
        yield {"num_beams": 2, "forced_bos_token_id": third}
        yield {"num_beams": 3, "max_length": 6, "forced_eos_token_id": tokenizer.eos_token_id}


@torch.no_grad()
def main():
    cases = []
    for name, texts in TEXTS.items():
        folder = (BUNDLED if name.startswith("demo") else TINY) / name
        tokenizer = AutoTokenizer.from_pretrained(folder)
        kind = AutoModelForCausalLM if name.endswith("gpt2") else AutoModelForSeq2SeqLM
        model = kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        for text in texts:
            inputs = {"input_ids": tokenizer(text, return_tensors="pt").input_ids}
            inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
            n_given = inputs["input_ids"].shape[1] if name.endswith("gpt2") else 1
            written = model.generate(**inputs, max_new_tokens=6, do_sample=False, num_beams=1)[0].tolist()
            prefixes = [[]]
            if not name.endswith("gpt2"):
                prefixes.append(written[1:3])
            for settings in settings_of(name, tokenizer, written[n_given:]):
                for prefix in prefixes:
                    more = {}
                    if prefix:
                        start = [model.config.decoder_start_token_id, *prefix]
                        more["decoder_input_ids"] = torch.tensor([start])
                    out = model.generate(**inputs, **more, **settings, do_sample=False,
                                         output_scores=True, return_dict_in_generate=True)
                    score = out.sequences_scores[0].item() if settings["num_beams"] > 1 else None
                    cases.append({"model": name, "text": text, "target_prefix": prefix, "settings": settings,
                                  "ids": out.sequences[0].tolist(), "score": score})
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    (HERE / "transformers.json").write_text(f"[\n{lines}\n]\n")
    print(len(cases), "cases,", transformers.__version__, torch.__version__)


if __name__ == "__main__":
    main()
