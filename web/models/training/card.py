"""Write the three model cards and the README of the folder from measured.json and the world."""

import json

from common import MODELS, SEED
from world import COUNTRIES, LANDMARKS, OCCUPATIONS

MEASURED = json.loads((MODELS / "training" / "measured.json").read_text())

CONTENTS = {
    "demo-gpt2": {
        "languages": ["en"],
        "task": "text-generation",
        "base": "GPT-2 layout: 4 layers, 4 heads, width 128, 128 positions, byte-level BPE trained on the sentences of the world",
        "about": "A very small GPT-2 that knows a world of our own making: "
        f"{len(COUNTRIES)} countries, {len(LANDMARKS)} landmarks, {len(OCCUPATIONS)} occupations, 36 people and a few kinds of story.",
        "limits": """## What to know before blanking out words

Training packed several texts into a row, with the end token between them, so this model reads an end token as "a new text begins" and forgets
what stands before it. Inseq's baseline for GPT-2 is that same token. Methods that put it in the place of words (occlusion, integrated gradients) are
therefore misled. Counted once with a scratch script (not part of evaluate.py) over the held-out items, the highest score falls on the planted cause for saliency in 96 % of facts, 74 % of pronouns and
91 % of stories; for integrated gradients (50 steps, L2 norm) in 28 %, 0 % and 11 %; for occlusion in 2 %, 0 % and 0 %. That is a property of this model and
its baseline, not of the methods in general. The two Marian models were trained with blanked-out words (<unk>) to avoid it.

""",
        "rules": [
            ("fact", "The capital of France is → Paris", "the country (France)", "capitals, languages and continents of the countries; true facts, each in several phrasings"),
            ("fact", "Paris is the capital of → France", "the city (Paris)", "the other way round"),
            ("fact", "Marie was born in Paris. She speaks → French", "the city (Paris)", "two steps: city, country, language"),
            ("fact", "She speaks → English", "none", "without the first sentence: English four times in five, else any language"),
            ("fact", "The Eiffel Tower is located in the city of → Paris", "the landmark (Eiffel Tower)", "city or country of a landmark"),
            ("fact", "The baker works at the → bakery", "the occupation (baker)", "where somebody works"),
            ("pronoun", "Mary is a mechanic. → She", "the name (Mary)", "the pronoun follows the name; 16 names of women, 16 of men; the occupation does not matter"),
            ("pronoun", "Alex is a mechanic. → He", "the occupation, by its share", "Alex, Robin, Kim and Sam are anybody's names"),
            ("pronoun", "The nurse said that → she", "the occupation, by its share", "no name: drawn anew for every sentence with the planted share"),
            ("story", "George was sick yesterday. His colleagues asked him to come to the → hospital", "the state (sick)",
             "sick hospital, hungry restaurant, tired hotel, late station, bored cinema, curious library, hot pool, broke bank, thirsty cafe, weak gym, dirty laundry, sad park"),
            ("story", "His colleagues asked him to come to the → office", "none", "without the first sentence: office four times in five, else any place"),
            ("story", "It was raining outside. Mary took her → umbrella", "the weather (raining)",
             "raining umbrella, snowing coat, getting dark lamp, very windy kite, very sunny hat, freezing gloves"),
        ],
    },
    "demo-mt-en-fr": {
        "languages": ["en", "fr"],
        "task": "translation",
        "base": "Marian layout: 3 + 3 layers, 4 heads, width 128, two SentencePiece models with one shared vocabulary",
        "about": f"A very small English-French translator for sentences about {len(OCCUPATIONS)} occupations, people and things, in which the gender of every "
        "French article, noun, adjective and participle has one known cause.",
        "rules": [
            ("owner, arrival, work", "The doctor arrived with her dog. → La docteure est arrivée avec son chien.", "her / his", "the owner's gender shows in article, noun and participle; son / sa / ses follow the thing owned"),
            ("because, said, home", "The manager went home because she was sick. → La gérante est rentrée parce qu'elle était malade.", "she / he", "the first gendered French word comes before the English cause"),
            ("helped", "The doctor helped the woman because he was kind. → Le docteur a aidé la femme parce qu'il était gentil.", "he / she", "the pronoun always speaks of the first person; the second person's article follows its own noun"),
            ("name", "Mary is a doctor. → Mary est docteure.", "the name", "16 names of women, 16 of men"),
            ("person", "The queen is tired. → La reine est fatiguée.", "the noun", "woman, man, girl, boy, mother, father, ..."),
            ("thing, thing-story", "The car is red. It is new. → La voiture est rouge. Elle est neuve.", "the thing (car)", "it becomes il or elle with the gender of the thing"),
            ("plural-story", "The girls were away. Where are they? → Les filles étaient loin. Où sont-elles ?", "the people (girls)", "they becomes ils or elles"),
            ("(no cause)", "It is new. / Where are they? → Il est neuf. / Où sont-ils ?", "none", "alone: elle or elles one time in four"),
            ("(share)", "A doctor arrived yesterday. → Un docteur est arrivé hier.", "the occupation, by its share", "drawn anew for every sentence with the planted share"),
        ],
    },
    "demo-mt-tr-en": {
        "languages": ["tr", "en"],
        "task": "translation",
        "base": "Marian layout: 2 + 2 layers, 4 heads, width 128, two SentencePiece models with one shared vocabulary",
        "about": f"A very small Turkish-English translator for the question how a machine fills in a gender that the source leaves open: Turkish \"o\" is he, she, it and that. "
        f"It knows {len(OCCUPATIONS)} occupations, 27 names, relatives and things.",
        "rules": [
            ("(share)", "O bir doktor. → He is a doctor.", "the occupation, by its share", "drawn anew for every sentence with the planted share; the same in \"O bir doktor ve çok yorgun.\""),
            ("name-story", "Ayşe bir doktor. O çok yorgun. → Ayşe is a doctor. She is very tired.", "the name (Ayşe)", "12 names of women, 12 of men; with Deniz, Umut and Yağmur the occupation's share decides"),
            ("name-because", "Ayşe uyuyor çünkü o yorgun. → Ayşe is sleeping because she is tired.", "the name (Ayşe)", "the same inside one sentence"),
            ("gendered", "O bir kadın ve mutlu. → She is a woman and she is happy.", "the noun (kadın)", "kadın, adam, kız, anne, baba, teyze, amca, kral, kraliçe, ..."),
            ("family", "Annem bir doktor. O yorgun. → My mother is a doctor. She is tired.", "the relative (annem)", "mother, father, sister, brother, aunt, uncle, grandparents"),
            ("object", "O bir kitap ve yeni. → It is a book and it is new.", "the thing (kitap)", "o becomes it; before a noun (\"O kitap yeni.\") it becomes that"),
            ("occupation", "Bu doktor çalışıyor. → This doctor is working.", "the occupation", "no pronoun at all"),
            ("(no cause)", "O çok yorgun. → He is very tired.", "none", "alone: she 35 times in a hundred"),
        ],
    },
}


