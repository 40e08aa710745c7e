"""A scenario of one's own plant: its own machines, items and people, and its own weaknesses as the story."""

from __future__ import annotations

from typing import Any, NamedTuple

from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.progress import Progress, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.lab.compile_own_company import compile_own_company
from drumbeat.lab.read_scenario import check_text
from drumbeat.lab.tell_weakness import tell_weakness, theme_of
from drumbeat.lab.write_toml import write_toml
from drumbeat.strategy.actions import Weakness, find_weaknesses

MOST_THEMES = 5
LEAST_DECISIONS = 6


class OwnScenario(NamedTuple):
    """A scenario of one's own plant: the site that it is made of, and the file, TOML."""

    site: str
    text: str


def make_own_scenario(snapshot: Snapshot, site: str = "", *, progress: Progress = silent) -> OwnScenario:
    """Make a scenario of a plant.

    Parameters
    ----------
    snapshot
        The production system.
    site
        Code of the site; "" = the one with most money at risk.
    progress
        Hears of each step.

    Returns
    -------
    The site, and the scenario file, checked: it can be stored, edited and played.

    Raises
    ------
    InputError
        When no weakness is found, or the site has no work that could be played.
    """
    progress(0.1, "looking for weaknesses")
    found = [one for one in find_weaknesses(snapshot) if not site or one.site == site]
    site = site or _choose_site(found)
    mine = _one_by_theme([one for one in found if one.site in (site, "")])
    if not site or not mine:
        rule, remedy = "the plant has a weakness to practise on", "Load its events, orders and maintenance first"
        raise InputError(Finding("plant", rule, remedy, value=site or None))
    progress(0.7, "making it small")
    company = compile_own_company(snapshot, site, {one.subject for one in mine})
    if not company["suppliers"]:
        mine = [one for one in mine if theme_of(one.kind) != "supplier"]
    text = write_toml(_tell(snapshot, mine, company))
    progress(0.9, "checking it")
    _, findings = check_text(text, f"{site}.toml")
    findings.raise_on_errors()
    return OwnScenario(site, text)


def _choose_site(found: list[Weakness]) -> str:
    """Site with most money at risk; the first one by code among equals."""
    totals: dict[str, float] = {}
    for one in found:
        if one.site:
            totals[one.site] = totals.get(one.site, 0.0) + one.money_at_risk
    return min(totals, key=lambda code: (-totals[code], code), default="")


def _one_by_theme(found: list[Weakness]) -> list[Weakness]:
    kept: dict[str, Weakness] = {}
    for one in found:
        kept.setdefault(theme_of(one.kind), one)
    return list(kept.values())[:MOST_THEMES]


def _tell(snapshot: Snapshot, found: list[Weakness], company: dict[str, Any]) -> dict[str, Any]:
    capability = dict(snapshot["resource"].select("code", "capability").iter_rows())
    groups = {one["name"]: one for one in company["groups"]}
    fullest = max(company["groups"], key=lambda one: _load(one, company))
    weekly = sum(one["demand"] * one["price"] for one in company["products"])
    parts = [tell_weakness(one, company, _find_group(one, groups, capability, fullest), weekly) for one in found]
    decisions = [decision for _, _, decision in parts]
    closers = _closers(company, fullest, weekly)
    decisions = [closers[0], *decisions]
    decisions += closers[1 : 1 + max(1, LEAST_DECISIONS - len(decisions))]
    for place, decision in enumerate(decisions, 1):
        decision["round"] = place
    told = "\n".join(f"{one.headline}." for one in found)
    question = "What of it is true, and what would you do first?"
    return {
        "code": f"own-{company['code'].lower()}"[:60],
        "title": f"{company['name']}: your own plant",
        "story": f"This is {company['name']} as its data tell it.\n{told}\n{question}",
        "role": "The one who runs it",
        "period": "quarter", "minutes": 30, "level": "manager", "ending": 4,
        "aims": ["Practise on the plant that you run", *(one.remedy for one in found)][:6],
        "good": [f"{one.remedy}. Wrong if: {one.disproof}." for one in found],
        "company": company,
        "hidden": [hidden for hidden, _, _ in parts],
        "information": [information for _, information, _ in parts],
        "decisions": decisions,
        "stakeholders": _stakeholders(),
    }  # fmt: skip


def _find_group(
    weakness: Weakness, groups: dict[str, Any], capability: dict[str, str], fullest: dict[str, Any]
) -> dict[str, Any]:
    """Group of the machine that a weakness names, or that its evidence names first; otherwise the fullest one."""
    named = [weakness.subject, *(str(value) for row in weakness.evidence for value in row.values())]
    return next((groups[capability[one]] for one in named if capability.get(one) in groups), fullest)


