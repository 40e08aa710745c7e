"""A game in progress: its position, and the moves that lead from one to the next. Nothing is stored here.

A position is a pure function of (scenario, seed, moves): that is why a game can be resumed, replayed and audited from
its log of moves alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from drumbeat.lab.engine.company import Company
from drumbeat.lab.engine.condition import Condition
from drumbeat.lab.engine.figures import Figures
from drumbeat.lab.engine.scenario import Change, Scenario

DECIDE, DEFEND, PLAY, OVER = "decide", "defend", "play", "over"
"""Phases of a round: look, buy and decide; defend; play the period. Without a decision it goes straight to play."""


@dataclass(frozen=True, slots=True)
class Buy:
    """Buy a piece of information."""

    information: str


@dataclass(frozen=True, slots=True)
class Decide:
    """Decide, and say before the result what one thinks.

    Parameters
    ----------
    option
        Code of an option of this round's decision.
    probability
        How probable it is that the wager is met, 0 to 1.
    assumptions
        What must hold.
    pre_mortem
        It is later and it has failed: why?
    """

    option: str
    probability: float
    assumptions: tuple[str, ...] = ()
    pre_mortem: str = ""


@dataclass(frozen=True, slots=True)
class Defend:
    """Defend the decision to the stakeholders.

    Parameters
    ----------
    evidence
        Codes of information that has been seen, or of figures of the report ("report.on_time").
    cost
        What it costs in all until the end of the game, as the player says.
    level
        Level of the wager's figure that the player expects.
    steps
        Where one could stop; empty = all at once.
    """

    evidence: tuple[str, ...] = ()
    cost: float = 0.0
    level: float = 0.0
    steps: str = ""


@dataclass(frozen=True, slots=True)
class Play:
    """Play the period."""


@dataclass(frozen=True, slots=True)
class Inject:
    """Something that the facilitator lets happen to the company from the next period played on."""

    code: str
    text: str
    changes: tuple[Change, ...]


Move = Buy | Decide | Defend | Play | Inject


@dataclass(frozen=True, slots=True)
class Seen:
    """Information that has been bought.

    Parameters
    ----------
    code
        Of the information.
    round
        In which it was bought.
    ready
        Round from which on it can be read.
    value, text
        What it shows.
    supports, opposes
        Options that it speaks for and against, as "decision.option".
    """

    code: str
    round: int
    ready: int
    value: float
    text: str
    supports: tuple[str, ...]
    opposes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a stakeholder says to a defence.

    Parameters
    ----------
    stakeholder
        Code.
    agrees
        Whether the person agrees.
    text
        In words.
    rules
        By rule ("evidence", "numbers", ...) whether it is kept, and why, in words.
    """

    stakeholder: str
    agrees: bool
    text: str
    rules: tuple[tuple[str, bool, str], ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A decision that was made.

    Parameters
    ----------
    round, decision, option
        Which.
    probability, assumptions, pre_mortem
        As stated before the result.
    answers
        Of the stakeholders; empty before the defence.
    outcome
        Whether the wager was met; None while nobody can know.
    reached
        Level that the wager's figure reached; None before.
    """

    round: int
    decision: str
    option: str
    probability: float
    assumptions: tuple[str, ...]
    pre_mortem: str
    answers: tuple[Answer, ...] = ()
    outcome: bool | None = None
    reached: float | None = None

    @property
    def path(self) -> str:
        """The option as "decision.option"."""
        return f"{self.decision}.{self.option}"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake of one of the six kinds, in a round, and the rule by which it counts."""

    round: int
    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Position:
    """Where a game stands. What the player may see of it is `drumbeat.lab.engine.show_view`'s answer, nothing else.

    Parameters
    ----------
    scenario, seed
        What is played, and its luck.
    truth
        The company as it is, before any change.
    hidden
        Value of each hidden thing, by code.
    round, phase
        Number of the round, 1 first; `DECIDE`, `DEFEND`, `PLAY` or `OVER`.
    condition
        Of the company.
    seen
        Information bought, in order.
    made
        Decisions made, in order.
    history
        Figures of the periods before the game, and of those played, in order.
    happened
        Texts of events, with the round in which they were told.
    injected
        What the facilitator let happen: changes by path "inject.code".
    spent
        Money spent since the last period was played.
    mistakes
        So far.
    ending
        Figures of the periods played on after the last round; empty before.
    """

    scenario: Scenario
    seed: int
    truth: Company
    hidden: dict[str, float]
    round: int
    phase: str
    condition: Condition
    seen: tuple[Seen, ...] = ()
    made: tuple[Made, ...] = ()
    history: tuple[Figures, ...] = ()
    happened: tuple[tuple[int, str, str], ...] = ()
    injected: dict[str, tuple[Change, ...]] = field(default_factory=dict)
    spent: dict[str, float] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()
    ending: tuple[Figures, ...] = ()

    @property
    def played(self) -> tuple[Figures, ...]:
        """Figures of the periods of the game."""
        return tuple(one for one in self.history if one.period >= 1)

    @property
    def value(self) -> float:
        """Money that the game earned: contributions of its periods, and of those played on after it."""
        return sum(one.contribution for one in (*self.played, *self.ending))

    @property
    def budget_left(self) -> float:
        """What the player may still commit."""
        return self.scenario.company.money.budget - self.condition.committed

    def has_read(self, code: str) -> bool:
        """Say whether a piece of information has been bought and can be read."""
        return any(one.code == code and one.ready <= self.round for one in self.seen)


def move_to_json(move: Move) -> dict[str, Any]:
    """Return a move as plain values, with its `kind`."""
    kind = type(move).__name__.lower()
    if isinstance(move, Buy):
        return {"kind": kind, "information": move.information}
    if isinstance(move, Decide):
        return {
            "kind": kind, "option": move.option, "probability": move.probability,
            "assumptions": list(move.assumptions), "pre_mortem": move.pre_mortem,
        }  # fmt: skip
    if isinstance(move, Defend):
        return {"kind": kind, "evidence": list(move.evidence), "cost": move.cost, "level": move.level,
                "steps": move.steps}  # fmt: skip
    if isinstance(move, Inject):
        changes = [
            {"parameter": one.parameter, "how": one.how, "value": one.value, "starts": one.starts, "lasts": one.lasts}
            for one in move.changes
        ]
        return {"kind": kind, "code": move.code, "text": move.text, "changes": changes}
    return {"kind": kind}


def move_from_json(data: dict[str, Any]) -> Move:
    """Read back what `move_to_json` gave.

    Raises
    ------
    ValueError
        When the kind is none of a move's.
    """
    given = {name: value for name, value in data.items() if name != "kind"}
    kind = data.get("kind")
    if kind == "buy":
        return Buy(**given)
    if kind == "decide":
        return Decide(**given | {"assumptions": tuple(given.get("assumptions", ()))})
    if kind == "defend":
        return Defend(**given | {"evidence": tuple(given.get("evidence", ()))})
    if kind == "play":
        return Play()
    if kind == "inject":
        return Inject(given["code"], given["text"], tuple(Change(**one) for one in given["changes"]))
    raise ValueError(f"a move is buy, decide, defend, play or inject, not {kind!r}")
