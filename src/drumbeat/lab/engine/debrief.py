"""The debrief: the same luck played again for others, and what of the regret was information, decision and luck.

On the game's own luck four are played: the player, one who never decides, the best policy on visible information, and
an oracle that knows what is hidden and the luck. The regret is the oracle's value less the player's. It is split so
that luck is not taken for judgement: what the player decided, the visible policy's and the informed policy's decisions
are each played on the same further lucks, and the means compared:

    information = informed - visible,  decision = visible - player + defence,  luck = regret - information - decision

The further lucks are played with a plain defence and a plain wager. What the player's own defence cost against that is
measured on the game's luck and counts as decision: who defends badly and is held up for it had no bad luck. The three
add up to the regret exactly. Any of them may be negative: then the player did better there than the policy, or was
luckier. Each part is an estimate over few lucks, and has its interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev

from drumbeat.basics.intervals import Interval, mean_interval, paired_interval
from drumbeat.basics.parallel import run_blocks
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.lab.engine.company import read_parameter
from drumbeat.lab.engine.game import OVER, Made, Mistake, Position
from drumbeat.lab.engine.make_move import begin_game, grant_information, list_offers
from drumbeat.lab.engine.policies import Fixed, Policy, play_out, play_round
from drumbeat.lab.engine.scenario import Event
from drumbeat.lab.engine.score_game import Score, score_game
from drumbeat.lab.engine.search_plans import PlanTable, improve_plan

LUCK_SEED = 9_000_001
"""Seeds of the further lucks."""

LOOKS = (3, 5)
"""After so many lucks an option that brings less by more than its standard error is given up."""


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody else on the game's own luck: who, the value reached, and what was chosen, by decision."""

    name: str
    value: float
    choices: dict[str, str]


@dataclass(frozen=True, slots=True)
class Regret:
    """What the oracle had more than the player, and of what; `total` = `information` + `decision` + `luck`.

    Parameters
    ----------
    total
        Oracle's value less the player's, on the game's luck, >= 0: where nobody found anything better, the oracle has
        played as the player did.
    information, decision, luck
        Its parts, each with its 95 % interval over the further lucks (Student's t on the paired differences).
    defence
        Of the decision part: what a plain defence of the same decisions (all that was read, the true cost) would have
        brought more on this luck; below 0 where the player's own was worth more.
    """

    total: float
    information: Interval
    decision: Interval
    luck: Interval
    defence: float


@dataclass(frozen=True, slots=True)
class DecisionCost:
    """A decision that was made, and what another option would have brought on average, all else held.

    Parameters
    ----------
    round, decision, chosen
        Which.
    best
        Option that would have brought most; the chosen one where none would have brought more.
    cost
        Mean difference over the further lucks, >= 0, with its 95 % interval. The best of several options was picked on
        the same lucks: the mean tells rather too much than too little.
    read, unread
        Codes of information that had been read by then, and of what could have been.
    """

    round: int
    decision: str
    chosen: str
    best: str
    cost: Interval
    read: tuple[str, ...]
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Debrief:
    """What is told after a game.

    Parameters
    ----------
    score
        Of the game.
    others
        Do nothing, visible policy, informed policy and oracle, on the game's luck.
    regret
        And its parts.
    costs
        By decision, in the order of the rounds; the dearest is `worst`.
    mistakes
        By round.
    hidden
        What was hidden: code -> (parameter, what the books said, the truth, text).
    lucks
        Further lucks played.
    """

    score: Score
    others: tuple[Other, ...]
    regret: Regret
    costs: tuple[DecisionCost, ...]
    mistakes: tuple[Mistake, ...]
    hidden: dict[str, tuple[str, float, float, str]]
    lucks: int

    @property
    def worst(self) -> DecisionCost | None:
        """The decision that cost most; None where none cost anything."""
        found = max(self.costs, key=lambda one: one.cost.value, default=None)
        return found if found is not None and found.cost.value > 0 else None


def debrief(
    position: Position, table: PlanTable, *, lucks: int = 8, cores: int = 1, progress: Progress = silent
) -> Debrief:
    """Debrief a game that is over.

    Parameters
    ----------
    position
        Of phase "over".
    table
        Plans of `search_plans` for its scenario.
    lucks
        Further lucks, >= 2.
    cores
        Threads that play them, 0 = one a core; of no matter for what comes out.
    progress
        Hears of each step.

    Raises
    ------
    ValueError
        When the game is not over.
    """
    if position.phase != OVER:
        raise ValueError("a debrief needs a game that is over")
    scenario = position.scenario
    mine = Fixed({one.decision: one.option for one in position.made}, _purchases_of(position))
    start = _begin_like(position, position.seed)
    progress(0.05, "the others, on your luck")
    knowing = _tell_all(start)
    again = _play_other(start, "player", mine).value
    others = [
        _play_other(start, "do nothing", Fixed()),
        _play_other(start, "visible information", table.adaptive),
        _play_other(knowing, "informed", table.informed),
    ]
    progress(0.2, "the oracle")
    others.append(_find_oracle(knowing, [Other("player", position.value, dict(mine.plan)), *others]))

    def play_luck(n: int, _: int) -> tuple[list[Position], float, float]:
        start = _begin_like(position, LUCK_SEED + n)
        knowing = play_out(_tell_all(start), table.informed).value
        return _play_by_round(start, mine), play_out(start, table.adaptive).value, knowing

    hear = part_of(progress, 0.4, 0.6)
    played = run_blocks(play_luck, lucks, cores=cores, block=1, progress=hear, message="further lucks")
    courses = [course for course, _, _ in played]
    regret = _split_regret(
        others[-1].value - position.value,
        [course[-1].value for course in courses],
        [value for _, value, _ in played],
        [value for _, _, value in played],
        again - position.value,
    )
    hear = part_of(progress, 0.6, 0.95)
    costs = run_blocks(
        lambda place, _: _cost_decision(position, position.made[place], courses, mine),
        len(position.made), cores=cores, block=1, progress=hear, message="your decisions, one by one",
    )  # fmt: skip
    progress(0.95, "the score")
    books = {one.code: one for one in scenario.hidden}
    return Debrief(
        score=score_game(position),
        others=tuple(others),
        regret=regret,
        costs=tuple(costs),
        mistakes=position.mistakes,
        hidden={
            code: (books[code].parameter, _book_value(position, books[code].parameter), value, books[code].text)
            for code, value in position.hidden.items()
        },
        lucks=lucks,
    )


