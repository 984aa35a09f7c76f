"""Sentences of demo-mt-en-fr. French articles, adjectives and participles agree with the gender of the person or thing."""

import re

from common import Example
from world import MEN, OCCUPATIONS, WOMEN

UNKNOWN_SHARE = 0.25  # share of "elle(s)" where nothing in the sentence speaks of gender
VOWELS = "aeiouyéèêâîôûhAEIOUÉÈH"

# English, masculine, feminine
ADJECTIVES = [("tired", "fatigué", "fatiguée"), ("happy", "heureux", "heureuse"), ("sad", "triste", "triste"), ("tall", "grand", "grande"),
              ("small", "petit", "petite"), ("strong", "fort", "forte"), ("busy", "occupé", "occupée"), ("sick", "malade", "malade"),
              ("ready", "prêt", "prête"), ("proud", "fier", "fière"), ("kind", "gentil", "gentille"), ("famous", "célèbre", "célèbre"),
              ("worried", "inquiet", "inquiète"), ("brave", "courageux", "courageuse"), ("curious", "curieux", "curieuse"),
              ("absent", "absent", "absente")]
# before the noun: English, masculine, masculine before a vowel, feminine
EARLY = [("young", "jeune", "jeune", "jeune"), ("new", "nouveau", "nouvel", "nouvelle"), ("old", "vieux", "vieil", "vieille")]
# verbs with être, whose participle agrees
MOTION = [("arrived", "arrivé"), ("left", "parti"), ("came back", "revenu"), ("went out", "sorti"), ("came in", "entré"), ("fell", "tombé"), ("stayed", "resté")]
TIMES = [("yesterday", "hier"), ("this morning", "ce matin"), ("today", "aujourd'hui"), ("early", "tôt"), ("late", "tard"), ("alone", None)]
# verbs with avoir and a thing owned
OWNING = [("lost", "perdu"), ("found", "trouvé"), ("sold", "vendu"), ("forgot", "oublié"), ("took", "pris"), ("washed", "lavé"), ("showed", "montré")]
# English, French, gender or "p"
THINGS = [("bag", "sac", "m"), ("book", "livre", "m"), ("phone", "téléphone", "m"), ("coat", "manteau", "m"), ("bicycle", "vélo", "m"),
          ("car", "voiture", "f"), ("lamp", "lampe", "f"), ("watch", "montre", "f"), ("letter", "lettre", "f"), ("hat", "chapeau", "m"),
          ("dog", "chien", "m"), ("cat", "chat", "m"), ("chair", "chaise", "f"), ("table", "table", "f"), ("keys", "clés", "p"), ("glasses", "lunettes", "p")]
THING_ADJECTIVES = [("red", "rouge", "rouge"), ("new", "neuf", "neuve"), ("green", "vert", "verte"), ("white", "blanc", "blanche"),
                    ("heavy", "lourd", "lourde"), ("black", "noir", "noire"), ("expensive", "cher", "chère"), ("small", "petit", "petite"),
                    ("dirty", "sale", "sale"), ("gray", "gris", "grise")]
PEOPLE = [("woman", "femme", "f"), ("man", "homme", "m"), ("girl", "fille", "f"), ("boy", "garçon", "m"), ("mother", "mère", "f"),
          ("father", "père", "m"), ("sister", "sœur", "f"), ("brother", "frère", "m"), ("queen", "reine", "f"), ("king", "roi", "m"),
          ("aunt", "tante", "f"), ("uncle", "oncle", "m"), ("actress", "actrice", "f"), ("actor", "acteur", "m")]
PLURALS = [("girls", "filles", "f"), ("boys", "garçons", "m"), ("women", "femmes", "f"), ("men", "hommes", "m"), ("sisters", "sœurs", "f"),
           ("brothers", "frères", "m"), ("mothers", "mères", "f"), ("fathers", "pères", "m"), ("queens", "reines", "f"), ("kings", "rois", "m")]


def starts_with_vowel(word):
    return word[0] in VOWELS


def cap(text):
    return text[0].upper() + text[1:]


def agree(participle, gender, plural=False):
    return participle + ("e" if gender == "f" else "") + ("s" if plural else "")


def plural_adjective(adjective, gender):
    word = of_gender(adjective, gender)
    return word if word[-1] in "sx" else word + "s"


