"""Judge a defence: five rules, each of which can be looked up; a stakeholder applies some of them and says so."""

from __future__ import annotations

from math import isclose

from drumbeat.lab.engine.believe import known_company
from drumbeat.lab.engine.game import Answer, Decide, Defend, Position
from drumbeat.lab.engine.scenario import Decision, Option, Stakeholder
from drumbeat.lab.engine.tell_figure import tell_level

COST_TOLERANCE = 0.15
"""A stated cost may be so far from the option's, as a share of it."""

STAGED_FROM = 0.25
"""An option that takes at least this share of the whole budget must be staged, or its steps be said."""

AGREE_TRUST, OBJECT_TRUST = 0.02, -0.03
"""What an agreement and an objection do to trust."""

DELAYED_BELOW = 0.5
"""With less than this share of the stakeholders agreeing, what was decided begins a period later."""


def price_of(option: Option, periods_left: int) -> float:
    """Return what an option costs until the end of the game: its price, and its upkeep each period.

    Parameters
    ----------
    option
        The option.
    periods_left
        Periods that are still to be played, this one included, >= 0.
    """
    return option.price + option.upkeep * periods_left


def judge_defence(position: Position, decide: Decide, defend: Defend) -> tuple[Answer, ...]:
    """Let each stakeholder answer a defence.

    Parameters
    ----------
    position
        The game before the period is played.
    decide, defend
        What was decided, and how it is defended.

    Returns
    -------
    One answer a stakeholder, in the scenario's order.
    """
    scenario = position.scenario
    decision = scenario.decision_of(position.round)
    if decision is None:
        return ()
    option = next(one for one in decision.options if one.code == decide.option)
    return tuple(_answer(position, decision, option, decide, defend, one) for one in scenario.stakeholders)


def _answer(
    position: Position, decision: Decision, option: Option, decide: Decide, defend: Defend, who: Stakeholder
) -> Answer:
    rules = []
    for check in who.checks:
        kept, why = {
            "evidence": lambda: _check_evidence(position, option, defend, who, f"{decision.code}.{option.code}"),
            "numbers": lambda: _check_numbers(position, decision, option, decide, defend),
            "staged": lambda: _check_staged(position, option, defend),
            "affordable": lambda: _check_affordable(position, option),
            "absorbable": lambda: _check_absorbable(position, option),
        }[check]()
        rules.append((check, kept, why))
    agrees = all(kept for _, kept, _ in rules)
    reason = next((why for _, kept, why in rules if not kept), "")
    text = who.agrees if agrees else f"{who.objects} {reason}"
    return Answer(who.code, agrees, text, tuple(rules))


def _check_evidence(
    position: Position, option: Option, defend: Defend, who: Stakeholder, path: str
) -> tuple[bool, str]:
    """What is cited has been seen; some of it is of a kind that convinces this person; none speaks against it."""
    if option.is_default and option.price == 0 and not option.effort:
        return True, "Leaving things as they are asks for no proof."
    kinds = {one.code: one for one in position.scenario.information}
    unseen = [code for code in defend.evidence if code in kinds and not position.has_read(code)]
    if unseen:
        return False, f"You cite “{kinds[unseen[0]].name}”, and nobody has seen it."
    cited = [one for one in position.seen if one.code in defend.evidence]
    against = next((one for one in cited if path in one.opposes), None)
    if against is not None:
        return False, f"“{kinds[against.code].name}” speaks against it."
    if any(kinds[one.code].kind in who.accepts for one in cited):
        return True, "The evidence is on the table."
    if not option.needs and any(code.startswith("report.") for code in defend.evidence):
        return True, "The report is enough for this."
    wanted = ", ".join(who.accepts)
    return False, f"Nothing that you cite is what I go by ({wanted})."


def _check_numbers(
    position: Position, decision: Decision, option: Option, decide: Decide, defend: Defend
) -> tuple[bool, str]:
    """The stated cost is the option's, and the expected level agrees with the stated probability."""
    cost = price_of(option, position.scenario.rounds - position.round + 1)
    if abs(defend.cost - cost) > COST_TOLERANCE * max(cost, 1.0):
        return False, f"You say {defend.cost:,.0f}; by the offer it is {cost:,.0f} until the end of the game."
    wager = decision.wager
    # A level that was typed in percent differs from the wager's by a rounding.
    is_level = isclose(defend.level, wager.level, rel_tol=1e-9)
    expects = is_level or (defend.level > wager.level) == wager.at_least
    if (decide.probability >= 0.5) != expects:
        side = "above" if decide.probability >= 0.5 else "below"
        expected = tell_level(wager.figure, defend.level)
        return False, f"You give it {100 * decide.probability:.0f} %, {side} one half, yet expect {expected}."
    return True, "The numbers agree with each other."


def _check_staged(position: Position, option: Option, defend: Defend) -> tuple[bool, str]:
    """A large commitment is made in steps."""
    share = price_of(option, 1) / max(position.scenario.company.money.budget, 1.0)
    if share < STAGED_FROM or option.is_staged or len(defend.steps.split()) >= 5:
        return True, "One can stop on the way."
    return False, f"It takes {100 * share:.0f} % of the whole budget at once. Where could we stop?"


def _check_affordable(position: Position, option: Option) -> tuple[bool, str]:
    """Budget and cash carry it until the end of the game."""
    cost = price_of(option, position.scenario.rounds - position.round + 1)
    if cost > position.budget_left:
        return False, f"It costs {cost:,.0f} until the end; {position.budget_left:,.0f} of the budget are left."
    if cost > 0 and option.price > position.condition.cash:
        return False, f"There are {position.condition.cash:,.0f} in the bank."
    return True, "We can pay for it."


def _check_absorbable(position: Position, option: Option) -> tuple[bool, str]:
    """The initiatives under way and this one are not more than the organisation carries, as far as is known."""
    company = known_company(position)
    running = position.condition.num_running + company.organisation.running
    if option.effort > 0 and running + option.effort > company.organisation.absorption + 1e-9:
        told = f"{running:g} under way, {option.effort:g} more"
        return False, f"{told}; the people who would do it can carry {company.organisation.absorption:g}."
    return True, "There are people to do it."