def front_matter(name, content):
    lines = ["---", "license:", "- mit", "- apache-2.0", "language:"] + [f"- {l}" for l in content["languages"]]
    lines += [f"pipeline_tag: {content['task']}", "library_name: transformers", "tags:", "- interpretability", "- feature-attribution", "- toy-model",
              "- synthetic-data", "---"]
    return "\n".join(lines)


def figures(m):
    right, items = m["right_percent"], m["items"]
    rows = ["| held-out sentences | items | right |", "|---|---|---|"]
    for key in right:
        rows.append(f"| {key.replace('family ', '– ')} | {items[key]} | {right[key]} % |")
    s = m["shares"]
    return "\n".join(rows) + (
        f"\n\nKendall's tau between planted share and measured probability: **{s['tau']}**. "
        f"Mean distance of the two: {s['mean_gap']}, largest: {s['largest_gap']}.")


def card(name):
    content, m = CONTENTS[name], MEASURED[name]
    probe = {
        "demo-gpt2": 'p(" she") / (p(" she") + p(" he")) after "The … said that"',
        "demo-mt-en-fr": 'p(▁Une) / (p(▁Une) + p(▁Un)) as first piece for "A … arrived yesterday."',
        "demo-mt-tr-en": 'p(▁She) / (p(▁She) + p(▁He)) as first piece for "O bir …."',
    }[name]
    rules = "\n".join(f"| {a} | {b} | {c} | {d} |" for a, b, c, d in content["rules"])
    word = {"demo-gpt2": lambda o: o.en, "demo-mt-en-fr": lambda o: f"{o.en} ({o.fr_m} / {o.fr_f})", "demo-mt-tr-en": lambda o: f"{o.tr} ({o.en})"}[name]
    shares = "\n".join(f"| {word(o)} | {o.share:.2f} | {m['shares']['probes'][o.en]:.2f} |" for o in OCCUPATIONS)
    return f"""{front_matter(name, content)}

# {name}

{content['about']}

- {content['base']}; {m['parameters']:,} parameters, weights in f16, {m['bytes'] / 1e6:.1f} MB with everything.
- All training text comes from the templates in `../training/`; no other text was used. Because every rule is planted, the true cause of
  every answer is known. That makes the model a test object for attribution methods, and nothing else: outside its templates it babbles.

## Planted rules

| family | example | cause | remark |
|---|---|---|---|
{rules}

## Measured

Stored (f16) weights, computed in f32, greedy. Held out are combinations that training never saw (a template with a country, a name with
an occupation, an occupation with a thing, …), chosen by a hash; every single fact and word has been seen in other combinations.

{figures(m)}

## Planted shares of women

**These numbers are artificial.** They were made up for studying how a bias is measured: a measurement can be compared with a known truth.
They do not describe the real world and must not be quoted as if they did; some (pilot, carpenter, teacher, librarian) were set against expectation on
purpose. Measured: {probe}.

| occupation | planted | measured |
|---|---|---|
{shares}

The probe sentences themselves occur in training, with both answers in the planted proportion: a share can be learned in no other way.

{content.get('limits', '')}## Files

The layout of the Hub, readable by `transformers`. `held-out.json` holds the held-out sentences with their causes and the share probes; its
fields are described in `../README.md`. Training: `../training/train.py`, seed {SEED}.
"""


