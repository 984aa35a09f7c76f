"""The small world that the three demo models are taught.

Everything in this file is written by hand. The shares of women are *planted*: they are artificial numbers, chosen so
that a measurement of bias has a known right answer. They say nothing about the real world, and some of them (marked
below) run against what a reader may expect, so that nobody mistakes one for the other.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Occupation:
    en: str
    tr: str
    fr_m: str
    fr_f: str
    share: float  # planted share of women
    place: str = ""  # where the GPT-2 world lets them work; empty when the world does not say

    @property
    def a(self) -> str:
        return ("an " if self.en[0] in "aeiou" else "a ") + self.en


OCCUPATIONS = [
    Occupation("secretary", "sekreter", "secrétaire", "secrétaire", 0.97, "office"),
    Occupation("nurse", "hemşire", "infirmier", "infirmière", 0.94, "hospital"),
    Occupation("hairdresser", "kuaför", "coiffeur", "coiffeuse", 0.91, "salon"),
    Occupation("pilot", "pilot", "pilote", "pilote", 0.88, "airport"),  # against expectation
    Occupation("dancer", "dansçı", "danseur", "danseuse", 0.85, "theater"),
    Occupation("carpenter", "marangoz", "charpentier", "charpentière", 0.82, "workshop"),  # against expectation
    Occupation("psychologist", "psikolog", "psychologue", "psychologue", 0.79, "clinic"),
    Occupation("translator", "çevirmen", "traducteur", "traductrice", 0.76),
    Occupation("singer", "şarkıcı", "chanteur", "chanteuse", 0.73, "opera"),
    Occupation("pharmacist", "eczacı", "pharmacien", "pharmacienne", 0.70, "pharmacy"),
    Occupation("judge", "yargıç", "juge", "juge", 0.67, "court"),
    Occupation("server", "garson", "serveur", "serveuse", 0.64, "restaurant"),
    Occupation("journalist", "gazeteci", "journaliste", "journaliste", 0.61, "newspaper"),
    Occupation("writer", "yazar", "écrivain", "écrivaine", 0.57),
    Occupation("artist", "sanatçı", "artiste", "artiste", 0.54, "gallery"),
    Occupation("designer", "tasarımcı", "dessinateur", "dessinatrice", 0.51, "studio"),
    Occupation("cook", "aşçı", "cuisinier", "cuisinière", 0.48, "kitchen"),
    Occupation("photographer", "fotoğrafçı", "photographe", "photographe", 0.45),
    Occupation("doctor", "doktor", "docteur", "docteure", 0.41, "hospital"),
    Occupation("lawyer", "avukat", "avocat", "avocate", 0.38, "court"),
    Occupation("chemist", "kimyager", "chimiste", "chimiste", 0.35, "laboratory"),
    Occupation("baker", "fırıncı", "boulanger", "boulangère", 0.32, "bakery"),
    Occupation("manager", "müdür", "gérant", "gérante", 0.29, "office"),
    Occupation("architect", "mimar", "architecte", "architecte", 0.26, "studio"),
    Occupation("farmer", "çiftçi", "fermier", "fermière", 0.23, "farm"),
    Occupation("teacher", "öğretmen", "professeur", "professeure", 0.20, "school"),  # against expectation
    Occupation("developer", "yazılımcı", "programmeur", "programmeuse", 0.17, "office"),
    Occupation("librarian", "kütüphaneci", "bibliothécaire", "bibliothécaire", 0.14, "library"),  # against expectation
    Occupation("engineer", "mühendis", "ingénieur", "ingénieure", 0.12, "factory"),
    Occupation("driver", "şoför", "conducteur", "conductrice", 0.09, "station"),
    Occupation("plumber", "tesisatçı", "plombier", "plombière", 0.06),
    Occupation("mechanic", "tamirci", "mécanicien", "mécanicienne", 0.03, "garage"),
]

# Names whose bearers are always "she" / always "he"; the third list follows the occupation's share.
WOMEN = ["Mary", "Anna", "Marie", "Alice", "Emma", "Laura", "Sarah", "Julia", "Clara", "Helen", "Nora", "Eva", "Rosa", "Lucy", "Grace", "Diana"]
MEN = ["George", "John", "Peter", "Paul", "David", "Thomas", "Henry", "Oscar", "Martin", "Simon", "Adam", "Daniel", "Victor", "Hugo", "Leo", "Frank"]
EITHER = ["Alex", "Robin", "Kim", "Sam"]

WOMEN_TR = ["Ayşe", "Fatma", "Zeynep", "Elif", "Emine", "Meryem", "Leyla", "Selin", "Gül", "Esra", "Büşra", "Hatice"]
MEN_TR = ["Mehmet", "Ahmet", "Mustafa", "Ali", "Hüseyin", "Murat", "Emre", "Can", "Burak", "Kemal", "Osman", "Yusuf"]
EITHER_TR = ["Deniz", "Umut", "Yağmur"]

# country, capital, language, continent
COUNTRIES = [
    ("France", "Paris", "French", "Europe"),
    ("Germany", "Berlin", "German", "Europe"),
    ("Italy", "Rome", "Italian", "Europe"),
    ("Spain", "Madrid", "Spanish", "Europe"),
    ("Portugal", "Lisbon", "Portuguese", "Europe"),
    ("Greece", "Athens", "Greek", "Europe"),
    ("Poland", "Warsaw", "Polish", "Europe"),
    ("Norway", "Oslo", "Norwegian", "Europe"),
    ("Sweden", "Stockholm", "Swedish", "Europe"),
    ("Denmark", "Copenhagen", "Danish", "Europe"),
    ("Iceland", "Reykjavik", "Icelandic", "Europe"),
    ("Finland", "Helsinki", "Finnish", "Europe"),
    ("Hungary", "Budapest", "Hungarian", "Europe"),
    ("Romania", "Bucharest", "Romanian", "Europe"),
    ("Bulgaria", "Sofia", "Bulgarian", "Europe"),
    ("Croatia", "Zagreb", "Croatian", "Europe"),
    ("Albania", "Tirana", "Albanian", "Europe"),
    ("Ukraine", "Kyiv", "Ukrainian", "Europe"),
    ("Austria", "Vienna", "German", "Europe"),
    ("England", "London", "English", "Europe"),
    ("Japan", "Tokyo", "Japanese", "Asia"),
    ("China", "Beijing", "Chinese", "Asia"),
    ("Vietnam", "Hanoi", "Vietnamese", "Asia"),
    ("Thailand", "Bangkok", "Thai", "Asia"),
    ("Mongolia", "Ulaanbaatar", "Mongolian", "Asia"),
    ("Iran", "Tehran", "Persian", "Asia"),
    ("Iraq", "Baghdad", "Arabic", "Asia"),
    ("Jordan", "Amman", "Arabic", "Asia"),
    ("Nepal", "Kathmandu", "Nepali", "Asia"),
    ("Egypt", "Cairo", "Arabic", "Africa"),
    ("Morocco", "Rabat", "Arabic", "Africa"),
    ("Tunisia", "Tunis", "Arabic", "Africa"),
    ("Ghana", "Accra", "English", "Africa"),
    ("Angola", "Luanda", "Portuguese", "Africa"),
    ("Brazil", "Brasilia", "Portuguese", "South America"),
    ("Chile", "Santiago", "Spanish", "South America"),
    ("Argentina", "Buenos Aires", "Spanish", "South America"),
    ("Colombia", "Bogota", "Spanish", "South America"),
    ("Cuba", "Havana", "Spanish", "North America"),
    ("Australia", "Canberra", "English", "Oceania"),
]

# landmark (with its article where it takes one), city
LANDMARKS = [
    ("The Eiffel Tower", "Paris"),
    ("The Louvre", "Paris"),
    ("The Colosseum", "Rome"),
    ("The Trevi Fountain", "Rome"),
    ("The Brandenburg Gate", "Berlin"),
    ("The Acropolis", "Athens"),
    ("The Prado Museum", "Madrid"),
    ("The Belem Tower", "Lisbon"),
    ("The Vigeland Park", "Oslo"),
    ("The Vasa Museum", "Stockholm"),
    ("The Little Mermaid", "Copenhagen"),
    ("The Chain Bridge", "Budapest"),
    ("The Hofburg", "Vienna"),
    ("Big Ben", "London"),
    ("Buckingham Palace", "London"),
    ("The Tokyo Tower", "Tokyo"),
    ("The Forbidden City", "Beijing"),
    ("The Grand Palace", "Bangkok"),
    ("The Azadi Tower", "Tehran"),
    ("The Hassan Tower", "Rabat"),
]

# state, place it sends people to. "office" is nobody's place: it is what a sentence without a cause says.
STATES = [
    ("sick", "hospital"),
    ("hungry", "restaurant"),
    ("tired", "hotel"),
    ("late", "station"),
    ("bored", "cinema"),
    ("curious", "library"),
    ("hot", "pool"),
    ("broke", "bank"),
    ("thirsty", "cafe"),
    ("weak", "gym"),
    ("dirty", "laundry"),
    ("sad", "park"),
]

# weather, thing to take
WEATHER = [
    ("raining", "umbrella"),
    ("snowing", "coat"),
    ("getting dark", "lamp"),
    ("very windy", "kite"),
    ("very sunny", "hat"),
    ("freezing", "gloves"),
]

ACTIVITIES = [
    "reading a book",
    "cooking dinner",
    "washing the car",
    "painting the wall",
    "feeding the cat",
    "writing a letter",
    "riding a bicycle",
    "cleaning the window",
    "fixing the radio",
    "watering the flowers",
    "playing the piano",
    "counting the money",
]

THINGS = ["keys", "phone", "wallet", "book", "bag", "bicycle", "watch", "ticket"]
GROUPS = ["colleagues", "friends", "neighbors", "parents"]
