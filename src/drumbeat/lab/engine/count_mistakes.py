"""Mistakes of six kinds, counted by rule: how one decides, not how it came out (overconfidence excepted).

| kind | counts when |
|---|---|
| acting on averages | an option with evidence to be had is chosen, and none of it has been read |
| ignoring evidence | evidence that has been read speaks against the option, or for another one and not for this |
| local efficiency | capacity is added (machines, hours, speed, shorter changeover) where it is not scarce |
| deferring upkeep | an option lowers planned maintenance to below what is needed |
| unsequenced investment | an initiative is begun beyond what the organisation carries, as far as is known |
| overconfidence | a wager given at least 80 % is lost |
"""

from __future__ import annotations

from drumbeat.lab.engine.apply_changes import apply_changes
from drumbeat.lab.engine.believe import known_company
from drumbeat.lab.engine.game import Made, Mistake, Position
from drumbeat.lab.engine.scenario import Option

AVERAGES, IGNORED, LOCAL, DEFERRED, UNSEQUENCED, OVERCONFIDENT = MISTAKES = (
    "acting on averages", "ignoring evidence", "local efficiency", "deferring upkeep", "unsequenced investment",
    "overconfidence",
)  # fmt: skip

SURE_FROM = 0.8
SCARCE_WITHIN = 0.05
"""A group used within so much of the most used one counts as scarce too."""


def count_mistakes(position: Position, made: Made) -> tuple[Mistake, ...]:
    """Count the mistakes of a decision before its result is known.

    Parameters
    ----------
    position
        The game when it was made.
    made
        The decision.

    Returns
    -------
    One mistake a kind at most; none for a decision without one.
    """
    _, option = position.scenario.option_of(made.path)
    found = []
    read = [one for one in position.seen if one.ready <= position.round]
    if option.needs and not any(one.code in option.needs for one in read):
        found.append((AVERAGES, f"“{option.name}” was chosen on the report alone, with evidence to be had"))
    names = {one.code: one.name for one in position.scenario.information}
    for one in read:
        rivals = [path for path in one.supports if path.startswith(f"{made.decision}.")]
        if made.path in one.opposes or (rivals and made.path not in rivals):
            found.append((IGNORED, f"“{names[one.code]}” was on the table and said otherwise"))
            break
    where = _find_local(position, option)
    if where:
        found.append((LOCAL, f"{where} got more capacity, and was not what held the plant up"))
    where = _find_deferred(position, option)
    if where:
        found.append((DEFERRED, f"planned maintenance of {where} fell below what it needs"))
    organisation = known_company(position).organisation
    running = position.condition.num_running + organisation.running
    if option.effort > 0 and running + option.effort > organisation.absorption + 1e-9:
        why = f"{running:g} initiatives under way and {option.effort:g} more, of {organisation.absorption:g} it carries"
        found.append((UNSEQUENCED, why))
    return tuple(Mistake(made.round, kind, why) for kind, why in found)


def judge_confidence(made: Made) -> tuple[Mistake, ...]:
    """Count overconfidence once a wager's outcome is known."""
    if made.outcome is False and made.probability >= SURE_FROM:
        return (Mistake(made.round, OVERCONFIDENT, f"{100 * made.probability:.0f} % was given to what did not come"),)
    return ()


def _find_local(position: Position, option: Option) -> str:
    last = position.history[-1]
    scarce = max(group.use for group in last.groups) - SCARCE_WITHIN
    slack = {group.code for group in last.groups if group.use < scarce}
    grown = {"machines": "+", "hours": "+", "speed": "+", "setup": "-"}
    touched = {}
    for change in option.changes:
        word, _, rest = change.parameter.partition(".")
        code, _, key = rest.partition(".")
        if word == "group" and key in grown:
            more = change.value > (1.0 if change.how == "scale" else 0.0)
            touched[code] = touched.get(code, False) or more == (grown[key] == "+")
    adds = [code for code, more in touched.items() if more]
    names = {group.code: group.name for group in position.scenario.company.groups}
    return names[adds[0]] if adds and all(code in slack for code in adds) else ""


def _find_deferred(position: Position, option: Option) -> str:
    company = known_company(position)
    changes = [one for one in option.changes if one.parameter.endswith(".upkeep") and one.starts == 0]
    if not changes:
        return ""
    after = apply_changes(company, changes)
    for before, then in zip(company.groups, after.groups, strict=True):
        if then.upkeep < before.upkeep and then.upkeep < then.upkeep_needed:
            return before.name
    return ""
