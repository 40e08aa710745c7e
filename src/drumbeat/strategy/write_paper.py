"""The board paper: one page that decides, and an appendix that shows, from what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from drumbeat.basics.findings import Finding, InputError
from drumbeat.data.write_pdf import write_pdf
from drumbeat.finance.models import ExchangeRate
from drumbeat.plant.models import Company
from drumbeat.strategy import decide
from drumbeat.strategy.brief_roadmap import Brief, brief_roadmap
from drumbeat.strategy.models import Assumption, Decision, RoadmapPlan, StoredReview, StoredStress, Weakness
from drumbeat.strategy.tell_roadmap import say_money
from drumbeat.strategy.weigh_decision import weigh_decision

TEMPLATE = Path(__file__).parent / "paper" / "board.typ"
SHOWN_WEAKNESSES, SHOWN_RISKS = 3, 5
"""What the first page has room for."""
MOST_WEAKNESSES, SHOWN_STRESS, SHOWN_SIGNED = 5, 3, 5
"""Weaknesses where nothing is to be decided; losses of the stress tests that are told; functions with a row each."""
FELT_AT_ONCE = 0.05
"""Weeks that a loss is survived below which it is felt at once."""
NO_SERIES = "not measured by week"
PROVED_WEAKNESSES, SHOWN_EVIDENCE = 6, 12


def find_decision(code: str) -> Decision | None:
    """Return the decision of a code; for "" the newest one that is open, or None.

    Raises
    ------
    InputError
        When there is none of that code.
    """
    if not code:
        return Decision.objects.exclude(state=Decision.State.RESOLVED).first()
    found = Decision.objects.filter(code=code).first()
    if found is None:
        known = ", ".join(Decision.objects.values_list("code", flat=True)[:5]) or "none is written down yet"
        raise InputError(Finding("decision", "there is a decision of this code", f"There are: {known}", value=code))
    return found


def write_paper(decision: Decision | None, made_at: datetime, author: str = "") -> bytes:
    """Write the board paper as a PDF.

    Parameters
    ----------
    decision
        What is asked; None = the situation alone.
    made_at, author
        When and by whom.

    Returns
    -------
    The PDF; what nothing is stored of says so in its place.
    """
    return write_pdf(TEMPLATE, collect_paper(decision, made_at, author), made_at)


def collect_paper(decision: Decision | None, made_at: datetime, author: str = "") -> dict[str, Any]:
    """Collect what the paper says, as texts."""
    company = Company.objects.first()
    review = StoredReview.objects.first()
    money, rates = _rates(company)
    weaknesses = _newest_weaknesses(rates)
    most = SHOWN_WEAKNESSES if decision else MOST_WEAKNESSES
    roadmap = brief_roadmap(RoadmapPlan.objects.first())
    return {
        "title": decision.title if decision else "Where production stands",
        "author": author, "made": f"{made_at.day} {made_at:%B %Y}", "company": str(company or ""),
        "as_of": f"Data of {review.review['as_of'][:10]}" if review else "",
        "question": decision.question if decision else "", "ask": _ask(decision),
        "situation": _situation(review, weaknesses), "kpis": _kpis(review),
        "weaknesses": [[one.headline, _money(one, money, rates), one.remedy] for one in weaknesses[:most]],
        "options": _options(decision), "ranking": _ranking(decision),
        "roadmap": roadmap.rows, "curve": roadmap.curve, "most": roadmap.most, "least": roadmap.least,
        "currency": roadmap.currency, "worth": roadmap.worth, "staging": roadmap.staging,
        "risks": (_risks(decision, roadmap, made_at.date()) + _stress_risks())[:SHOWN_RISKS],
        "signed": _signed(decision),
        "texts": _texts(decision), "assumptions": _assumptions(decision, made_at.date()), "why": roadmap.why,
        "evidence": [_evidence(one) for one in weaknesses[:PROVED_WEAKNESSES]], "method": _method(review, roadmap),
    }  # fmt: skip


def _rates(company: Company | None) -> tuple[str, dict[str, float]]:
    """The company's currency, and what a unit of each other one is worth in it."""
    own = company.currency if company else ""
    return own, {**dict(ExchangeRate.objects.values_list("currency", "rate")), own: 1.0}


