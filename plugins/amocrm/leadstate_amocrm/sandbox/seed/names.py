"""Names the people and companies of an account are made of.

All invented.  The hostile ones are what real forms collect: markup, formulas, terminal
escapes, emoji, right-to-left text and the very long.
"""

from __future__ import annotations

FIRST_NAMES = (
    ("Agata", "agata"),
    ("Bogdan", "bogdan"),
    ("Céline", "celine"),
    ("Дарья", "darya"),
    ("Emre", "emre"),
    ("Farida", "farida"),
    ("Gökhan", "gokhan"),
    ("Ирина", "irina"),
    ("Jürgen", "jurgen"),
    ("Kaja", "kaja"),
    ("Лев", "lev"),
    ("Maren", "maren"),
    ("Nino", "nino"),
    ("Ольга", "olga"),
    ("Petr", "petr"),
    ("Ruslan", "ruslan"),
    ("Sofía", "sofia"),
    ("Tiago", "tiago"),
    ("美咲", "misaki"),
    ("Zbigniew", "zbigniew"),
)
LAST_NAMES = (
    ("Abramova", "abramova"),
    ("Böhm", "bohm"),
    ("Căpățînă", "capatina"),
    ("Дьяков", "dyakov"),
    ("Ekström", "ekstrom"),
    ("Ferreira", "ferreira"),
    ("Gruber", "gruber"),
    ("Horvát", "horvat"),
    ("Ivanović", "ivanovic"),
    ("Kozlov", "kozlov"),
    ("Łuczak", "luczak"),
    ("Mäkinen", "makinen"),
    ("O'Neill", "oneill"),
    ("Pavlenko", "pavlenko"),
    ("Сидоренко", "sydorenko"),
    ("von Ahlen", "vonahlen"),
)
POSITIONS = ("Owner", "Managing Director", "Head of IT", "Buyer", "Engineer", "n/a")
COMPANY_STEMS = (
    "Amber",
    "Birch",
    "Cobalt",
    "Dune",
    "Elster",
    "Falken",
    "Garnet",
    "Heron",
    "Isar",
    "Juniper",
    "Krona",
    "Larch",
    "Merlin",
    "Norda",
    "Orion",
    "Pike",
)
COMPANY_ENDS = ("Logistics", "Systems GmbH", "Sp. z o.o.", "& Co", "Tech", "Foods")
COUNTRIES = ("Germany", "Poland", "Portugal", "Türkiye", "Kazakhstan", "Finland")
NEEDS = (
    "Replace the spreadsheets of the sales team",
    "Anbindung an das Lager",
    "Учёт обращений",
    "asap!!!",
    "-",
)
HOSTILE = (
    "<script>alert('x')</script>",
    "=cmd|'/C calc'!A0",
    "\u001b[31mRed\u001b[0m",
    "🦄🚀",
    "Very " * 50,
    "\u202egnirts",
    "Robert'); DROP TABLE leads;--",
    "Null",
)