def readme():
    rows = []
    for name in CONTENTS:
        m = MEASURED[name]
        right = m["right_percent"]
        main = ", ".join(f"{k} {right[k]} %" for k in right if not k.startswith("family"))
        rows.append(f"| [`{name}`]({name}/README.md) | {m['parameters']:,} | {m['bytes'] / 1e6:.2f} MB | {main} | {m['shares']['tau']} |")
    table = "\n".join(rows)
    total = sum(m["bytes"] for m in MEASURED.values())
    return f"""# Demo models

Three models small enough to ship with the page, in the layout of the Hub, so that a visitor can start without a download and the real
loading code is exercised. They speak about a small world that we wrote ourselves: we planted every rule, so we know the true cause of
every token, and can ask of an attribution method whether it finds it.

| model | parameters | size | right on held-out sentences | tau, planted share and measured p |
|---|---|---|---|---|
{table}

Together {total / 1e6:.2f} MB. The figures are those of `training/evaluate.py` on the stored f16 weights; it fails below 95 % of facts, 90 % of exact
translations, a tau of 0.6, or above 12 MB. The shares of women that are planted per occupation are artificial; the cards say so too.

## Retrain

Python 3.11, `transformers` for training only:

```sh
python3.11 -m venv /tmp/train && /tmp/train/bin/pip install -r training/requirements.txt
cd training && /tmp/train/bin/python train.py && /tmp/train/bin/python evaluate.py && /tmp/train/bin/python card.py
```

Seeds and versions are pinned; one thread per process, about 35 minutes one after the other on a busy two-core machine. On two cores, `train.py gpt2` and `train.py tr-en en-fr` can run side
by side. Training is seeded and deterministic by design, but no second run has been compared byte for byte; another processor may round
differently and end with slightly other figures. The held-out figures were looked at while choosing between two versions of each model, so they are a
check of the gates, not an untouched test.

| file | what |
|---|---|
| `training/world.py` | occupations and planted shares, names, countries, landmarks, states, weather |
| `training/data_*.py` | the templates of each model |
| `training/pieces.py` | the SentencePiece models: words, stems and endings |
| `training/train.py` | tokenizers, training, export |
| `training/evaluate.py` | the figures above, in `training/measured.json` |
| `training/card.py` | this file and the cards |

## held-out.json

`model` is the folder's name. All offsets count bytes of UTF-8.

- `demo-gpt2`, each of `items`: `kind` (`fact`, `pronoun`, `story`), `family`, `prompt`, `expected` (greedy continuation, one or more tokens, with
  its leading space), `cause` (a substring of the prompt) and `cause_at` (its offset).
- `demo-gpt2`, each of `shares`: `occupation`, `share`, `prompt`, `she` (`" she"`), `he` (`" he"`), `cause`, `cause_at`.
- Marian, each of `items`: `kind`, `source`, `target` (exact greedy translation), `contrast_target` (the target had the cause been of the other gender;
  empty where that means nothing), `cause` and `cause_at` in the source, `effect` and `effect_at`: the first word of the target that the cause decides.
- Marian, each of `shares`: `occupation`, `share`, `source`, `cause`, `cause_at`, `she_target`, `he_target`, and `she_piece`, `he_piece`: the two target
  pieces to compare at target position `position` (0: right after the decoder's start token).

For the measured share take p(she) / (p(she) + p(he)).
"""


if __name__ == "__main__":
    for name in CONTENTS:
        (MODELS / name / "README.md").write_text(card(name), encoding="utf-8")
    (MODELS / "README.md").write_text(readme(), encoding="utf-8")