def _newest_weaknesses(rates: dict[str, float]) -> list[Weakness]:
    newest = Weakness.objects.order_by("-found_at").values_list("found_at", flat=True).first()
    if newest is None:
        return []
    # Amounts in several currencies are ranked in the company's; one without a rate counts as it stands.
    rows = Weakness.objects.filter(found_at=newest).order_by("rank")
    return sorted(rows, key=lambda one: -one.money_at_risk * float(rates.get(one.currency, 1.0)))


def _money(one: Weakness, own: str, rates: dict[str, float]) -> str:
    """Money at risk in the company's currency, as boards read it; in its own where there is no rate."""
    if one.money_at_risk > 0:
        rate = rates.get(one.currency)
        amount, currency = (one.money_at_risk * rate, own) if rate else (one.money_at_risk, one.currency)
        return say_money(amount, currency).strip()
    return f"{one.hours_at_risk:,.0f} h" if one.hours_at_risk > 0 else ""


def _ask(decision: Decision | None) -> str:
    if decision is None:
        return "Nothing is to be decided today; the figures are for information."
    if decision.chosen is None:
        return "To choose between the options below."
    cost = "" if decision.chosen.cost is None else f", at {decision.chosen.cost:,.0f}"
    sure = "" if decision.probability is None else f" We hold this {decision.probability:.0%} sure"
    until = f", and it can be told on {_day(decision.resolves_on)}" if sure and decision.resolves_on else ""
    claim = f": {decision.claim.rstrip('.')}" if sure and decision.claim else ""
    return f"To approve: {decision.chosen}{cost}.{sure}{claim}{until}{'.' if sure else ''}"


def _day(value: date | None) -> str:
    return "" if value is None else f"{value.day} {value:%b %Y}"


def _situation(review: StoredReview | None, weaknesses: Sequence[Weakness]) -> list[str]:
    told = (
        [one["words"] for one in review.review["kpis"] if one["words"] and one["value"] is not None] if review else []
    )
    if not review:
        told.append("The director's figures have not been measured yet.")
    if not weaknesses:
        told.append("No weakness was found, or none was looked for.")
    return [f"{one.rstrip('.')}." for one in told[:3]]


def _kpis(review: StoredReview | None) -> list[list[str]]:
    if review is None:
        return []
    return [
        [one["name"], one["text"], one["interval_text"], one["trend"]["words"] if one["series"] else NO_SERIES]
        for one in review.review["kpis"]
    ]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _options(decision: Decision | None) -> list[list[str]]:
    if decision is None:
        return []
    return [
        [f"{one.name}{' (chosen)' if one.pk == decision.chosen_id else ''}"]
        + [_number(value) for value in (one.cost, one.value_low, one.value_mid, one.value_high)]
        for one in decision.options.all()
    ]


def _ranking(decision: Decision | None) -> str:
    ranking = weigh_decision(decision).ranking if decision else None
    if ranking is None:
        return ""
    told = f"By the functions' weights, {ranking.options[0]} ranks first"
    if ranking.turn is None:
        return f"{told}; no weight of any one criterion would change that."
    turn = ranking.turn
    share = f"{turn.weight_then:.0%} instead of {turn.weight_now:.0%}"
    return f"{told}; {turn.option} would if {turn.criterion} counted {share}."


def _risks(decision: Decision | None, roadmap: Brief, today: date) -> list[str]:
    told = []
    if decision is not None:
        for one in decision.assumptions.all():
            if one.state == Assumption.State.BROKEN:
                told.append(f"Broken: {one.text} ({one.note}).")
            elif one.expires_on < today:
                told.append(f"Not looked at since {_day(one.expires_on)}: {one.text}.")
        told += [
            f"{row.get_function_display()} does not agree: {row.reason}"
            for row, _ in decide.list_standing(decision).values()
            if not row.agrees
        ]
        told += [line.strip() for line in decision.premortem.splitlines() if line.strip()]
    return told + roadmap.risks


