"""Say in plain words what a debrief's figures mean: against whom each one compares, and how sure it is.

Every sentence names who was played instead of the player. Signs are never left to the reader: what is negative is told
as what it is, and what cannot be told from luck is told so.
"""

from __future__ import annotations

from typing import Any

LEAST = 0.5
"""Amounts closer to zero than this are nothing: money is told without decimals."""

PARTS = (("information", "Information"), ("decision", "Decisions"), ("luck", "Luck"))
"""Parts of the regret, in the order in which they lead from the player to the oracle."""

GOOD, FAIR = 66.0, 33.0
"""Health from which a KPI is sound, and from which it is at least fair."""

WHO = {
    "do nothing": ("Nothing decided", "everything stays as it is"),
    "visible information": ("Best policy found", "on what can be seen"),
    "informed": ("The same, informed", "told from the start what is hidden"),
    "oracle": ("Oracle", "knows what is hidden, and the luck"),
}
"""What the others are called, and what they know."""


def grade_of(health: float) -> str:
    """Return "good", "fair" or "bad": the one grading of health, on the page, the paper and the terminal."""
    return "good" if health >= GOOD else "fair" if health >= FAIR else "bad"


def explain_lucks(lucks: int) -> str:
    """Say on how many lucks a debrief's parts and costs rest, and what that means for their intervals."""
    return (
        f"This debrief rests on {count_lucks(lucks)} besides the game's own: parts of the regret and costs of decisions"
        " are means over them, each with its 95 % interval."
    )


def count_lucks(lucks: int) -> str:
    """Say so many further lucks: "1 further luck", "8 further lucks"."""
    return f"{lucks} further luck{'' if lucks == 1 else 's'}"


def say_amount(value: float) -> str:
    """Say an amount in full, with a real minus: "−1,234"."""
    # What rounds to nothing has no sign.
    return f"{round(value):,d}".replace("-", "−")


def explain_result(told: dict[str, Any]) -> list[str]:
    """Return what happened, in two or three sentences.

    Parameters
    ----------
    told
        A debrief as `drumbeat.lab.tell_debrief` gives it, also one that was stored before bounds were kept.
    """
    values, money = {one["name"]: one["value"] for one in told["others"]}, told["scenario"]["currency"]
    value, nothing, visible = told["value"], values["do nothing"], values["visible information"]
    above = value - nothing
    if abs(above) < LEAST:
        first = f"You earned {say_amount(value)} {money}: as much as with nothing decided."
    else:
        side = "more" if above > 0 else "less"
        first = f"You earned {say_amount(value)} {money}: {say_amount(abs(above))} {side} than with nothing decided."
    gap = visible - value
    if abs(gap) < LEAST:
        second = "On the same luck the best policy found on what could be seen earned just that."
    elif gap > 0:
        second = f"On the same luck the best policy found on what could be seen earned {say_amount(gap)} more."
    else:
        second = f"On the same luck you beat the best policy found on what could be seen, by {say_amount(-gap)}"
        # Whoever was lucky hears it where they read that they won.
        turns = told["regret"]["decision"] > 0 and is_told_from_luck(told["regret"], "decision")
        second += "; on other lucks, on average, it earns more than you." if turns else "."
    return [first, second, _explain_total(told, values["oracle"] - value)]


def _explain_total(told: dict[str, Any], total: float) -> str:
    if total < LEAST:
        return "Nobody did better on this luck, not even who knew what was hidden, and the luck: there is no regret."
    known = "An oracle that knows what is hidden and what comes earned"
    return f"{known} {say_amount(total)} {told['scenario']['currency']} more than you: that is the regret."


def explain_regret(told: dict[str, Any]) -> dict[str, str]:
    """Return what each part of the regret is and how sure, by "information", "decision" and "luck"."""
    return {
        "information": _explain_information(told["regret"]),
        "decision": _explain_decision(told["regret"]),
        "luck": _explain_luck(told["regret"]),
    }


def explain_judgement(regret: dict[str, Any]) -> tuple[str, str]:
    """Return what the player's decisions were worth against the best policy found, in a figure and a few words."""
    value, bounds = regret["decision"], say_bounds(regret, "decision")
    note = f"against it, over {count_lucks(regret['lucks'])}" + (f": {_turn_bounds(regret)}" if bounds else "")
    if abs(value) < LEAST:
        return "0", note
    return ("" if value > 0 else "+") + say_amount(-value), note


