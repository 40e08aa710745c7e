"""A scenario: a company, what is hidden in it, what can be found out, what must be decided, and who must agree."""

from __future__ import annotations

from dataclasses import dataclass

from drumbeat.lab.engine.company import Company
from drumbeat.lab.engine.declare import flag, number, several, table, words

FIGURES = (
    "on_time", "output", "demand", "contribution", "cash", "oee", "reported_oee", "first_pass_yield",
    "complaints", "downtime", "changeover", "overtime", "absence", "leavers", "shortage", "initiatives",
)  # fmt: skip
"""Figures of a period's report on which a wager may be made."""

CHECKS = ("evidence", "numbers", "staged", "affordable", "absorbable")
"""Rules by which a stakeholder judges a defence."""

KINDS = ("wait", "upkeep", "capacity", "people", "quality", "supply", "promise", "investment", "initiative", "cut")
"""What an option is about: bots that always do the same, and the balance table, go by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One typed edit of a parameter: an option is a list of them, so is an event."""

    parameter: str = words("path of the parameter, such as group.PRESS.upkeep")
    how: str = words("what is done to it", choices=("add", "scale", "set", "like"))
    value: float = number("by how much, or to what; how many times the other one with like", low=-1e12)
    of: str = words("path of the other parameter, with like", default="")
    starts: int = number("periods of progress until it holds, 0 = at once", high=40, default=0)
    lasts: int = number("periods for which it holds, 0 = for good", high=40, default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One value that a hidden parameter may have."""

    value: float = number("the true value", low=-1e12)
    chance: float = number("how probable it is", high=1)
    changes: tuple[Change, ...] = several("what else is not as in the books then", most=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """Something that the books tell wrongly, or not at all."""

    code: str = words("short name", code=True)
    parameter: str = words("path of the parameter that is not what the books say")
    text: str = words("what it is, for the debrief")
    levels: tuple[Level, ...] = several("what it may truly be; the luck of the game decides", least=1, most=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a piece of information says when what it shows lies below a limit."""

    below: float = number("holds for values below this", low=-1e12, default=1e12)
    text: str = words("what the player reads; {value} stands for the value")
    supports: tuple[str, ...] = several("options that it speaks for, as decision.option")
    opposes: tuple[str, ...] = several("options that it speaks against, as decision.option")


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """Something that can be found out, at a price and after a time."""

    code: str = words("short name", code=True)
    name: str = words("what is done to find it out")
    kind: str = words("kind of evidence", choices=("count", "log", "walk", "trial", "interview", "ledger", "model"))
    price: float = number("what it costs", unit="money")
    delay: int = number("periods until the answer is there, 0 = at once", high=8, default=0)
    shows: str = words("code of the hidden thing that it shows")
    first: int = number("first round in which it can be bought", low=1, high=40, default=1)
    readings: tuple[Reading, ...] = several("what it says, by value, from low to high", least=1, most=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to decide."""

    code: str = words("short name", code=True)
    name: str = words("what is done, in a few words")
    text: str = words("what it means, as its advocates tell it", default="")
    kind: str = words("what it is about", choices=KINDS)
    price: float = number("paid at once", unit="money", default=0.0)
    upkeep: float = number("paid each period from then on", unit="money/period", default=0.0)
    effort: float = number("initiatives that it is worth while it is being done", high=20, default=0.0)
    takes: int = number("periods until it is done at full attention", high=20, default=0)
    is_default: bool = flag("what happens when nothing is decided")
    is_staged: bool = flag("done in steps with a point to stop")
    needs: tuple[str, ...] = several("information that a careful person would have seen first")
    after: tuple[str, ...] = several("options that must have been chosen before, as decision.option")
    changes: tuple[Change, ...] = several("what it does to the company")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wager:
    """What a decision is held to: will a figure reach a level? The player says how probable that is."""

    figure: str = words("figure of the report", choices=FIGURES)
    level: float = number("level to reach", low=-1e12)
    at_least: bool = flag("whether the figure must be at least, or at most, the level", default=True)
    periods: int = number("after how many periods it is read; 1 = this one", low=1, high=8, default=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One point at which somebody must decide."""

    round: int = number("round in which it comes up", low=1, high=40)
    code: str = words("short name", code=True)
    title: str = words("what is decided")
    text: str = words("how it comes up")
    wager: Wager = table("what it is held to")  # noqa: RUF009 - a field
    options: tuple[Option, ...] = several("ways to decide", least=2, most=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happens to the company, whoever plays."""

    round: int = number("round in which it happens", low=1, high=40)
    code: str = words("short name", code=True)
    text: str = words("what is told when it has happened")
    chance: float = number("how probable it is", high=1, default=1.0)
    changes: tuple[Change, ...] = several("what it does", least=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stakeholder:
    """Somebody who must agree, or at least not object."""

    code: str = words("function", choices=("finance", "engineering", "hr", "procurement", "sales", "owner"), code=True)
    name: str = words("who it is")
    cares: str = words("what the person cares about")
    accepts: tuple[str, ...] = several("kinds of evidence that convince", least=1, most=8)
    checks: tuple[str, ...] = several("rules by which the person judges", least=1, most=5)
    agrees: str = words("how the person agrees")
    objects: str = words("how the person objects")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A case to play: one validated file."""

    code: str = words("short name", code=True)
    title: str = words("its title")
    story: str = words("what is going on")
    role: str = words("who the player is")
    period: str = words("how long a round is", choices=("month", "quarter"))
    minutes: int = number("how long a play takes", unit="min", low=1, high=600, default=30)
    level: str = words("for whom", choices=("supervisor", "manager", "director"), default="manager")
    ending: int = number(
        "periods played on without the player, for the health of what is left", low=1, high=12, default=4
    )
    aims: tuple[str, ...] = several("what is to be learnt", least=1, most=8)
    good: tuple[str, ...] = several("what good play looks like; shown in the debrief only", least=1, most=8)
    company: Company = table("the company as its books tell it")  # noqa: RUF009 - a field
    hidden: tuple[Hidden, ...] = several("what the books do not tell", least=1, most=10)
    information: tuple[Information, ...] = several("what can be found out", least=1, most=20)
    decisions: tuple[Decision, ...] = several("what must be decided, by round", least=1, most=20)
    events: tuple[Event, ...] = several("what happens", most=20)
    stakeholders: tuple[Stakeholder, ...] = several("who must agree", least=1, most=6)

    @property
    def rounds(self) -> int:
        """Number of rounds: up to the last decision."""
        return max(decision.round for decision in self.decisions)

    @property
    def weeks(self) -> int:
        """Weeks of a period."""
        return 13 if self.period == "quarter" else 4

    def decision_of(self, number_of_round: int) -> Decision | None:
        """Return the decision of a round; None where there is none."""
        return next((one for one in self.decisions if one.round == number_of_round), None)

    def option_of(self, path: str) -> tuple[Decision, Option]:
        """Return the decision and option of a path "decision.option".

        Raises
        ------
        KeyError
            When there is none.
        """
        decision_code, _, code = path.partition(".")
        for decision in self.decisions:
            if decision.code == decision_code:
                for option in decision.options:
                    if option.code == code:
                        return decision, option
        raise KeyError(path)
