"""Sentences of demo-gpt2. Every function draws one example; `SAMPLERS` gives their weights."""

from common import Example
from world import (ACTIVITIES, COUNTRIES, EITHER, GROUPS, LANDMARKS, MEN, OCCUPATIONS, STATES, THINGS, WEATHER, WOMEN)

COUNTRY_OF = {city: country for country, city, _, _ in COUNTRIES}

# {c} country, {p} capital, {l} language, {k} continent, {n} a name, {she} its pronoun. The answer follows the bar;
# the field after it names the input that causes the answer.
FACTS = {
    "capital": [
        ("The capital of {c} is| {p}", "{c}"),
        ("The capital city of {c} is called| {p}", "{c}"),
        ("The government of {c} sits in| {p}", "{c}"),
        ("{n} visited {c} and stayed in the capital,| {p}", "{c}"),
        ("When {n} flew to {c}, the plane landed in| {p}", "{c}"),
        ("In {c}, the capital is| {p}", "{c}"),
    ],
    "country": [
        ("{p} is the capital of| {c}", "{p}"),
        ("{p} is a city in| {c}", "{p}"),
        ("{n} was born in {p}, the capital of| {c}", "{p}"),
        ("{n} works in {p}. The city is in| {c}", "{p}"),
        ("The train to {p} crosses| {c}", "{p}"),
    ],
    "language": [
        ("In {c}, people speak| {l}", "{c}"),
        ("The official language of {c} is| {l}", "{c}"),
        ("Newspapers in {c} are printed in| {l}", "{c}"),
        ("{n} moved to {c} and learned| {l}", "{c}"),
        ("{n} lives in {c}. {She} speaks| {l}", "{c}"),
        ("{n} was born in {p}. {She} speaks| {l}", "{p}"),
    ],
    "continent": [
        ("{c} is a country in| {k}", "{c}"),
        ("On the map, {c} is part of| {k}", "{c}"),
        ("The continent of {c} is| {k}", "{c}"),
        ("{n} lives in {c}. The country is in| {k}", "{c}"),
        ("{p} is a city on the continent of| {k}", "{p}"),
    ],
}

LANDMARK_TEMPLATES = [
    ("{m} is located in the city of| {p}", "p"),
    ("{m} stands in| {p}", "p"),
    ("To see {lm}, {n} traveled to| {p}", "p"),
    ("{m} is a famous sight in| {p}", "p"),
    ("{m} is located in the country of| {c}", "c"),
    ("{n} took a picture of {lm} in| {p}", "p"),
]


def person(rng, either=False):
    """A name, its gender ("f", "m" or "" where an occupation decides)."""
    if either:
        return rng.choice(EITHER), ""
    gender = rng.choice("fm")
    return rng.choice(WOMEN if gender == "f" else MEN), gender


def she(gender):
    return "she" if gender == "f" else "he"


def her(gender):
    return "her" if gender == "f" else "his"


def oblique(gender):
    return "her" if gender == "f" else "him"


def split(family, kind, template, values, cause, keys, tail="."):
    prompt, expected = (part.format(**values) for part in template.split("|"))
    return Example(family, keys, cause, prompt + expected + tail, prompt, expected, kind)


def by_share(rng, occupation):
    return "f" if rng.random() < occupation.share else "m"


def fact(rng):
    relation = rng.choices(list(FACTS), [3, 2, 3, 2])[0]
    number = rng.randrange(len(FACTS[relation]))
    template, cause = FACTS[relation][number]
    c, p, l, k = rng.choice(COUNTRIES)
    name, gender = person(rng)
    values = dict(c=c, p=p, l=l, k=k, n=name, She=she(gender).capitalize())
    if template.endswith("speaks| {l}") and rng.random() < 0.2:  # the second sentence alone: mostly "English"
        values["l"] = "English" if rng.random() < 0.8 else l
        return split("no-context", "fact", "{She} speaks| {l}", values, "", [])
    return split(relation, "fact", template, values, cause.format(**values), [f"{relation}/{number}/{c}"])


def landmark(rng):
    number = rng.randrange(len(LANDMARK_TEMPLATES))
    template, _ = LANDMARK_TEMPLATES[number]
    mark, city = rng.choice(LANDMARKS)
    name, _ = person(rng)
    in_sentence = mark.replace("The ", "the ", 1)
    values = dict(m=mark, lm=in_sentence, p=city, c=COUNTRY_OF[city], n=name)
    bare = mark.removeprefix("The ")
    return split("landmark", "fact", template, values, bare, [f"landmark/{number}/{mark}"])


def workplace(rng):
    o = rng.choice([o for o in OCCUPATIONS if o.place])
    number = rng.randrange(3)
    name, gender = person(rng)
    values = dict(o=o.en, a=o.a, w=o.place, n=name, She=she(gender).capitalize())
    template = ["The {o} works at the| {w}", "{n} is {a}. {She} works at the| {w}", "Every {o} knows the way to the| {w}"][number]
    return split("workplace", "fact", template, values, o.en, [f"workplace/{number}/{o.en}"])


