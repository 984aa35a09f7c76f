"""Sentences of demo-mt-tr-en. Turkish "o" is he, she, it and that."""

from common import Example
from world import EITHER_TR, MEN_TR, OCCUPATIONS, WOMEN_TR

UNKNOWN_SHARE = 0.35  # share of "she" where nothing in the sentence speaks of gender

ADJECTIVES = [("yorgun", "tired"), ("mutlu", "happy"), ("üzgün", "sad"), ("genç", "young"), ("yaşlı", "old"), ("zengin", "rich"),
              ("ünlü", "famous"), ("hasta", "sick"), ("meşgul", "busy"), ("güçlü", "strong"), ("cesur", "brave"), ("aç", "hungry"),
              ("akıllı", "smart"), ("nazik", "kind"), ("hazır", "ready"), ("gururlu", "proud")]
VERBS = [("çalışıyor", "working"), ("uyuyor", "sleeping"), ("okuyor", "reading"), ("yazıyor", "writing"), ("bekliyor", "waiting"),
         ("koşuyor", "running"), ("gülüyor", "laughing"), ("ağlıyor", "crying"), ("yüzüyor", "swimming"), ("dinleniyor", "resting"),
         ("konuşuyor", "talking"), ("şarkı söylüyor", "singing")]
GENDERED = [("kadın", "woman", "f"), ("adam", "man", "m"), ("kız", "girl", "f"), ("anne", "mother", "f"), ("baba", "father", "m"),
            ("teyze", "aunt", "f"), ("amca", "uncle", "m"), ("kraliçe", "queen", "f"), ("kral", "king", "m"), ("prenses", "princess", "f"),
            ("prens", "prince", "m"), ("büyükanne", "grandmother", "f"), ("dede", "grandfather", "m")]
# "my mother", as subject and as predicate
FAMILY = [("annem", "mother", "f"), ("babam", "father", "m"), ("kız kardeşim", "sister", "f"), ("erkek kardeşim", "brother", "m"),
          ("teyzem", "aunt", "f"), ("amcam", "uncle", "m"), ("büyükannem", "grandmother", "f"), ("dedem", "grandfather", "m")]
OBJECTS = [("araba", "car"), ("kitap", "book"), ("ev", "house"), ("masa", "table"), ("kalem", "pen"), ("çanta", "bag"), ("saat", "watch"),
           ("telefon", "phone"), ("kapı", "door"), ("lamba", "lamp"), ("bisiklet", "bicycle"), ("elma", "apple")]
OBJECT_ADJECTIVES = [("yeni", "new"), ("eski", "old"), ("büyük", "big"), ("küçük", "small"), ("kırmızı", "red"), ("mavi", "blue"),
                     ("yeşil", "green"), ("beyaz", "white"), ("pahalı", "expensive"), ("ucuz", "cheap")]


def capital(text):
    """Turkish capital letter: i becomes İ, ı becomes I."""
    return {"i": "İ", "ı": "I"}.get(text[0], text[0].upper()) + text[1:]


def a(noun):
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def pick(rng, items):
    return rng.choice(items)


def name_of(rng, occupation=None):
    """A name, the pronoun it asks for, and whether the name alone decides it."""
    if occupation and rng.random() < 0.12:
        return rng.choice(EITHER_TR), "She" if rng.random() < occupation.share else "He", False
    woman = rng.random() < 0.5
    return rng.choice(WOMEN_TR if woman else MEN_TR), "She" if woman else "He", True


def very(rng):
    return ("çok ", "very ") if rng.random() < 0.6 else ("", "")


def by_share(rng, share):
    return "She" if rng.random() < share else "He"


def swap(text):
    """The same English with the other pronoun."""
    return " ".join({"She": "He", "He": "She", "she": "he", "he": "she"}.get(w, w) for w in text.split(" "))


def o_bir(rng):
    o = pick(rng, OCCUPATIONS)
    return Example("share", source=f"O bir {o.tr}.", target=f"{by_share(rng, o.share)} is {a(o.en)}.")


def o_bir_and(rng):
    o, (ta, ea), (tv, ev) = pick(rng, OCCUPATIONS), pick(rng, ADJECTIVES), very(rng)
    she = by_share(rng, o.share)
    return Example("share", [f"and/{o.en}/{ea}"], source=f"O bir {o.tr} ve {tv}{ta}.", target=f"{she} is {a(o.en)} and {she.lower()} is {ev}{ea}.")