def the(noun, gender, early=None):
    if early:
        noun = (early[3] if gender == "f" else early[2] if starts_with_vowel(noun) else early[1]) + " " + noun
    if starts_with_vowel(noun):
        return "l'" + noun
    return ("la " if gender == "f" else "le ") + noun


def her(gender):
    return "her" if gender == "f" else "his"


def she(gender):
    return "she" if gender == "f" else "he"


def elle(gender):
    return "elle" if gender == "f" else "il"


def owned(rng):
    """A thing with its owner's French possessive, which agrees with the thing, not with the owner."""
    en, fr, gender = rng.choice(THINGS)
    return en, {"m": "son ", "f": "sa ", "p": "ses "}[gender] + fr


def noun_of(o, gender):
    return o.fr_f if gender == "f" else o.fr_m


def by_share(rng, share):
    return "f" if rng.random() < share else "m"


def maybe_early(rng):
    return rng.choice(EARLY) if rng.random() < 0.15 else None


def subject(o, gender, early=None):
    return f"The {early[0] + ' ' if early else ''}{o.en}", cap(the(noun_of(o, gender), gender, early))


def coin(rng):
    return rng.choice("fm")


def when(rng, gender):
    en, fr = rng.choice(TIMES)
    return en, fr or ("seule" if gender == "f" else "seul")



def of_gender(adjective, gender):
    return adjective[2] if gender == "f" else adjective[1]


def the_thing(rng):
    en, fr, gender = rng.choice(THINGS)
    return en, {"m": "le ", "f": "la ", "p": "les "}[gender] + fr


def decided(family, keys, gender, cause_of, make):
    """An example whose gender is decided by one English word, `cause_of(gender)`.

    `make(gender)` gives source and target. The effect is the first word in which the two targets differ; where they do
    not differ (L'artiste a perdu son sac), nothing is decided and the example has no cause.
    """
    source, target = make(gender)
    _, other = make("m" if gender == "f" else "f")
    if target == other:
        return Example(family, keys, source=source, target=target)
    words, others = re.findall(r"\w+", target), re.findall(r"\w+", other)
    effect = next(w for w, x in zip(words, others) if w != x)
    return Example(family, keys, cause_of(gender), source=source, target=target, effect=effect, contrast_target=other)


def owner(rng):
    """The doctor lost her bag."""
    o, gender, (ve, vf), (te, tf), early = rng.choice(OCCUPATIONS), coin(rng), rng.choice(OWNING), owned(rng), maybe_early(rng)
    return decided("owner", [f"owner/{o.en}/{te}"], gender, her, lambda g: (
        f"{subject(o, g, early)[0]} {ve} {her(g)} {te}.", f"{subject(o, g, early)[1]} a {vf} {tf}."))


def arrival(rng):
    """The doctor arrived with her dog."""
    o, gender, (ve, vf), (te, tf), early = rng.choice(OCCUPATIONS), coin(rng), rng.choice(MOTION), owned(rng), maybe_early(rng)
    return decided("arrival", [f"owner/{o.en}/{te}"], gender, her, lambda g: (
        f"{subject(o, g, early)[0]} {ve} with {her(g)} {te}.", f"{subject(o, g, early)[1]} est {agree(vf, g)} avec {tf}."))


def work(rng):
    """The doctor finished her work."""
    o, gender, early = rng.choice(OCCUPATIONS), coin(rng), maybe_early(rng)
    en, fr = rng.choice([("finished", "a terminé"), ("likes", "aime"), ("started", "a commencé")])
    return decided("work", [f"work/{o.en}/{en}"], gender, her, lambda g: (
        f"{subject(o, g, early)[0]} {en} {her(g)} work.", f"{subject(o, g, early)[1]} {fr} son travail."))


def because(rng):
    """The doctor is tired because she lost the keys."""
    o, gender, adjective, (ve, vf), (te, tf) = rng.choice(OCCUPATIONS), coin(rng), rng.choice(ADJECTIVES), rng.choice(OWNING), the_thing(rng)
    return decided("because", [f"owner/{o.en}/{te}", f"adjective/{o.en}/{adjective[0]}"], gender, she, lambda g: (
        f"{subject(o, g)[0]} is {adjective[0]} because {she(g)} {ve} the {te}.",
        f"{subject(o, g)[1]} est {of_gender(adjective, g)} parce qu'{elle(g)} a {vf} {tf}."))


