"""A scenario of one's own plant: its own machines, items and people, and its own weaknesses as the story."""

from __future__ import annotations

from typing import Any, NamedTuple

from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.progress import Progress, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.lab.compile_own_company import compile_own_company
from drumbeat.lab.read_scenario import check_text
from drumbeat.lab.tell_plant import PlantWords, find_words, tell_headline
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
    sites = [site] if site else _rank_sites(found)
    if not found or not sites:
        rule, remedy = "the plant has a weakness to practise on", "Load its events, orders and maintenance first"
        raise InputError(Finding("plant", rule, remedy, value=site or None))
    progress(0.7, "making it small")
    site, mine, company = _choose_site(snapshot, found, sites)
    text = write_toml(_tell(snapshot, mine, company, find_words(snapshot, site, company)))
    progress(0.9, "checking it")
    _, findings = check_text(text, f"{site}.toml")
    findings.raise_on_errors()
    return OwnScenario(site, text)


def _rank_sites(found: list[Weakness]) -> list[str]:
    """Sites with weaknesses, that with most money at risk first; by code among equals."""
    totals: dict[str, float] = {}
    for one in found:
        if one.site:
            totals[one.site] = totals.get(one.site, 0.0) + one.money_at_risk
    return sorted(totals, key=lambda code: (-totals[code], code))


def _choose_site(
    snapshot: Snapshot, found: list[Weakness], sites: list[str]
) -> tuple[str, list[Weakness], dict[str, Any]]:
    """The first of some sites that can be played, with its weaknesses and its small company.

    Raises
    ------
    InputError
        When none can; with what the first one lacks.
    """
    stops: list[InputError] = []
    for site in sites:
        mine = _one_by_theme([one for one in found if one.site in (site, "")])
        bottleneck = next((one.subject for one in mine if one.kind == "bottleneck"), "")
        try:
            company = compile_own_company(snapshot, site, {one.subject for one in mine}, bottleneck)
            return site, _keep_playable(mine, company, site), company
        except InputError as error:
            stops.append(error)
    raise stops[0]


def _keep_playable(found: list[Weakness], company: dict[str, Any], site: str) -> list[Weakness]:
    """Weaknesses that the small company can have: no supplier's without suppliers, nobody's without people."""
    closed = set() if company["suppliers"] else {"supplier"}
    closed |= set() if company["skills"] else {"overtime", "people"}
    kept = [one for one in found if theme_of(one.kind) not in closed]
    if not kept:
        rule = f"a weakness of the site can be played without its {' and '.join(sorted(closed))}"
        remedy = "Load suppliers' terms, people and what operations ask of them"
        raise InputError(Finding("site", rule, remedy, value=site))
    return kept


def _one_by_theme(found: list[Weakness]) -> list[Weakness]:
    kept: dict[str, Weakness] = {}
    for one in found:
        kept.setdefault(theme_of(one.kind), one)
    return list(kept.values())[:MOST_THEMES]


def _tell(snapshot: Snapshot, found: list[Weakness], company: dict[str, Any], words: PlantWords) -> dict[str, Any]:
    capability = dict(snapshot["resource"].select("code", "capability").iter_rows())
    groups = {one["name"]: one for one in company["groups"]}
    fullest = _find_fullest(found, company, groups, capability)
    weekly = sum(one["demand"] * one["price"] for one in company["products"])
    parts = [tell_weakness(one, company, _find_group(one, groups, capability, fullest), weekly, words) for one in found]
    decisions = [decision for _, _, decision in parts]
    closers = _closers(company, fullest, weekly, words.customer)
    decisions = [closers[0], *decisions]
    decisions += closers[1 : 1 + max(1, LEAST_DECISIONS - len(decisions))]
    for place, decision in enumerate(decisions, 1):
        decision["round"] = place
    told = [f"{tell_headline(one, words)}." for one in found]
    question = "Not all of it need be true. What is, and what would you do first?"
    cures = [f"{words.name_of(one.subject)}: {_lower(one.remedy)}" for one in found]
    return {
        "code": f"own-{company['code'].lower()}"[:60],
        "title": f"{company['name']}: your own plant",
        "story": "\n\n".join([words.opening, "This is what its data say.", *told, question]),
        "role": f"Production manager of {company['name']}",
        "period": "quarter", "minutes": 30, "level": "manager", "ending": 4,
        "aims": [f"Find out what of it is true before {company['name']} pays for it",
                 "Tell what holds the plant up from what looks well on a tour",
                 "Leave a plant behind that somebody else can run"],
        "good": [f"{cure}. What would prove the finding wrong: {_lower(one.disproof)}."
                 for cure, one in zip(cures, found, strict=True)],
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


def _find_fullest(
    found: list[Weakness], company: dict[str, Any], groups: dict[str, Any], capability: dict[str, str]
) -> dict[str, Any]:
    """Group of the machine that was measured to be the bottleneck; where none was, the one with most load."""
    named = (capability.get(one.subject, "") for one in found if one.kind == "bottleneck")
    fullest: dict[str, Any] = max(company["groups"], key=lambda one: _load(one, company))
    return next((groups[name] for name in named if name in groups), fullest)


def _load(group: dict[str, Any], company: dict[str, Any]) -> float:
    minutes = sum(
        one["demand"] * step["minutes"]
        for one in company["products"]
        for step in one["steps"]
        if step["group"] == group["code"]
    )
    return float(minutes / 60.0 / max(group["machines"] * group["hours"], 1.0))


def _lower(sentence: str) -> str:
    """A sentence as it goes on behind a colon; a code at its beginning stays as it is."""
    is_code = sentence[:2].isalpha() and sentence[:2].isupper()
    return sentence if is_code else f"{sentence[:1].lower()}{sentence[1:]}"


def _closers(company: dict[str, Any], group: dict[str, Any], weekly: float, customer: str) -> list[dict[str, Any]]:
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
        {"code": "order", "title": f"{customer} wants more", "wager": wager,
         "text": f"{customer} asks for 8 % more of everything, for good. {group['name']} would feel it first.",
         "options": [option("take", "Take it", "promise", *(change(one, "scale", 1.08) for one in demand)),
                     option("half", "Take a part, and look again", "promise",
                            *(change(one, "scale", 1.03) for one in demand), is_staged=True),
                     option("no", "Not now", "wait", is_default=True)]},
        {"code": "last", "title": "The quarter before your review", "wager": wager,
         "text": f"Upkeep left out at {group['name']} shows in your figures at once, and in somebody else's later.",
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
        {"code": "second", "title": f"{customer} again", "wager": wager,
         "text": f"{customer} comes back: 5 % more again, and a fine for each piece that is late.",
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