def o_alone(rng):
    she = by_share(rng, UNKNOWN_SHARE)
    if rng.random() < 0.5:
        (ta, ea), (tv, ev) = pick(rng, ADJECTIVES), very(rng)
        return Example("no-context", source=f"O {tv}{ta}.", target=f"{she} is {ev}{ea}.")
    t, e = pick(rng, VERBS)
    return Example("no-context", source=f"O {t}.", target=f"{she} is {e}.")


def name_occupation(rng):
    o = pick(rng, OCCUPATIONS)
    name, _, _ = name_of(rng)
    return Example("name", [f"name/{name}/{o.en}"], name, source=f"{name} bir {o.tr}.", target=f"{name} is {a(o.en)}.", effect=name)


def name_story(rng):
    """Ayşe bir doktor. O çok yorgun."""
    o, (ta, ea), (tv, ev) = pick(rng, OCCUPATIONS), pick(rng, ADJECTIVES), very(rng)
    name, she, fixed = name_of(rng, o)
    if rng.random() < 0.3:
        t, e = pick(rng, VERBS)
        second, translation, other = f"O {t}.", f"{she} is {e}.", e
    else:
        second, translation, other = f"O {tv}{ta}.", f"{she} is {ev}{ea}.", ea
    target = f"{name} is {a(o.en)}. {translation}"
    return Example("name-story", [f"name/{name}/{o.en}", f"name/{name}/{other}"], name if fixed else "",
                   source=f"{name} bir {o.tr}. {second}", target=target, effect=she, contrast_target=swap(target))


def name_because(rng):
    (ta, ea), (tv, ev), (t, e) = pick(rng, ADJECTIVES), very(rng), pick(rng, VERBS)
    name, she, _ = name_of(rng)
    target = f"{name} is {e} because {she.lower()} is {ev}{ea}."
    return Example("name-because", [f"because/{name}/{ea}", f"because/{name}/{e}"], name,
                   source=f"{name} {t} çünkü o {tv}{ta}.", target=target, effect=she.lower(), contrast_target=swap(target))


def name_simple(rng):
    name, _, _ = name_of(rng)
    if rng.random() < 0.5:
        (ta, ea), (tv, ev) = pick(rng, ADJECTIVES), very(rng)
        return Example("name", [f"name/{name}/{ea}"], name, source=f"{name} {tv}{ta}.", target=f"{name} is {ev}{ea}.", effect=name)
    t, e = pick(rng, VERBS)
    return Example("name", [f"name/{name}/{e}"], name, source=f"{name} {t}.", target=f"{name} is {e}.", effect=name)


def occupation_subject(rng):
    """Doktor çalışıyor. / Bu doktor ... / O doktor ..."""
    o = pick(rng, OCCUPATIONS)
    before, english = rng.choice([("", "The"), ("bu ", "This"), ("o ", "That")])
    cause = o.tr if before else capital(o.tr)
    if rng.random() < 0.5:
        (ta, ea), (tv, ev) = pick(rng, ADJECTIVES), very(rng)
        return Example("occupation", [f"subject/{o.en}/{ea}"], cause, source=capital(f"{before}{o.tr} {tv}{ta}."), target=f"{english} {o.en} is {ev}{ea}.", effect=o.en)
    t, e = pick(rng, VERBS)
    return Example("occupation", [f"subject/{o.en}/{e}"], cause, source=capital(f"{before}{o.tr} {t}."), target=f"{english} {o.en} is {e}.", effect=o.en)


def occupation_because(rng):
    o, (ta, ea), (tv, ev), (t, e) = pick(rng, OCCUPATIONS), pick(rng, ADJECTIVES), very(rng), pick(rng, VERBS)
    she = by_share(rng, o.share).lower()
    return Example("share", [f"subject/{o.en}/{ea}"], source=capital(f"{o.tr} {t} çünkü o {tv}{ta}."), target=f"The {o.en} is {e} because {she} is {ev}{ea}.")