def _stress_risks() -> list[str]:
    """The dearest losses of the newest stress tests, and what would cover each."""
    stored = StoredStress.objects.first()
    if stored is None:
        return []
    tests = [row for row in stored.run["rows"] if row["loss"] > 0 and row["kind"] != "demand"][:SHOWN_STRESS]
    return [
        f"Losing {row['name'] or row['code']} for {row['weeks_to_recover']:.0f} weeks costs "
        f"{say_money(row['loss'], stored.run['currency'])} at least; "
        + (
            f"it is survived for {row['weeks_to_survive']:.1f} weeks."
            if row["weeks_to_survive"] >= FELT_AT_ONCE
            else "customers feel it at once."
        )
        for row in tests
    ]


def _signed(decision: Decision | None) -> list[list[str]]:
    if decision is None:
        return []
    rows = []
    for row, is_current in decide.list_standing(decision).values():
        verdict = ("Agrees" if row.agrees else "Does not agree") + ("" if is_current else " (earlier text)")
        by = f"{row.author}, {_day(row.signed_at.date())}"
        rows.append([row.get_function_display(), verdict, row.reason, by])
    return rows if len(rows) <= SHOWN_SIGNED else _merge_signed(rows)


def _merge_signed(rows: list[list[str]]) -> list[list[str]]:
    """Put those that agree without a condition in one row, so that dissent and conditions stay on the first page."""
    plain = [row for row in rows if row[1].startswith("Agrees") and not row[2].strip()]
    merged = [[", ".join(row[0] for row in plain if row[1] == verdict), verdict, "", ""]
              for verdict in dict.fromkeys(row[1] for row in plain)]  # fmt: skip
    return [row for row in rows if row not in plain] + merged


def _texts(decision: Decision | None) -> list[list[str]]:
    if decision is None:
        return []
    told = [
        ["What is to be decided, and why now", decision.question],
        ["What will be seen if it is right", decision.claim],
    ]
    told += [["Pre-mortem: it has failed. Why?", decision.premortem]]
    told += [[f"Option: {one.name}", one.note] for one in decision.options.all()]
    return [one for one in told if one[1].strip()]


def _assumptions(decision: Decision | None, today: date) -> list[list[str]]:
    if decision is None:
        return []
    rows = []
    for one in decision.assumptions.all():
        is_expired = one.state == Assumption.State.HOLDS and one.expires_on < today
        state = "Expired" if is_expired else one.get_state_display()
        rows.append([one.text, one.owner, _day(one.expires_on), state])
    return rows


def _evidence(one: Weakness) -> dict[str, Any]:
    rows = [row for row in one.evidence if isinstance(row, dict)][:SHOWN_EVIDENCE]
    head = list(rows[0])[:6] if rows else []
    more = f" {one.num_evidence} rows are behind it." if one.num_evidence > len(rows) else ""
    told = f"{one.metric}: {one.value:,.4g}, threshold {one.threshold:,.4g} ({one.threshold_source or 'none stated'})."
    return {
        "title": one.headline, "text": f"{told} It would be wrong if: {one.disproof.rstrip('.')}.{more}",
        "head": [name.replace("_", " ") for name in head],
        "rows": [[_cell(row.get(name)) for name in head] for row in rows],
    }  # fmt: skip


def _cell(value: Any) -> str:
    return f"{value:,.4g}" if isinstance(value, float) else str(value if value is not None else "")[:60]


def _method(review: StoredReview | None, roadmap: Brief) -> list[str]:
    told = []
    if review:
        data = review.review
        told.append(
            f"The director's figures stand with their {data['confidence']:.0%} intervals; the coming quarter was "
            f"played {data['replications']:,} times with seed {data['seed']}."
        )
        told += data["findings"][:6]
    return [*told, *roadmap.method] or ["Nothing was played."]