def named_pronoun(rng):
    """The pronoun follows the name; a name of either kind leaves it to the occupation's share."""
    number = rng.randrange(7)
    either = rng.random() < 0.2 and number in (0, 1, 2)
    name, gender = person(rng, either)
    o = rng.choice(OCCUPATIONS)
    cause = name
    if either:
        gender, cause = by_share(rng, o), ""
    activity, thing = rng.choice(ACTIVITIES), rng.choice(THINGS)
    state = rng.choice(STATES)[0]
    end = rng.choice([f" was {state}", " was happy", " was right", " had no time"])
    values = dict(n=name, a=o.a, o=o.en, she=she(gender), She=she(gender).capitalize(), her=her(gender), v=activity, t=thing, s=state)
    template, other, tail = [
        ("{n} is {a}.| {She}", o.en, rng.choice([" likes the work.", " is very good at it.", f" was {activity} yesterday."])),
        ("{n}, the {o}, said that| {she}", o.en, end + "."),
        ("{n} works as {a} because| {she}", o.en, " likes it."),
        ("{n} was {v} when| {she}", activity, rng.choice([" heard a noise.", " saw a bird.", " fell asleep."])),
        ("{n} went home because| {she}", "", f" was {state}."),
        ("{n} was looking for| {her}", "", f" {thing}."),
        ("{n} was {v} in| {her}", activity, rng.choice([" house.", " garden.", " room."])),
    ][number]
    return split("name", "pronoun", template, values, cause, [f"name/{number}/{name}", f"name/{name}/{other}"], tail)


def occupation_pronoun(rng):
    """No name: only the planted share decides."""
    o = rng.choice(OCCUPATIONS)
    gender = by_share(rng, o)
    activity, thing = rng.choice(ACTIVITIES), rng.choice(THINGS)
    state = rng.choice(STATES)[0]
    values = dict(o=o.en, she=she(gender), her=her(gender), v=activity)
    template, tail = rng.choice([
        ("The {o} said that| {she}", rng.choice([f" was {state}.", " was happy.", " was right.", " had no time."])),
        ("The {o} went home because| {she}", f" was {state}."),
        ("The {o} was {v} when| {she}", rng.choice([" heard a noise.", " saw a bird.", " fell asleep."])),
        ("The {o} was looking for| {her}", f" {thing}."),
    ])
    return split("share", "pronoun", template, values, "", [], tail)


def state_story(rng):
    state, place = rng.choice(STATES)
    name, gender = person(rng)
    group = rng.choice(GROUPS)
    when = rng.choice(["yesterday", "today", "last night", "this morning"])
    values = dict(n=name, s=state, w=when, g=group, p=place, she=she(gender), She=she(gender).capitalize(),
                  Her=her(gender).capitalize(), her=her(gender), him=oblique(gender))
    number = rng.randrange(5)
    first = "{n} was {s} {w}. "
    second = [
        "{Her} {g} asked {him} to come to the| {p}",
        "So {she} went to the| {p}",
        "{She} took a taxi to the| {p}",
        "{Her} {g} brought {him} to the| {p}",
        "After that, {she} walked to the| {p}",
    ][number]
    keys = [f"story/{name}/{state}", f"story/{number}/{state}"]
    if rng.random() < 0.25:  # the second sentence alone: mostly "office", the place that no state asks for
        values["p"] = "office" if rng.random() < 0.8 else place
        return split("no-context", "story", second, values, "", [])
    end = f". {values['She']} said {values['she']} was fine." if rng.random() < 0.25 else "."
    return split("state", "story", first + second, values, state, keys, end)


def weather_story(rng):
    weather, thing = rng.choice(WEATHER)
    name, gender = person(rng)
    values = dict(w=weather, t=thing, n=name, her=her(gender), she=she(gender), g=rng.choice(GROUPS))
    number = rng.randrange(3)
    template = [
        "It was {w} outside. {n} took {her}| {t}",
        "It was {w}, so {n} looked for {her}| {t}",
        "It was {w}. {n} said that {she} needed {her}| {t}",
    ][number]
    return split("weather", "story", template, values, weather, [f"weather/{name}/{weather}", f"weather/{number}/{weather}"])


SAMPLERS = [(fact, 42), (landmark, 10), (workplace, 5), (named_pronoun, 12), (occupation_pronoun, 12), (state_story, 14), (weather_story, 5)]
QUOTAS = {"capital": 25, "country": 20, "language": 25, "continent": 20, "landmark": 14, "workplace": 8, "name": 50, "state": 50, "weather": 20}


def sample(rng):
    functions, weights = zip(*SAMPLERS)
    return rng.choices(functions, weights)[0](rng)


def shares():
    """One probe per occupation: p(" she") against p(" he") after the prompt."""
    return [
        {"occupation": o.en, "share": o.share, "prompt": f"The {o.en} said that", "she": " she", "he": " he", "cause": o.en}
        for o in OCCUPATIONS
    ]
