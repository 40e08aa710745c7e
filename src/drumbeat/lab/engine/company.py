"""A small company as numbers: what it makes, on what, with whom, from whom, and for how much.

Every number is a parameter with a path, such as `group.PRESS.upkeep`: what is hidden, what an option changes and what
an event does are all changes of parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from drumbeat.lab.engine.declare import declared, number, several, table, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Machines that do the same work."""

    code: str = words("short name", code=True)
    name: str = words("name for people")
    machines: float = number("machines", low=1, high=200)
    hours: float = number("open hours of a machine in a week", unit="h/week", high=168)
    skill: str = words("code of the skill that runs it", default="")
    crew: float = number("people that a running machine holds", high=20, default=1.0)
    speed: float = number("speed against the standard", low=0.05, high=20, default=1.0)
    mtbf: float = number("busy hours between breakdowns with upkeep up to date", unit="h", low=1, default=120.0)
    mttr: float = number("hours that a repair takes on average", unit="h", low=0.05, high=2000, default=3.0)
    setup: float = number("changeover between families", unit="h", high=48, default=0.0)
    upkeep: float = number("planned maintenance done in a week, all machines", unit="h/week", high=2000, default=0.0)
    upkeep_needed: float = number("what would keep them as they are", unit="h/week", high=2000, default=0.0)
    backlog: float = number("upkeep that is overdue at the start", unit="h", high=20000, default=0.0)
    wear: float = number("extra breakdowns a week of overdue upkeep, as a share", high=2, default=0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of a product's routing."""

    group: str = words("code of the group")
    minutes: float = number("minutes a piece at standard speed", unit="min", low=0.001, high=10000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What is sold."""

    code: str = words("short name", code=True)
    name: str = words("name for people")
    family: str = words("setup family: no changeover within it", default="")
    price: float = number("price of a piece", unit="money")
    material: float = number("bought material in a piece", unit="money")
    demand: float = number("pieces that customers want in a week", unit="pieces/week")
    spread: float = number("standard deviation of a week's demand / its mean", high=2, default=0.15)
    due: float = number("weeks promised from order to delivery", unit="weeks", low=0.1, high=52, default=2.0)
    lot: float = number("pieces made in one go", low=1, high=100000, default=100.0)
    scrap: float = number("share of pieces scrapped", high=0.9, default=0.01)
    defects: float = number("share of good-looking pieces that are not good", high=0.9, default=0.0)
    supplier: str = words("code of the supplier of its material", default="")
    steps: tuple[Step, ...] = several("routing, in order", least=1, most=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """People who can do the same."""

    code: str = words("short name", code=True)
    name: str = words("name for people")
    people: float = number("people who hold it", high=5000)
    hours: float = number("contract hours of a person in a week", unit="h/week", high=80, default=38.0)
    wage: float = number("cost of a paid hour", unit="money/h", high=1000, default=34.0)
    absence: float = number("share of shifts missed", high=0.6, default=0.05)
    leaving: float = number("share that leaves in a year when rested and trusting", high=1, default=0.08)
    hiring: float = number("weeks until one who left is replaced, trained", unit="weeks", low=1, high=520, default=26.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """Where material comes from."""

    code: str = words("short name", code=True)
    name: str = words("name for people")
    outage: float = number("probability that it fails in a quarter", high=1, default=0.0)
    recovery: float = number("weeks until it delivers again (time to recover)", unit="weeks", high=104, default=6.0)
    stock: float = number("weeks of material that we hold (time to survive)", unit="weeks", high=104, default=2.0)
    second: float = number("share that another source can deliver at once", high=1, default=0.0)
    premium: float = number("what a second source costs more, share of the material", high=2, default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """How much change, overtime and disappointment it bears."""

    overtime: float = number("overtime of a person in a week", unit="h/week", high=30, default=0.0)
    tiring: float = number("fatigue that an hour of weekly overtime adds in 13 weeks", high=0.5, default=0.05)
    resting: float = number("share of the fatigue that 13 weeks take away", high=1, default=0.5)
    fatigue: float = number("fatigue at the start, 0 = rested, 1 = worn out", high=1, default=0.0)
    trust: float = number("trust at the start, 0 to 1", high=1, default=0.7)
    absorption: float = number("initiatives that it can carry at once", low=0.25, high=100, default=3.0)
    running: float = number("initiatives under way at the start, besides ours", high=100, default=0.0)
    distraction: float = number("speed lost for each initiative above that", high=0.5, default=0.03)
    inspection: float = number("share of bad pieces found before they leave", high=1, default=0.8)
    standard: float = number("standard times used in the OEE report / the true ones", low=0.5, high=3, default=1.0)
    disagreement: float = number("mean relative gap between the functions' plans", high=2, default=0.1)
    patience: float = number("demand lost for good a unit of short share, a year", high=2, default=0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What things cost, and what there is."""

    currency: str = words("currency", default="EUR")
    cash: float = number("cash at the start", unit="money", low=-1e12)
    budget: float = number("what the player may commit over the whole game", unit="money")
    fixed: float = number("fixed cost of a week", unit="money/week")
    upkeep: float = number("cost of an hour of planned maintenance", unit="money/h", default=60.0)
    repair: float = number("cost of an hour of breakdown repair", unit="money/h", default=140.0)
    setup: float = number("cost of an hour of changeover", unit="money/h", default=40.0)
    overtime: float = number("what an overtime hour costs / a contract hour", low=1, high=4, default=1.5)
    short: float = number("penalty for a piece not delivered in time, share of its price", high=5, default=0.1)
    complaint: float = number("cost of a bad piece that reaches a customer", unit="money", default=0.0)
    holding: float = number("cost of a year of holding stock, share of its value", high=2, default=0.0)
    leaver: float = number("cost of replacing one who leaves", unit="money", default=12000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company as its books tell it, or as it is: the same numbers, some of them others."""

    code: str = words("short name", code=True)
    name: str = words("name for people")
    place: str = words("where it is", default="")
    text: str = words("what a newcomer is told", default="")
    groups: tuple[Group, ...] = several("machines", least=1, most=30)
    products: tuple[Product, ...] = several("what is sold", least=1, most=30)
    skills: tuple[Skill, ...] = several("people", most=30)
    suppliers: tuple[Supplier, ...] = several("where material comes from", most=30)
    organisation: Organisation = table("how much it bears", factory=Organisation)  # noqa: RUF009 - a field
    money: Money = table("what things cost")  # noqa: RUF009 - a field


LISTS = {"group": "groups", "product": "products", "skill": "skills", "supplier": "suppliers"}
SINGLES = ("organisation", "money")


def list_parameters(company: Company) -> dict[str, Any]:
    """Return the declaration of each parameter of a company, by path.

    Parameters
    ----------
    company
        Any company.

    Returns
    -------
    Path -> declared field with `doc`, `unit`, `low` and `high`; numbers only, "group.PRESS.upkeep" and the like.
    """
    found: dict[str, Any] = {}
    for word, name in LISTS.items():
        for one in getattr(company, name):
            for key, declaration in declared(type(one)).items():
                if "low" in declaration.metadata:
                    found[f"{word}.{one.code}.{key}"] = declaration
    for word in SINGLES:
        for key, declaration in declared(type(getattr(company, word))).items():
            if "low" in declaration.metadata:
                found[f"{word}.{key}"] = declaration
    return found


def read_parameter(company: Company, path: str) -> float:
    """Return the value of a parameter.

    Raises
    ------
    KeyError
        When the company has no such parameter.
    """
    owner, key = _find_owner(company, path)
    return float(getattr(owner, key))


def write_parameter(company: Company, path: str, value: float) -> Company:
    """Return the company with one parameter at another value, kept within its declared bounds.

    Raises
    ------
    KeyError
        When the company has no such parameter.
    """
    owner, key = _find_owner(company, path)
    bounds = declared(type(owner))[key].metadata
    new = replace(owner, **{key: min(max(value, bounds["low"]), bounds["high"])})
    word = path.partition(".")[0]
    if word in SINGLES:
        named: dict[str, Any] = {word: new}
    else:
        rows = getattr(company, LISTS[word])
        named = {LISTS[word]: tuple(new if one is owner else one for one in rows)}
    return replace(company, **named)


def _find_owner(company: Company, path: str) -> tuple[Any, str]:
    parts = path.split(".")
    if len(parts) == 2 and parts[0] in SINGLES:
        owner = getattr(company, parts[0])
    elif len(parts) == 3 and parts[0] in LISTS:
        owner = next((one for one in getattr(company, LISTS[parts[0]]) if one.code == parts[1]), None)
    else:
        owner = None
    if owner is None or "low" not in getattr(declared(type(owner)).get(parts[-1]), "metadata", {}):
        raise KeyError(path)
    return owner, parts[-1]