def _split_regret(
    total: float, player: Sequence[float], visible: Sequence[float], informed: Sequence[float], defence: float
) -> Regret:
    """Split a regret by what the player's decisions and the two policies came to on the further lucks."""
    # What the defence cost moves the player's values alike on every luck.
    defended = [value - defence for value in player]
    information, decision = paired_interval(informed, visible), paired_interval(visible, defended)
    skill = paired_interval(informed, defended)
    # What is left takes over the spread of what is taken off.
    luck = Interval(total - information.value - decision.value, total - skill.high, total - skill.low)
    return Regret(total, information, decision, luck, defence)


def _tell_all(position: Position) -> Position:
    """Let a position know everything that can be found out: who knows the truth can show it, too."""
    return grant_information(position, [one.code for one in position.scenario.information])


def _book_value(position: Position, parameter: str) -> float:
    return read_parameter(position.scenario.company, parameter)


def _begin_like(position: Position, seed: int) -> Position:
    """Start the game again on a luck, with the same hidden things; what the facilitator injected is an event then."""
    rounds = {f"inject.{code}": (at, text) for at, code, text in position.happened}
    events = tuple(
        Event(round=rounds[path][0], code=path.partition(".")[2], text=rounds[path][1], changes=changes)
        for path, changes in position.injected.items()
    )
    scenario = replace(position.scenario, events=(*position.scenario.events, *events))
    return begin_game(scenario, seed, hidden=position.hidden)


def _purchases_of(position: Position) -> Mapping[int, tuple[str, ...]]:
    bought: dict[int, tuple[str, ...]] = {}
    for one in position.seen:
        bought[one.round] = (*bought.get(one.round, ()), one.code)
    return bought


def _play_other(start: Position, name: str, policy: Policy) -> Other:
    end = play_out(start, policy)
    return Other(name, end.value, {one.decision: one.option for one in end.made})


def _find_oracle(start: Position, rivals: Sequence[Other]) -> Other:
    """Search for the best plan on this luck, from each that the rivals had; whoever did better is the oracle then."""
    ends = [(play_out(start, Fixed(one.choices)).value, place) for place, one in enumerate(rivals)]
    plan, _ = improve_plan([(start, 1.0)], rivals[max(ends)[1]].choices)
    found = _play_other(start, "oracle", Fixed(plan))
    best = max(rivals, key=lambda one: one.value)
    return found if found.value >= best.value else replace(best, name="oracle")


def _play_by_round(start: Position, policy: Policy) -> list[Position]:
    """Play a game to its end; the position at the start of each round, and the last one."""
    course = [start]
    while course[-1].phase != OVER:
        course.append(play_round(course[-1], policy))
    return course


def _cost_decision(position: Position, made: Made, courses: Sequence[list[Position]], mine: Fixed) -> DecisionCost:
    """Try each other option that was open at a decision, all else held, on the further lucks."""
    best, cost = made.option, Interval(0.0, 0.0, 0.0)
    # What could not be paid for, or stood on what was not chosen, was no choice.
    for option in list_offers(courses[0][made.round - 1]):
        if option.code != made.option:
            gains = _play_gains(courses, made.round, Fixed({**mine.plan, made.decision: option.code}, mine.purchases))
            if gains and fmean(gains) > cost.value:
                best, cost = option.code, mean_interval(gains)
    read = tuple(one.code for one in position.seen if one.ready <= made.round)
    unread = tuple(
        one.code for one in position.scenario.information if one.code not in read and one.first <= made.round
    )
    return DecisionCost(made.round, made.decision, made.option, best, cost, read, unread)


def _play_gains(courses: Sequence[list[Position]], round_number: int, other: Policy) -> list[float]:
    """Gains of playing otherwise from a round on, by luck; empty once it is clear that there is none on average."""
    gains: list[float] = []
    for course in courses:
        gains.append(play_out(course[round_number - 1], other).value - course[-1].value)
        if len(gains) in LOOKS and fmean(gains) + stdev(gains) / len(gains) ** 0.5 < 0:
            return []
    return gains
