"""What a weakness becomes in a scenario of one's own plant: something hidden, a way to find out, and a decision."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from drumbeat.lab.tell_plant import PlantWords, tell_headline
from drumbeat.strategy.engine.result import Weakness

Part = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
"""Hidden thing, information, decision (without its round)."""


WORN = 0.08
"""Extra breakdowns a week of overdue upkeep, as a share, where upkeep is what is weak."""

UNTOLD = 10**9

OVERTIME_PAY = 1.5
"""What an hour of overtime costs in hours of wages, as the Lab's company has it."""

TRUE_SETUP = 1.4
"""How much longer a changeover takes than the books say, where the weakness is real."""


class Shape(NamedTuple):
    """What a theme makes of a weakness.

    Parameters
    ----------
    hidden
        Its parameter, and what the books and the truth say of it.
    choices
        Options of its decision; one of them is the default.
    title, question
        Of the decision: what stands above it, and what it asks after the headline.
    look, kind
        What is done to find out, and the kind of evidence that it gives.
    measured
        What is found, with `{value}`: "A changeover takes {value} h".
    real, fine
        Options that the finding supports where the weakness is real, and where it is not; empty = all that change
        something, and the default.
    """

    hidden: dict[str, Any]
    choices: list[dict[str, Any]]
    title: str
    question: str
    look: str
    kind: str
    measured: str
    real: tuple[str, ...] = ()
    fine: tuple[str, ...] = ()


def tell_weakness(
    weakness: Weakness, company: dict[str, Any], group: dict[str, Any], weekly: float, words: PlantWords
) -> Part:
    """Make a weakness playable.

    Parameters
    ----------
    weakness
        Of `drumbeat.strategy.actions.find_weaknesses`.
    company
        Of `compile_own_company`.
    group
        The group that it is about, or the fullest one.
    weekly
        Sales of a week, by which prices are set.
    words
        Names of the plant.
    """
    code, headline = theme_of(weakness.kind), tell_headline(weakness, words)
    shape = _SHAPES[code](weakness, company, group, weekly, words)
    books, truth = shape.hidden["books"], shape.hidden["truth"]
    hidden = {
        "parameter": shape.hidden["parameter"], "code": code, "text": headline,
        "levels": [{"value": books, "chance": 0.35}, {"value": truth, "chance": 0.65}],
    }  # fmt: skip
    default = next(one["code"] for one in shape.choices if one.get("is_default"))
    cures = shape.real or tuple(one["code"] for one in shape.choices if not one.get("is_default"))
    well = [f"{code}.{one}" for one in shape.fine or (default,)]
    fine = {"text": f"{shape.measured}, about as the books have it.", "supports": well}
    bad = {"text": f"{shape.measured}, where the books have {books:,.4g}: the weakness is real.",
           "supports": [f"{code}.{one}" for one in cures], "opposes": [f"{code}.{default}"]}  # fmt: skip
    middle = (books + truth) / 2.0
    readings = [fine | {"below": middle}, bad] if truth > books else [bad | {"below": middle}, fine]
    information = {
        "code": f"look-{code}", "name": shape.look, "kind": shape.kind,
        "price": round(0.03 * weekly), "shows": code, "readings": readings,
    }  # fmt: skip
    for one in shape.choices:
        if not one.get("is_default"):
            one["needs"] = [f"look-{code}"]
    decision = {"code": code, "title": shape.title, "text": f"{headline}. {shape.question}",
                "wager": {"figure": "on_time", "level": 0.9, "periods": 2}, "options": shape.choices}  # fmt: skip
    return hidden, information, decision


def theme_of(kind: str) -> str:
    """Return the theme of a kind of weakness: several kinds ask for the same decision."""
    return _THEMES.get(kind, "bottleneck")


_THEMES = {
    "maintenance backlog": "upkeep", "setup family": "changeover", "supplier spread": "supplier",
    "single source": "supplier", "supplier concentration": "supplier", "structural overtime": "overtime",
    "single person": "people", "shift cover": "people", "recurring escape": "quality",
}  # fmt: skip


def _option(code: str, name: str, kind: str, *changes: tuple[Any, ...], **given: Any) -> dict[str, Any]:
    rows = [
        {"parameter": path, "how": how, "value": value, **({"starts": rest[0]} if rest else {})}
        for path, how, value, *rest in changes
    ]
    return {"code": code, "name": name, "kind": kind, **given, "changes": rows}


def _leave(name: str = "Leave it as it is") -> dict[str, Any]:
    return _option("leave", name, "wait", is_default=True)


