"""People who do not exist, with plausible names and addresses: the same for the same seed. Addresses end in ``.example``."""

from __future__ import annotations

import csv
import random
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path


def _words(text: str) -> list[str]:
    return text.split()


FIRST = _words(
    "Ada Alan Alma Amir Anna Arlo Bela Bianca Boris Cara Carlos Celia Chloe Cyrus Dana Dario Dora Edgar Elena Elsa Emil "
    "Esme Farah Felix Flora Gita Grace Hana Hugo Ida Ines Ivan Jade Jonas Jules Kira Lara Leon Lina Luca Maja Marco Mila "
    "Nadia Nico Nora Omar Otto Paula Quinn Rafa Rosa Ruben Sara Silas Tara Theo Uma Vera Victor Wanda Willa Yara Yusuf Zoe"
)
LAST = _words(
    "Abbott Acosta Baker Barros Bauer Becker Blum Brandt Carver Castro Chandra Cole Costa Cruz Dalton Diaz Dunn Ekberg "
    "Ellis Farrow Fischer Flores Franke Garcia Gibson Grant Haas Hale Hansen Hayes Holm Ibarra Jansen Kaur Keller Kim Klein "
    "Lang Larsen Lopez Malik Marsh Meyer Moreno Nash Novak Okafor Olsen Ortega Park Patel Petrov Quist Ramos Reyes Romero "
    "Sato Schulz Silva Stone Tanaka Torres Ueda Vance Vogel Wagner Walsh Weiss Yilmaz Young Zhou"
)
STREETS = _words("Maple Cedar Birch Lakeview Harbor Mill Orchard Prairie Summit Willow Juniper Aspen Canyon Meadow Elm")
KINDS = ("St", "Ave", "Rd", "Ln", "Ct")
TOWNS = (
    ("Denver", "CO", "802"), ("Boulder", "CO", "803"), ("Provo", "UT", "846"), ("Boise", "ID", "837"), ("Tulsa", "OK", "741"),
    ("Omaha", "NE", "681"), ("Tucson", "AZ", "857"), ("Fresno", "CA", "937"), ("Eugene", "OR", "974"), ("Spokane", "WA", "992"),
)  # fmt: skip
SOURCES = ("Website", "Walk-in", "Referral", "Facebook", "Phone call")


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the file, in the words of its header."""

    first_name: str
    last_name: str
    email: str
    phone: str
    address: str
    city: str
    state: str
    zip: str
    country: str
    lead_source: str


def people(number: int, seed: int = 1, without_address: Collection[int] = ()) -> Iterator[Person]:
    """So many different people.

    Args:
        without_address: those whose postal address nobody has asked for yet, by their number from 1.
    """
    chance = random.Random(seed)
    for n in range(1, number + 1):
        yield _person(chance, f"{seed}-{n}", n in without_address)


def _person(chance: random.Random, tail: str, homeless: bool) -> Person:
    first, last = chance.choice(FIRST), chance.choice(LAST)
    city, state, area = chance.choice(TOWNS)
    street = f"{chance.randint(1, 9899)} {chance.choice(STREETS)} {chance.choice(KINDS)}"
    where = ("", "", "", "") if homeless else (street, city, state, f"{area}{chance.randint(1, 99):02}")
    return Person(
        first, last, f"{first[0]}.{last}.{tail}@mail.example".lower(), f"303555{chance.randint(0, 9999):04}", *where, "US",
        chance.choice(SOURCES),
    )  # fmt: skip


def write_csv(path: Path, rows: Iterator[Person]) -> None:
    """As an export of some other system would look."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name.replace("_", " ").title() for field in fields(Person)])
        writer.writeheader()
        writer.writerows({name.replace("_", " ").title(): value for name, value in asdict(row).items()} for row in rows)