def _turn_bounds(regret: dict[str, Any]) -> str:
    """Say the interval of what the decisions brought: that of what they cost, turned."""
    return say_bounds({"won_low": -regret["decision_high"], "won_high": -regret["decision_low"]}, "won")


def say_bounds(row: dict[str, Any], name: str) -> str:
    """Say the 95 % interval of a figure: "−5 to 12", or "" where none was kept."""
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    if low is None or high is None:
        return ""
    if round(low) == round(high):
        return "alike on each luck"
    return f"{say_amount(low)} to {say_amount(high)}"


def is_told_from_luck(row: dict[str, Any], name: str) -> bool:
    """Say whether the interval of a figure lies on one side of zero; False where none was kept."""
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    return low is not None and high is not None and (low > 0.0 or high < 0.0)


def _explain_information(regret: dict[str, Any]) -> str:
    value = regret["information"]
    over = f"over {count_lucks(regret['lucks'])}"
    if abs(value) < LEAST:
        return f"Being told from the start what is hidden adds nothing to the best policy found, {over}."
    if value > 0:
        said = "Being told from the start, for nothing, what is hidden adds this to the best policy found on what can"
        said = f"{said} be seen (which buys what is worth its price), on average {over}."
    else:
        said = f"The best policy found does no better for being told what is hidden, {over}: what can be seen will do."
    return said + _explain_doubt(regret, "information")


def _explain_decision(regret: dict[str, Any]) -> str:
    value, mean = regret["decision"], f"on average over {count_lucks(regret['lucks'])}"
    policy = "the best policy found on what could be seen"
    if abs(value) < LEAST:
        return f"Your decisions earn as much as {policy}, {mean}."
    if value > 0:
        said = f"{policy.capitalize()} earns this more than your decisions, {mean}."
    else:
        said = f"Your decisions earn this more than {policy}, {mean}."
    return said + _explain_doubt(regret, "decision") + _explain_defence(regret.get("defence", 0.0))


def _explain_doubt(regret: dict[str, Any], name: str) -> str:
    if regret.get(f"{name}_low") is None or is_told_from_luck(regret, name):
        return ""
    return " The interval holds zero: on so few lucks it cannot be told from chance."


def _explain_defence(defence: float) -> str:
    if abs(defence) < LEAST:
        return ""
    if defence > 0:
        return f" Of it, {say_amount(defence)} is how you defended and wagered: a plain, honest defence saves that."
    return f" How you defended and wagered is in it, and brought {say_amount(-defence)} over a plain defence."


def _explain_luck(regret: dict[str, Any]) -> str:
    value = regret["luck"]
    if abs(value) < LEAST:
        said = "Nothing is left: this game came out as information and decisions would have it."
    elif value > 0:
        said = "The rest: how the dice fell, and what foreseeing them would have been worth."
    else:
        said = "The dice fell your way: you came closer to the oracle than you do on average."
    return said + _explain_doubt(regret, "luck")


def explain_cost(one: dict[str, Any], lucks: int, currency: str) -> str:
    """Say what another option would have brought, on average, and how sure that is."""
    if one["cost"] < LEAST:
        return "No other option that was open would have brought more on average."
    said = f"“{one['best']}” would have brought {say_amount(one['cost'])} {currency} more, on average over"
    said += f" {count_lucks(lucks)}, all your other decisions held"
    bounds = say_bounds(one, "cost")
    if not bounds:
        return f"{said}."
    doubt = "" if is_told_from_luck(one, "cost") else ", so it cannot be told from chance"
    return f"{said} ({bounds} with 95 %{doubt})."


def explain_brier(told: dict[str, Any]) -> str:
    """Say how good the stated probabilities were, against who always says one half."""
    brier, num = told["brier"], told["num_wagers"]
    if brier is None:
        return "No wager was decided by the end of the game."
    said = f"Brier score {brier:.3f} over {num} wager{'s' if num > 1 else ''}: 0 is a seer's, .250 who always says 50 %"
    if abs(brier - 0.25) < 0.0005:
        return f"{said}. You were as good as a coin."
    return f"{said}. You were {'better' if brier < 0.25 else 'worse'} than a coin" + (
        ", as far as so few can tell." if num < 30 else "."
    )


def say_reached(made: dict[str, Any]) -> str:
    """Say what the figure of a wager came to, "" before it is decided; a debrief of old has the number alone."""
    if "reached_text" in made:
        return str(made["reached_text"]).replace("-", "−")
    return "" if made["reached"] is None else f"{made['reached']:,.4g}".replace("-", "−")