def said(rng):
    """The doctor said that she was tired."""
    o, gender, adjective, early = rng.choice(OCCUPATIONS), coin(rng), rng.choice(ADJECTIVES), maybe_early(rng)
    return decided("said", [f"adjective/{o.en}/{adjective[0]}"], gender, she, lambda g: (
        f"{subject(o, g, early)[0]} said that {she(g)} was {adjective[0]}.",
        f"{subject(o, g, early)[1]} a dit qu'{elle(g)} était {of_gender(adjective, g)}."))


def home(rng):
    """The manager went home because she was sick."""
    o, gender, adjective, early = rng.choice(OCCUPATIONS), coin(rng), rng.choice(ADJECTIVES), maybe_early(rng)
    return decided("home", [f"adjective/{o.en}/{adjective[0]}"], gender, she, lambda g: (
        f"{subject(o, g, early)[0]} went home because {she(g)} was {adjective[0]}.",
        f"{subject(o, g, early)[1]} est {agree('rentré', g)} parce qu'{elle(g)} était {of_gender(adjective, g)}."))


def pronoun_is(rng):
    o, gender = rng.choice(OCCUPATIONS), coin(rng)
    if rng.random() < 0.5:
        return Example("pronoun", source=f"{cap(she(gender))} is {o.a}.", target=f"{cap(elle(gender))} est {noun_of(o, gender)}.")
    name = rng.choice(WOMEN if gender == "f" else MEN)
    if rng.random() < 0.5:
        return Example("name", [f"name/{name}/{o.en}"], name, source=f"{name} is {o.a}.", target=f"{name} est {noun_of(o, gender)}.", effect=noun_of(o, gender))
    adjective = rng.choice(ADJECTIVES)
    return Example("name", [f"name/{name}/{adjective[0]}"], name, source=f"{name} is {adjective[0]}.",
                   target=f"{name} est {of_gender(adjective, gender)}.", effect=of_gender(adjective, gender))


def undetermined(rng):
    """Nothing in the English decides: the occupation's share does."""
    o = rng.choice(OCCUPATIONS)
    gender = by_share(rng, o.share)
    noun, article = noun_of(o, gender), rng.random()
    if article < 0.55:
        se, sf = cap(o.a), ("Une " if gender == "f" else "Un ") + noun
    else:
        se, sf = subject(o, gender, maybe_early(rng))
    draw = rng.random()
    if draw < 0.45:
        (ve, vf), (te, tf) = rng.choice(MOTION), when(rng, gender)
        return Example("share", source=f"{se} {ve} {te}.", target=f"{sf} est {agree(vf, gender)} {tf}.")
    if draw < 0.8:
        adjective = rng.choice(ADJECTIVES)
        return Example("share", source=f"{se} is {adjective[0]}.", target=f"{sf} est {of_gender(adjective, gender)}.")
    return Example("share", source=f"I saw {se[0].lower() + se[1:]}.", target=f"J'ai vu {sf[0].lower() + sf[1:]}.")


def person(rng):
    en, fr, gender = rng.choice(PEOPLE)
    se, sf, draw = f"The {en}", cap(the(fr, gender)), rng.random()
    adjective = rng.choice(ADJECTIVES)
    word = of_gender(adjective, gender)
    if draw < 0.35:
        return Example("person", [f"person/{en}/{adjective[0]}"], en, source=f"{se} is {adjective[0]}.", target=f"{sf} est {word}.", effect=fr)
    if draw < 0.6:
        (ve, vf), (te, tf) = rng.choice(MOTION), when(rng, gender)
        return Example("person", [f"person/{en}/{te}"], en, source=f"{se} {ve} {te}.", target=f"{sf} est {agree(vf, gender)} {tf}.", effect=fr)
    (ve, vf), (te, tf) = rng.choice(OWNING), the_thing(rng)
    return Example("person", [f"person/{en}/{te}"], en, source=f"{se} {ve} the {te}.", target=f"{sf} a {vf} {tf}.", effect=fr)