def _upkeep(weakness: Weakness, _company: Any, group: dict[str, Any], weekly: float, _words: PlantWords) -> Shape:
    path = f"group.{group['code']}"
    group["upkeep_needed"] = round(max(group["upkeep_needed"], 0.06 * group["hours"] * group["machines"]), 1)
    # What is put off shows where it is told: these machines wear faster than the others.
    group["wear"] = WORN
    group["upkeep"] = round(0.6 * group["upkeep_needed"], 1)
    weeks = max(20.0, 8.0 * weakness.value)
    needed = group["upkeep_needed"]
    catch_up = round(min(0.12 * group["hours"] * group["machines"], weeks * needed / 30.0), 1)
    books, truth = min(round(4 * needed), _told_overdue(weakness)), round(weeks * needed)
    hidden = {"parameter": f"{path}.backlog", "books": float(books), "truth": float(truth)}
    full = [(f"{path}.upkeep", "set", round(needed, 1))]
    choices = [
        _leave("Go on deferring"),
        _option("needed", "Do all that is needed from now on", "upkeep", *full),
        _option("catch-up", "Catch up in steps, some in the closed hours", "upkeep",
                (f"{path}.upkeep", "set", round(needed + catch_up, 1)), (f"{path}.hours", "add", 2.0),
                price=round(0.3 * weekly), effort=1.0, takes=2, is_staged=True),
    ]  # fmt: skip
    return Shape(
        hidden, choices, f"Overdue upkeep at {group['name']}",
        f"By the books {books:g} h of it are {group['name']}'s. Some say that most was done and never booked, others "
        "that far more is overdue than anybody wrote down.",
        f"Have the overdue upkeep at {group['name']} counted", "count",
        f"{{value}} hours of upkeep are overdue at {group['name']}",
    )  # fmt: skip


def _told_overdue(weakness: Weakness) -> int:
    """Hours that the headline says are overdue at the whole site, of which a group cannot have more."""
    told = re.search(r"([\d,]+) h of care", weakness.headline)
    return max(1, int(told[1].replace(",", ""))) if told else UNTOLD


def _changeover(
    _weakness: Weakness, company: dict[str, Any], group: dict[str, Any], weekly: float, _words: PlantWords
) -> Shape:
    path = f"group.{group['code']}.setup"
    books = max(0.3, group["setup"])
    group["setup"] = books
    hidden = {"parameter": path, "books": books, "truth": round(TRUE_SETUP * books, 2)}
    lots = [(f"product.{one['code']}.lot", "scale", 1.6) for one in company["products"]]
    choices = [
        _leave(),
        _option("quick", "Quicker changeover", "capacity", (path, "scale", 0.5, 1), price=round(0.5 * weekly),
                effort=1.0, takes=1, is_staged=True),
        _option("lots", "Larger lots of everything", "capacity", *lots, upkeep=round(0.12 * weekly)),
    ]  # fmt: skip
    return Shape(
        hidden, choices, f"Changeovers at {group['name']}",
        f"The books come to {books:g} h for each; the setters smile at that.",
        f"Time the changeovers at {group['name']} for two weeks", "log",
        f"A changeover at {group['name']} takes {{value}} h",
    )  # fmt: skip


def _bottleneck(
    _weakness: Weakness, company: dict[str, Any], group: dict[str, Any], weekly: float, _words: PlantWords
) -> Shape:
    path = f"group.{group['code']}"
    other = next((one for one in company["groups"] if one is not group), group)
    hidden = {"parameter": f"{path}.mtbf", "books": group["mtbf"], "truth": round(max(2.0, 0.5 * group["mtbf"]), 1)}
    choices = [
        _leave(),
        _option("hours", "Eight more hours a week", "capacity", (f"{path}.hours", "add", 8.0),
                upkeep=round(0.05 * weekly)),
        _option("stops", "Find and end its stops", "upkeep", (f"{path}.mtbf", "scale", 1.8, 1),
                price=round(0.25 * weekly), effort=1.0, takes=1, is_staged=True),
        _option("machine", f"Another machine at {other['name']}, where the floor asks for one", "investment",
                (f"group.{other['code']}.machines", "add", 1.0, 1), price=round(2.2 * weekly), effort=1.0, takes=1),
    ]  # fmt: skip
    return Shape(
        hidden, choices, f"What holds the plant up: {group['name']}",
        "Is it the work, or is it the stops between the work?",
        f"Write down every stop of {group['name']} for two weeks", "log",
        f"{group['name']} runs {{value}} h from one breakdown to the next", ("stops",), ("hours", "leave"),
    )  # fmt: skip


