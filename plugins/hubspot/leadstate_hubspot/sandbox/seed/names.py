"""Names the people and companies of a portal are made of.

All invented.  The hostile ones are what real forms collect: markup, formulas, terminal
escapes, emoji, right-to-left text and the very long.
"""

from __future__ import annotations

FIRST_NAMES = (
    ("Ana", "ana"),
    ("Åsa", "asa"),
    ("Björn", "bjorn"),
    ("Chiara", "chiara"),
    ("Dmytro", "dmytro"),
    ("Elif", "elif"),
    ("Fatima", "fatima"),
    ("Giánnis", "giannis"),
    ("Hana", "hana"),
    ("Ивана", "ivana"),
    ("José", "jose"),
    ("Kwame", "kwame"),
    ("Łucja", "lucja"),
    ("Mehmet", "mehmet"),
    ("Nguyễn", "nguyen"),
    ("Oksana", "oksana"),
    ("Priya", "priya"),
    ("Rafael", "rafael"),
    ("Søren", "soren"),
    ("陽子", "yoko"),
    ("Thandiwe", "thandiwe"),
    ("Ülle", "ulle"),
    ("李", "li"),
    ("Zoë", "zoe"),
)
LAST_NAMES = (
    ("Almeida", "almeida"),
    ("Bergström", "bergstrom"),
    ("Çelik", "celik"),
    ("D'Angelo", "dangelo"),
    ("Eriksen", "eriksen"),
    ("Fernández", "fernandez"),
    ("Grüber", "gruber"),
    ("Hoxha", "hoxha"),
    ("Ito", "ito"),
    ("Jovanović", "jovanovic"),
    ("Kovalenko", "kovalenko"),
    ("Lefèvre", "lefevre"),
    ("Müller", "muller"),
    ("Nowak", "nowak"),
    ("O'Brien", "obrien"),
    ("Papadopoulos", "papadopoulos"),
    ("Rao", "rao"),
    ("Šimić", "simic"),
    ("田中", "tanaka"),
    ("van der Berg", "vanderberg"),
    ("Wang", "wang"),
    ("Yılmaz", "yilmaz"),  # noqa: RUF001 - a Turkish name
)
TITLES = (
    "Owner",
    "Managing Director",
    "Head of Operations",
    "IT Manager",
    "Procurement Specialist",
    "Leiter Einkauf",
    "Directora comercial",
    "???",
    "n/a",
)
COMPANY_STEMS = (
    "Nordwind",
    "Altair",
    "Bluebird",
    "Casa Verde",
    "Delta Kran",
    "Ekspres",
    "Fjord",
    "Granit",
    "Harbour",
    "Iris",
    "Jupiter",
    "Kestrel",
    "Lumen",
    "Mistral",
    "Nova",
    "Opal",
    "Polar",
    "Quartz",
    "Ribera",
    "Solstice",
)
COMPANY_ENDS = (
    "Logistics",
    "Software GmbH",
    "& Sons Ltd",
    "S.A.",
    "Trading Co.",
    "Medical",
    "Machines AG",
    "Foods",
    "Studio",
)
COUNTRIES = (
    "Germany",
    "Spain",
    "Poland",
    "Brazil",
    "Japan",
    "United Kingdom",
    "Ukraine",
    "India",
)
NEEDS = (
    "Replace spreadsheets in the sales team",
    "Ein CRM für 40 Nutzer",
    "Integration with the warehouse",
    "-",
    "asap!!!",
    "Automatizar el seguimiento de clientes",
)
LOST_NOTES = ("No reply after five calls", "Chose another vendor", "Budget frozen")
HOSTILE = (
    ("<script>alert('x')</script>", "<img src=x onerror=alert(1)>"),
    ("=cmd|'/C calc'!A0", '+HYPERLINK("http://evil.example","x")'),
    ("\u001b[31mRed\u001b[0m", "\u001b]0;title\u0007"),
    ("🦄🚀", "Family 👩‍👩‍👧‍👦"),
    ("Very " * 200 + "long", "N" * 1000),
    ("\u202egnirts", "مثال"),
    ("Robert'); DROP TABLE leads;--", "{{7*7}}"),
    ("Null", "null"),
)
