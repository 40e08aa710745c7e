"""The rules of play: what may be done when, and what it leads to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.lab.engine.age_organisation import EVENT, draw_uniform
from drumbeat.lab.engine.apply_changes import apply_changes, find_active, list_changes
from drumbeat.lab.engine.believe import draw_hidden, reveal
from drumbeat.lab.engine.company import list_parameters
from drumbeat.lab.engine.condition import Adoption, begin_condition
from drumbeat.lab.engine.count_mistakes import count_mistakes, judge_confidence
from drumbeat.lab.engine.defend import AGREE_TRUST, DELAYED_BELOW, OBJECT_TRUST, judge_defence
from drumbeat.lab.engine.figures import Figures
from drumbeat.lab.engine.game import (
    DECIDE,
    DEFEND,
    OVER,
    PLAY,
    Answer,
    Buy,
    Decide,
    Defend,
    Inject,
    Made,
    Move,
    Position,
    Seen,
)
from drumbeat.lab.engine.play_period import play_period
from drumbeat.lab.engine.scenario import Information, Option, Scenario

HISTORY = 3
"""Periods that have been played before the first round: the past that the player finds."""

KEPT_TRUST, BROKEN_TRUST = 0.02, -0.03
"""What a word kept and a word broken (a wager given at least 70 %, and lost) do to trust."""

WORD_FROM = 0.7

PHASE_WORDS = {DECIDE: "decide", DEFEND: "defend what was decided", PLAY: "live the period", OVER: "read the debrief"}
"""What is to be done in each phase of a round."""


def begin_game(scenario: Scenario, seed: int, *, hidden: Mapping[str, float] | None = None) -> Position:
    """Start a game: draw what is hidden, and play the past.

    Parameters
    ----------
    scenario
        What is played.
    seed
        Of all its luck; equal seeds and moves give equal games.
    hidden
        What is hidden, by code, where it is not to be drawn.

    Returns
    -------
    Position
        In round 1, before its decision.
    """
    drawn = draw_hidden(scenario, seed) if hidden is None else dict(hidden)
    truth = reveal(scenario, drawn)
    condition = begin_condition(truth)
    position = Position(scenario, seed, truth, drawn, 1, DECIDE, condition)
    for period in range(1 - HISTORY, 1):
        # The past led to the present: it ages nobody and nothing, but the floor is warm after it.
        figures, after = play_period(truth, condition, seed=seed, period=period, weeks=scenario.weeks)
        condition = replace(condition, floor=after.floor, escapes=after.escapes)
        position = replace(position, condition=condition, history=(*position.history, figures))
    return _open_round(replace(position, history=_bank_past(position.history, condition.cash)))


def _bank_past(history: tuple[Figures, ...], cash: float) -> tuple[Figures, ...]:
    """Let the account of the past end with the cash that there is."""
    told = []
    for figures in reversed(history):
        told.append(replace(figures, cash=cash))
        cash -= figures.contribution
    return tuple(reversed(told))


def make_move(position: Position, move: Move) -> Position:
    """Return the position after a move.

    Parameters
    ----------
    position
        Before it; stays as it is.
    move
        A move.

    Raises
    ------
    InputError
        When the move is not allowed now, or names what is not there; all findings at once.
    """
    if isinstance(move, Inject):
        return _inject(position, move)
    if isinstance(move, Buy):
        return _buy(position, move)
    if isinstance(move, Decide):
        return _decide(position, move)
    if isinstance(move, Defend):
        return _defend(position, move)
    return _play(position)


def grant_information(position: Position, codes: Iterable[str]) -> Position:
    """Let a position know pieces of information at once and for nothing: what an informed policy starts from."""
    offers = {one.code: one for one in position.scenario.information}
    held = {one.code for one in position.seen}
    new = tuple(_read(position, offers[code], position.round) for code in codes if code not in held)
    return replace(position, seen=(*position.seen, *new))


def play_moves(scenario: Scenario, seed: int, moves: Iterable[Move]) -> Position:
    """Play a log of moves from the start."""
    position = begin_game(scenario, seed)
    for move in moves:
        position = make_move(position, move)
    return position


def list_offers(position: Position) -> tuple[Option, ...]:
    """Return the options of this round that can be chosen now: affordable, and what they stand on was chosen."""
    decision = position.scenario.decision_of(position.round)
    if decision is None:
        return ()
    chosen = {one.path for one in position.made}
    return tuple(
        option
        for option in decision.options
        if option.is_default or (option.price <= position.budget_left + 1e-9 and set(option.after) <= chosen)
    )


def _stop(rule: str, remedy: str, column: str, value: object = None) -> InputError:
    return InputError(Finding("game", rule, remedy, column=column, value=None if value is None else str(value)))


def _check_phase(position: Position, *allowed: str) -> None:
    if position.phase not in allowed:
        rule = f"this is done when it is time to {' or '.join(PHASE_WORDS[one] for one in allowed)}"
        raise _stop(rule, f"Look again: it is time to {PHASE_WORDS[position.phase]} now", "phase")


def _open_round(position: Position) -> Position:
    """Tell what happens at the start of a round, and find its phase."""
    scenario = position.scenario
    happened, condition = list(position.happened), position.condition
    for event in scenario.events:
        is_now = event.round == position.round
        if is_now and draw_uniform(position.seed, event.code, EVENT, event.round) < event.chance:
            happened.append((position.round, event.code, event.text))
            adopted = Adoption(f"event.{event.code}", 0.0, 0, 0.0)
            condition = replace(condition, adoptions=(*condition.adoptions, adopted))
    phase = DECIDE if scenario.decision_of(position.round) else PLAY
    return replace(position, happened=tuple(happened), condition=condition, phase=phase)


def _pay(position: Position, what: str, price: float, committed: float | None = None) -> Position:
    spent = position.spent | {what: position.spent.get(what, 0.0) - price}
    committed = price if committed is None else committed
    condition = replace(position.condition, committed=position.condition.committed + committed)
    return replace(position, spent=spent, condition=condition)


def _buy(position: Position, move: Buy) -> Position:
    _check_phase(position, DECIDE)
    offer = next((one for one in position.scenario.information if one.code == move.information), None)
    if offer is None:
        raise _stop("there is such information", "See what is offered", "information", move.information)
    if any(one.code == offer.code for one in position.seen):
        raise _stop("information is bought once", "Read what it said", "information", offer.code)
    if position.round < offer.first:
        raise _stop(f"this can be found out from round {offer.first} on", "Wait", "information", offer.code)
    if offer.price > position.budget_left:
        raise _stop("the budget pays for it", "Spend it on what matters more", "information", offer.code)
    seen = _read(position, offer, position.round + offer.delay)
    return replace(_pay(position, "information", offer.price), seen=(*position.seen, seen))


def _read(position: Position, offer: Information, ready: int) -> Seen:
    value = position.hidden[offer.shows]
    reading = next((one for one in offer.readings if value < one.below), offer.readings[-1])
    text = reading.text.replace("{value}", f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}")
    return Seen(offer.code, position.round, ready, value, text, reading.supports, reading.opposes)


def _decide(position: Position, move: Decide) -> Position:
    _check_phase(position, DECIDE)
    findings = Findings()
    decision = position.scenario.decision_of(position.round)
    options = {} if decision is None else {one.code: one for one in decision.options}
    if move.option not in options:
        rule = f"the option is one of {', '.join(options)}"
        findings.add(Finding("game", rule, "Choose one of them", column="option", value=move.option))
    elif options[move.option] not in list_offers(position):
        option = options[move.option]
        rule = (
            f"it stands on {', '.join(option.after)}"
            if option.price <= position.budget_left
            else f"its price of {option.price:,.0f} is within the budget left, {position.budget_left:,.0f}"
        )
        findings.add(Finding("game", rule, "Choose another option", column="option", value=move.option))
    if not (math.isfinite(move.probability) and 0.0 <= move.probability <= 1.0):
        rule, remedy = "a probability is between 0 and 1", "Enter a number such as 0.7"
        findings.add(Finding("game", rule, remedy, column="probability", value=str(move.probability)))
    findings.raise_on_errors()
    assert decision is not None
    made = Made(position.round, decision.code, move.option, move.probability, tuple(move.assumptions), move.pre_mortem)
    return replace(position, made=(*position.made, made), phase=DEFEND)


def _defend(position: Position, move: Defend) -> Position:
    _check_phase(position, DEFEND)
    known = {one.code for one in position.scenario.information}
    unknown = [code for code in move.evidence if code not in known and not code.startswith("report.")]
    if unknown:
        raise _stop("evidence is information, or a figure of the report", "Cite what is there", "evidence", unknown[0])
    if not (math.isfinite(move.cost) and math.isfinite(move.level)):
        raise _stop("cost and level are numbers", "Enter numbers", "cost", move.cost)
    made = position.made[-1]
    decide = Decide(made.option, made.probability, made.assumptions, made.pre_mortem)
    answers = judge_defence(position, decide, move)
    made = replace(made, answers=answers)
    mistakes = (*position.mistakes, *count_mistakes(position, made))
    _, option = position.scenario.option_of(made.path)
    trust = position.condition.trust
    trust += sum(AGREE_TRUST if one.agrees else OBJECT_TRUST for one in answers) / max(len(answers), 1)
    adopted = Adoption(made.path, _delay(answers), option.takes, option.effort)
    condition = replace(
        position.condition, trust=min(max(trust, 0.0), 1.0), adoptions=(*position.condition.adoptions, adopted)
    )
    position = replace(position, condition=condition, made=(*position.made[:-1], made), mistakes=mistakes, phase=PLAY)
    return _pay(position, "decisions", option.price) if option.price else position


def _delay(answers: tuple[Answer, ...]) -> float:
    share = sum(one.agrees for one in answers) / len(answers) if answers else 1.0
    return -1.0 if share < DELAYED_BELOW else 0.0


def _play(position: Position) -> Position:
    _check_phase(position, PLAY)
    position = _play_on(position)
    position = _judge_wagers(position)
    if position.round < position.scenario.rounds:
        return _open_round(replace(position, round=position.round + 1))
    for _ in range(position.scenario.ending):
        position = _play_on(position, is_ending=True)
    return replace(_judge_wagers(position), phase=OVER)


def _play_on(position: Position, *, is_ending: bool = False) -> Position:
    """Play the next period; the changes that hold are those of the condition."""
    scenario = position.scenario
    changes = list_changes(scenario) | position.injected
    company = apply_changes(position.truth, find_active(position.condition, changes))
    running = sum(scenario.option_of(one.path)[1].upkeep for one in position.made)
    spent = dict(position.spent)
    if running:
        spent["decisions"] = spent.get("decisions", 0.0) - running
    period = position.round + len(position.ending) + is_ending
    figures, condition = play_period(
        company, position.condition, seed=position.seed, period=period, weeks=scenario.weeks, spent=spent
    )
    condition = replace(condition, committed=condition.committed + (0.0 if is_ending else running))
    if is_ending:
        return replace(position, condition=condition, ending=(*position.ending, figures), spent={})
    return replace(position, condition=condition, history=(*position.history, figures), spent={})


def _judge_wagers(position: Position) -> Position:
    """Tell of each decision whether its wager was met, once the figure is there; words kept and broken move trust."""
    by_period = {one.period: one for one in (*position.history, *position.ending)}
    made, mistakes, trust = [], list(position.mistakes), position.condition.trust
    for one in position.made:
        decision, _ = position.scenario.option_of(one.path)
        figures = by_period.get(one.round + decision.wager.periods - 1)
        if one.outcome is None and figures is not None:
            reached = figures.value_of(decision.wager.figure)
            level = decision.wager.level
            outcome = reached >= level if decision.wager.at_least else reached <= level
            one = replace(one, outcome=outcome, reached=reached)
            mistakes.extend(judge_confidence(one))
            if one.probability >= WORD_FROM:
                trust += KEPT_TRUST if outcome else BROKEN_TRUST
        made.append(one)
    condition = replace(position.condition, trust=min(max(trust, 0.0), 1.0))
    return replace(position, made=tuple(made), mistakes=tuple(mistakes), condition=condition)


def _inject(position: Position, move: Inject) -> Position:
    if position.phase == OVER:
        raise _stop("something happens while the game goes on", "Start another game", "phase")
    path = f"inject.{move.code}"
    known = list_parameters(position.truth)
    unknown = [one.parameter for one in move.changes if one.parameter not in known]
    if unknown:
        raise _stop("the company has such a parameter", "See drumbeat lab check", "parameter", unknown[0])
    if path in position.injected:
        raise _stop("an event happens once", "Choose another code", "code", move.code)
    adopted = Adoption(path, 0.0, 0, 0.0)
    condition = replace(position.condition, adoptions=(*position.condition.adoptions, adopted))
    return replace(
        position,
        condition=condition,
        injected=position.injected | {path: move.changes},
        happened=(*position.happened, (position.round, move.code, move.text)),
    )