def _supplier(_weakness: Weakness, company: dict[str, Any], _group: Any, weekly: float, _words: PlantWords) -> Shape:
    path = f"supplier.{company['suppliers'][0]['code']}"
    hidden = {"parameter": f"{path}.outage", "books": 0.02, "truth": 0.16}
    choices = [
        _leave(),
        _option("stock", "Four more weeks of material", "supply", (f"{path}.stock", "add", 4.0, 1),
                price=round(0.3 * weekly), is_staged=True),
        _option("second", "A second source, kept warm", "supply", (f"{path}.second", "set", 0.5, 2),
                (f"{path}.premium", "set", 0.04, 2), price=round(0.6 * weekly), effort=1.0, takes=2, is_staged=True),
    ]  # fmt: skip
    source = company["suppliers"][0]["name"]
    return Shape(
        hidden, choices, f"Deliveries of {source}", "So far the stock has always lasted.",
        f"Ask other customers of {source} how it has delivered to them", "count",
        f"The chance that {source} fails in a quarter is {{value}}",
    )  # fmt: skip


def _overtime(
    weakness: Weakness, company: dict[str, Any], group: dict[str, Any], weekly: float, words: PlantWords
) -> Shape:
    company["organisation"]["overtime"] = 3.0
    # What the plant earns today it earns with that overtime paid.
    paid = OVERTIME_PAY * 3.0 * sum(one["people"] * one["wage"] for one in company["skills"])
    company["money"]["fixed"] = round(max(0.0, company["money"]["fixed"] - paid))
    skill = group.get("skill") or company["skills"][0]["code"]
    hidden = {"parameter": "organisation.fatigue", "books": 0.05, "truth": 0.45}
    choices = [
        _leave("Go on: it is capacity now"),
        _option("end", "End it", "people", ("organisation.overtime", "set", 0.0)),
        _option("hire", "Hire instead", "people", ("organisation.overtime", "set", 0.0, 1),
                (f"skill.{skill}.people", "add", 2.0, 1), price=round(1.2 * weekly), effort=1.0, takes=1),
    ]  # fmt: skip
    return Shape(
        hidden, choices, f"Overtime that has become capacity: {words.name_of(weakness.subject)}",
        "The figures are good, and nobody has complained yet.",
        "Ask the crews, one by one, how they are", "count",
        "From 0, rested, to 1, worn out, the crews are at {value}",
    )  # fmt: skip


def _people(
    weakness: Weakness, company: dict[str, Any], group: dict[str, Any], weekly: float, words: PlantWords
) -> Shape:
    skill = group.get("skill") or company["skills"][0]["code"]
    hidden = {"parameter": f"skill.{skill}.leaving", "books": 0.06, "truth": 0.35}
    choices = [
        _leave("It has always gone well"),
        _option("train", "Train two more", "people", (f"skill.{skill}.people", "add", 2.0, 2),
                price=round(0.25 * weekly), effort=1.0, takes=2, is_staged=True),
        _option("pay", "Pay for the skill", "people", (f"skill.{skill}.wage", "scale", 1.06),
                (f"skill.{skill}.leaving", "scale", 0.5)),
    ]  # fmt: skip
    whose = words.name_of(weakness.subject)
    return Shape(
        hidden, choices, f"Who can do it: {whose}", "It has always gone well so far.",
        f"Ask those who can do {whose} whether they mean to stay", "count",
        "The share of them that would leave within a year is {value}",
    )  # fmt: skip


def _quality(weakness: Weakness, company: dict[str, Any], _group: Any, weekly: float, words: PlantWords) -> Shape:
    path = f"product.{company['products'][0]['code']}.defects"
    hidden = {"parameter": path, "books": 0.004, "truth": 0.03}
    choices = [
        _leave("Replace what comes back"),
        _option("check", "Check everything before it leaves", "quality", ("organisation.inspection", "set", 0.96),
                upkeep=round(0.12 * weekly)),
        _option("cause", "Remove the cause", "quality", (path, "scale", 0.2, 1), price=round(0.4 * weekly), effort=1.0,
                takes=1, is_staged=True),
    ]  # fmt: skip
    item = company["products"][0]["name"]
    return Shape(
        hidden, choices, f"What comes back: {words.name_of(weakness.subject)}",
        "What came back was replaced; nobody has looked for the cause.",
        f"Open a pallet of {item} and measure every piece", "count",
        f"The share of {item} that looks good and is not is {{value}}",
    )  # fmt: skip


_SHAPES: dict[str, Callable[[Weakness, dict[str, Any], dict[str, Any], float, PlantWords], Shape]] = {
    "upkeep": _upkeep, "changeover": _changeover, "bottleneck": _bottleneck, "supplier": _supplier,
    "overtime": _overtime, "people": _people, "quality": _quality,
}  # fmt: skip
