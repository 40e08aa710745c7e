"""What a weakness becomes in a scenario of one's own plant: something hidden, a way to find out, and a decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drumbeat.strategy.engine.result import Weakness

Part = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
"""Hidden thing, information, decision (without its round)."""


def tell_weakness(weakness: Weakness, company: dict[str, Any], group: dict[str, Any], weekly: float) -> Part:
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
    """
    hidden, choices, title = _SHAPES[theme_of(weakness.kind)](weakness, company, group, weekly)
    code = theme_of(weakness.kind)
    books, truth = hidden.pop("books"), hidden.pop("truth")
    hidden |= {
        "code": code,
        "text": weakness.headline,
        "levels": [{"value": books, "chance": 0.35}, {"value": truth, "chance": 0.65}],
    }
    default = next(one["code"] for one in choices if one.get("is_default"))
    cures = [f"{code}.{one['code']}" for one in choices if not one.get("is_default")]
    middle = (books + truth) / 2.0
    is_worse_above = truth > books
    fine = {"text": f"{weakness.metric}: {{value}}. The books are about right.", "supports": [f"{code}.{default}"]}
    bad = {"text": f"{weakness.metric}: {{value}}. {weakness.disproof} It does not.", "supports": cures,
           "opposes": [f"{code}.{default}"]}  # fmt: skip
    readings = [fine | {"below": middle}, bad] if is_worse_above else [bad | {"below": middle}, fine]
    information = {
        "code": f"look-{code}", "name": f"Look into it: {weakness.metric}", "kind": "count",
        "price": round(0.03 * weekly), "shows": code, "readings": readings,
    }  # fmt: skip
    for one in choices:
        if not one.get("is_default"):
            one["needs"] = [f"look-{code}"]
    decision = {"code": code, "title": title, "text": weakness.headline + ".",
                "wager": {"figure": "on_time", "level": 0.9, "periods": 2}, "options": choices}  # fmt: skip
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


def _upkeep(weakness: Weakness, _company: Any, group: dict[str, Any], weekly: float) -> Any:
    path = f"group.{group['code']}"
    group["upkeep_needed"] = max(group["upkeep_needed"], 0.06 * group["hours"] * group["machines"])
    group["upkeep"] = round(0.6 * group["upkeep_needed"], 1)
    weeks = max(20.0, 8.0 * weakness.value)
    needed = group["upkeep_needed"]
    catch_up = round(min(0.12 * group["hours"] * group["machines"], weeks * needed / 30.0), 1)
    hidden = {"parameter": f"{path}.backlog", "books": round(4 * needed, 1), "truth": round(weeks * needed, 1)}
    full = [(f"{path}.upkeep", "set", round(needed, 1))]
    choices = [
        _leave("Go on deferring"),
        _option("needed", "Do all that is needed from now on", "upkeep", *full),
        _option("catch-up", "Catch up in steps, some in the closed hours", "upkeep",
                (f"{path}.upkeep", "set", round(needed + catch_up, 1)), (f"{path}.hours", "add", 2.0),
                price=round(0.35 * weekly), effort=1.0, takes=2, is_staged=True),
    ]  # fmt: skip
    return hidden, choices, f"Overdue upkeep of {group['name']}"


def _changeover(_weakness: Weakness, company: dict[str, Any], group: dict[str, Any], weekly: float) -> Any:
    path = f"group.{group['code']}.setup"
    books = max(0.3, group["setup"])
    group["setup"] = books
    hidden = {"parameter": path, "books": books, "truth": round(1.9 * books, 2)}
    lots = [(f"product.{one['code']}.lot", "scale", 1.6) for one in company["products"]]
    choices = [
        _leave(),
        _option("quick", "Quicker changeover", "capacity", (path, "scale", 0.5, 1), price=round(0.5 * weekly),
                effort=1.0, takes=1, is_staged=True),
        _option("lots", "Larger lots of everything", "capacity", *lots, upkeep=round(0.12 * weekly)),
    ]  # fmt: skip
    return hidden, choices, f"Changeover of {group['name']}"