def helped(rng):
    """The doctor helped the woman because he was kind: the pronoun speaks of the first person."""
    o, gender, adjective, (pe, pf, pg) = rng.choice(OCCUPATIONS), coin(rng), rng.choice(ADJECTIVES), rng.choice(PEOPLE)
    ve, vf = rng.choice([("helped", "aidé"), ("called", "appelé"), ("met", "rencontré")])
    by_chance = rng.random() < 0.2
    if by_chance:  # a second occupation, whose gender only its share decides
        other = rng.choice(OCCUPATIONS)
        pg = by_share(rng, other.share)
        pe, pf = other.en, noun_of(other, pg)
    example = decided("helped", [f"helped/{o.en}/{pe}", f"adjective/{o.en}/{adjective[0]}"], gender, she, lambda g: (
        f"{subject(o, g)[0]} {ve} the {pe} because {she(g)} was {adjective[0]}.",
        f"{subject(o, g)[1]} a {vf} {the(pf, pg)} parce qu'{elle(g)} était {of_gender(adjective, g)}."))
    if by_chance:
        example.cause = ""
    return example


def thing(rng):
    """The car is red. It is new."""
    en, fr, gender = rng.choice([t for t in THINGS if t[2] != "p"])
    first, second = rng.sample(THING_ADJECTIVES, 2)
    draw = rng.random()
    if draw < 0.2:
        g = by_share(rng, UNKNOWN_SHARE)
        return Example("no-context", source=f"It is {second[0]}.", target=f"{cap(elle(g))} est {of_gender(second, g)}.")
    one, un = f"The {en} is {first[0]}.", f"{cap(the(fr, gender))} est {of_gender(first, gender)}."
    if draw < 0.55:
        return Example("thing", [f"thing/{en}/{first[0]}"], en, source=one, target=un, effect=fr)
    return Example("thing-story", [f"thing/{en}/{first[0]}", f"thing/{en}/{second[0]}"], en, source=f"{one} It is {second[0]}.",
                   target=f"{un} {cap(elle(gender))} est {of_gender(second, gender)}.", effect=cap(elle(gender)))


def plural_story(rng):
    """The girls were absent. Where are they?"""
    en, fr, gender = rng.choice(PLURALS)
    first, second = rng.sample(ADJECTIVES, 2)
    ve, vf = rng.choice(MOTION)
    kind, alone = rng.randrange(3), rng.random() < 0.25
    if alone:
        gender = by_share(rng, UNKNOWN_SHARE)
    they = elle(gender) + "s"
    se, sf, other = [
        ("Where are they?", f"Où sont-{they} ?", "where"),
        (f"They are {second[0]}.", f"{cap(they)} sont {plural_adjective(second, gender)}.", second[0]),
        (f"They {ve} yesterday.", f"{cap(they)} sont {agree(vf, gender, True)} hier.", ve),
    ][kind]
    if alone:
        return Example("no-context", source=se, target=sf)
    away = rng.random() < 0.3
    one, un = f"The {en} were {first[0]}.", f"Les {fr} étaient {plural_adjective(first, gender)}."
    if away:
        one, un = f"The {en} were away.", f"Les {fr} étaient loin."
    return Example("plural-story", [f"plural/{en}/{'away' if away else first[0]}", f"plural/{en}/{other}"], en, source=f"{one} {se}", target=f"{un} {sf}",
                   effect=they if kind == 0 else cap(they))


SAMPLERS = [(owner, 10), (arrival, 10), (work, 6), (because, 9), (said, 7), (home, 7), (pronoun_is, 7), (undetermined, 18), (person, 7),
            (helped, 6), (thing, 7), (plural_story, 8)]
QUOTAS = {"owner": 30, "arrival": 30, "work": 10, "because": 30, "said": 20, "home": 20, "name": 15, "person": 20, "helped": 15, "thing": 10,
          "thing-story": 15, "plural-story": 25}
ALPHABET_SOURCE = "A B C D E F G H I J K L M N O P Q R S T U V W X Y Z a b c d e f g h i j k l m n o p q r s t u v w x y z . , ; : ! ? ' \" - ( ) 0 1 2 3 4 5 6 7 8 9"
ALPHABET_TARGET = ALPHABET_SOURCE + " à â ç é è ê ë î ï ô ù û ü œ À Â Ç É È Ê Î Ô Ù Œ"
LANGUAGES = ("en", "fr")


def sample(rng):
    functions, weights = zip(*SAMPLERS)
    return rng.choices(functions, weights)[0](rng)


def shares():
    return [
        {"occupation": o.en, "share": o.share, "source": f"{cap(o.a)} arrived yesterday.", "cause": o.en,
         "she_target": f"Une {o.fr_f} est arrivée hier.", "he_target": f"Un {o.fr_m} est arrivé hier."}
        for o in OCCUPATIONS
    ]