def _load(group: dict[str, Any], company: dict[str, Any]) -> float:
    minutes = sum(
        one["demand"] * step["minutes"]
        for one in company["products"]
        for step in one["steps"]
        if step["group"] == group["code"]
    )
    return float(minutes / 60.0 / max(group["machines"] * group["hours"], 1.0))


def _closers(company: dict[str, Any], group: dict[str, Any], weekly: float) -> list[dict[str, Any]]:
    """Decisions that every plant knows: an order to take, money to spend, a last quarter before the review."""
    demand = [f"product.{one['code']}.demand" for one in company["products"]]

    def change(path: str, how: str, value: float, **rest: Any) -> dict[str, Any]:
        return {"parameter": path, "how": how, "value": value, **rest}

    def option(code: str, name: str, kind: str, *changes: dict[str, Any], **rest: Any) -> dict[str, Any]:
        return {"code": code, "name": name, "kind": kind, **rest, "changes": list(changes)}

    wager = {"figure": "on_time", "level": 0.9, "periods": 2}
    upkeep = f"group.{group['code']}.upkeep"
    spare = min(company["groups"], key=lambda one: _load(one, company))
    return [
        {"code": "order", "title": "A customer wants more", "wager": wager,
         "text": "Your largest customer asks for a twelfth more, for good.",
         "options": [option("take", "Take it", "promise", *(change(one, "scale", 1.08) for one in demand)),
                     option("half", "Take a part, and look again", "promise",
                            *(change(one, "scale", 1.03) for one in demand), is_staged=True),
                     option("no", "Not now", "wait", is_default=True)]},
        {"code": "last", "title": "The quarter before your review", "wager": wager,
         "text": "Leaving upkeep out would show at once in the figures, and later in somebody else's.",
         "options": [option("strip", "Leave it out", "cut", change(upkeep, "set", 0.0, lasts=1)),
                     option("steady", "Carry on", "wait", is_default=True),
                     option("care", "Do some of it twice", "upkeep", change(upkeep, "add", 6.0, lasts=2))]},
        {"code": "spend", "title": "Money for one thing", "wager": wager,
         "text": f"Engineering would like another machine at {spare['name']}; it looks well on the tour.",
         "options": [option("machine", f"Another machine at {spare['name']}", "investment",
                            change(f"group.{spare['code']}.machines", "add", 1.0, starts=1), price=round(1.5 * weekly),
                            effort=1.0, takes=1),
                     option("flow", f"Take work off {group['name']}", "capacity",
                            change(f"group.{group['code']}.speed", "scale", 1.06, starts=1), price=round(0.6 * weekly),
                            effort=1.0, takes=1, is_staged=True),
                     option("keep", "Keep it", "wait", is_default=True)]},
        {"code": "second", "title": "The customer again", "wager": wager,
         "text": "The customer comes back: a twentieth more, with fines.",
         "options": [option("take", "Take it", "promise", *(change(one, "scale", 1.05) for one in demand),
                            change("money.short", "add", 0.08)),
                     option("no", "Say no", "wait", is_default=True)]},
        {"code": "pay", "title": "The pay round", "wager": {"figure": "leavers", "level": 3, "at_least": False},
         "text": "The works council asks for something that can be felt.",
         "options": [option("trust", "Fewer overtime hours, a fixed roster", "people",
                            change("organisation.resting", "add", 0.2), price=round(0.1 * weekly)),
                     option("no", "Next year", "wait", is_default=True)]},
    ]  # fmt: skip


def _stakeholders() -> list[dict[str, Any]]:
    return [
        {"code": "finance", "name": "Finance", "cares": "That money buys what it says it buys.",
         "accepts": ["count", "ledger", "model"], "checks": ["numbers", "affordable", "staged"],
         "agrees": "The numbers hold.", "objects": "I cannot put that forward."},
        {"code": "engineering", "name": "Engineering and maintenance", "cares": "Machines that surprise nobody.",
         "accepts": ["count", "log", "walk", "trial"], "checks": ["evidence", "absorbable"],
         "agrees": "That is what the machines say, too.", "objects": "Has anybody looked?"},
        {"code": "sales", "name": "Sales", "cares": "Promises that are kept.",
         "accepts": ["count", "log", "interview"], "checks": ["evidence", "numbers"],
         "agrees": "I can tell customers that.", "objects": "What do I tell the customer?"},
    ]  # fmt: skip