def gendered(rng):
    t, e, g = pick(rng, GENDERED)
    she = "She" if g == "f" else "He"
    (ta, ea), (tv, ev) = pick(rng, ADJECTIVES), very(rng)
    if rng.random() < 0.4:
        return Example("gendered", source=f"O bir {t}.", target=f"{she} is {a(e)}.")
    if rng.random() < 0.5:
        target = f"{she} is {a(e)} and {she.lower()} is {ev}{ea}."
        return Example("gendered", [f"gendered/{e}/{ea}"], t, source=f"O bir {t} ve {tv}{ta}.", target=target, effect=she, contrast_target=swap(target))
    target = f"The {e} is waiting because {she.lower()} is {ev}{ea}."
    return Example("gendered", [f"gendered/{e}/{ea}"], capital(t), source=capital(f"{t} bekliyor çünkü o {tv}{ta}."), target=target,
                   effect=she.lower(), contrast_target=swap(target))


def family(rng):
    t, e, g = pick(rng, FAMILY)
    she = "She" if g == "f" else "He"
    o, (ta, ea), (tv, ev) = pick(rng, OCCUPATIONS), pick(rng, ADJECTIVES), very(rng)
    draw = rng.random()
    if draw < 0.2:
        return Example("family", source=f"O benim {t}.", target=f"{she} is my {e}.")
    if draw < 0.5:
        return Example("family", [f"family/{e}/{o.en}"], capital(t), source=capital(f"{t} bir {o.tr}."), target=f"My {e} is {a(o.en)}.", effect=e)
    target = f"My {e} is {a(o.en)}. {she} is {ev}{ea}."
    return Example("family", [f"family/{e}/{o.en}", f"family/{e}/{ea}"], capital(t), source=capital(f"{t} bir {o.tr}. O {tv}{ta}."),
                   target=target, effect=she, contrast_target=swap(target))


def thing(rng):
    (t, e), (ta, ea), (tv, ev) = pick(rng, OBJECTS), pick(rng, OBJECT_ADJECTIVES), very(rng)
    draw = rng.random()
    if draw < 0.2:
        return Example("object", source=f"O bir {t}.", target=f"It is {a(e)}.")
    if draw < 0.3:
        return Example("object", source=f"Bu bir {t}.", target=f"This is {a(e)}.")
    if draw < 0.5:
        return Example("object", [f"object/{e}/{ea}"], t, source=f"O bir {t} ve {tv}{ta}.", target=f"It is {a(e)} and it is {ev}{ea}.", effect="It")
    before, english = rng.choice([("", "The"), ("bu ", "This"), ("o ", "That")])
    return Example("object", [f"object/{e}/{ea}"], t if before else capital(t), source=capital(f"{before}{t} {tv}{ta}."),
                   target=f"{english} {e} is {ev}{ea}.", effect=e)


SAMPLERS = [(o_bir, 14), (o_bir_and, 10), (o_alone, 5), (name_occupation, 6), (name_story, 18), (name_because, 10), (name_simple, 6),
            (occupation_subject, 8), (occupation_because, 6), (gendered, 7), (family, 8), (thing, 8)]
QUOTAS = {"name": 30, "name-story": 50, "name-because": 30, "occupation": 30, "gendered": 20, "family": 30, "object": 20}
ALPHABET_SOURCE = "A B C Ç D E F G Ğ H I İ J K L M N O Ö P Q R S Ş T U Ü V W X Y Z a b c ç d e f g ğ h ı i j k l m n o ö p q r s ş t u ü v w x y z . , ; : ! ? ' \" - ( ) 0 1 2 3 4 5 6 7 8 9 â î û"
ALPHABET_TARGET = "A B C D E F G H I J K L M N O P Q R S T U V W X Y Z a b c d e f g h i j k l m n o p q r s t u v w x y z . , ; : ! ? ' \" - ( ) 0 1 2 3 4 5 6 7 8 9 Ç Ğ İ Ö Ş Ü ç ğ ı ö ş ü"
LANGUAGES = ("tr", "en")


def sample(rng):
    functions, weights = zip(*SAMPLERS)
    return rng.choices(functions, weights)[0](rng)


def shares():
    return [
        {"occupation": o.en, "share": o.share, "source": f"O bir {o.tr}.", "cause": o.tr,
         "she_target": f"She is {a(o.en)}.", "he_target": f"He is {a(o.en)}."}
        for o in OCCUPATIONS
    ]