def _bottleneck(_weakness: Weakness, company: dict[str, Any], group: dict[str, Any], weekly: float) -> Any:
    path = f"group.{group['code']}"
    other = next((one for one in company["groups"] if one is not group), group)
    hidden = {"parameter": f"{path}.mtbf", "books": group["mtbf"], "truth": round(max(2.0, 0.5 * group["mtbf"]), 1)}
    choices = [
        _leave(),
        _option("hours", "Eight more hours a week", "capacity", (f"{path}.hours", "add", 8.0),
                upkeep=round(0.1 * weekly)),
        _option("stops", "Find and end its stops", "upkeep", (f"{path}.mtbf", "scale", 1.8, 1),
                price=round(0.25 * weekly), effort=1.0, takes=1, is_staged=True),
        _option("machine", f"Another machine for {other['name']}", "investment",
                (f"group.{other['code']}.machines", "add", 1.0, 1), price=round(2.2 * weekly), effort=1.0, takes=1),
    ]  # fmt: skip
    return hidden, choices, f"What holds the plant up: {group['name']}"


def _supplier(weakness: Weakness, company: dict[str, Any], _group: Any, weekly: float) -> Any:
    path = f"supplier.{company['suppliers'][0]['code']}"
    hidden = {"parameter": f"{path}.outage", "books": 0.02, "truth": 0.16}
    choices = [
        _leave(),
        _option("stock", "Four more weeks of material", "supply", (f"{path}.stock", "add", 4.0, 1),
                price=round(0.3 * weekly), is_staged=True),
        _option("second", "A second source, kept warm", "supply", (f"{path}.second", "set", 0.5, 2),
                (f"{path}.premium", "set", 0.04, 2), price=round(0.6 * weekly), effort=1.0, takes=2, is_staged=True),
    ]  # fmt: skip
    return hidden, choices, f"Deliveries of {weakness.subject}"


def _overtime(_weakness: Weakness, company: dict[str, Any], group: dict[str, Any], weekly: float) -> Any:
    company["organisation"]["overtime"] = 3.0
    skill = group.get("skill") or company["skills"][0]["code"]
    hidden = {"parameter": "organisation.fatigue", "books": 0.05, "truth": 0.45}
    choices = [
        _leave("Go on: it is capacity now"),
        _option("end", "End it", "people", ("organisation.overtime", "set", 0.0)),
        _option("hire", "Hire instead", "people", ("organisation.overtime", "set", 0.0, 1),
                (f"skill.{skill}.people", "add", 2.0, 1), price=round(0.3 * weekly), effort=1.0, takes=1),
    ]  # fmt: skip
    return hidden, choices, "Overtime that has become capacity"


def _people(weakness: Weakness, company: dict[str, Any], group: dict[str, Any], weekly: float) -> Any:
    skill = group.get("skill") or company["skills"][0]["code"]
    hidden = {"parameter": f"skill.{skill}.leaving", "books": 0.06, "truth": 0.35}
    choices = [
        _leave("It has always gone well"),
        _option("train", "Train two more", "people", (f"skill.{skill}.people", "add", 2.0, 2),
                price=round(0.25 * weekly), effort=1.0, takes=2, is_staged=True),
        _option("pay", "Pay for the skill", "people", (f"skill.{skill}.wage", "scale", 1.06),
                (f"skill.{skill}.leaving", "scale", 0.5)),
    ]  # fmt: skip
    return hidden, choices, f"Who can do it: {weakness.subject}"


def _quality(weakness: Weakness, company: dict[str, Any], _group: Any, weekly: float) -> Any:
    path = f"product.{company['products'][0]['code']}.defects"
    hidden = {"parameter": path, "books": 0.004, "truth": 0.03}
    choices = [
        _leave("Replace what comes back"),
        _option("check", "Check everything before it leaves", "quality", ("organisation.inspection", "set", 0.96),
                upkeep=round(0.12 * weekly)),
        _option("cause", "Remove the cause", "quality", (path, "scale", 0.2, 1), price=round(0.4 * weekly), effort=1.0,
                takes=1, is_staged=True),
    ]  # fmt: skip
    return hidden, choices, f"What comes back: {weakness.subject}"


_SHAPES: dict[str, Callable[[Weakness, dict[str, Any], dict[str, Any], float], Any]] = {
    "upkeep": _upkeep, "changeover": _changeover, "bottleneck": _bottleneck, "supplier": _supplier,
    "overtime": _overtime, "people": _people, "quality": _quality,
}  # fmt: skip
