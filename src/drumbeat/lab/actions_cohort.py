"""What facilitators do: gather a cohort, let it play, pause it, let things happen, compare, and take the log away."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max, Min, Q

from drumbeat.basics.findings import Finding, InputError
from drumbeat.lab.actions import SEEDS, add_move, begin, replay
from drumbeat.lab.engine.count_mistakes import MISTAKES
from drumbeat.lab.engine.game import OVER, Inject
from drumbeat.lab.engine.make_move import make_move
from drumbeat.lab.engine.scenario import Change
from drumbeat.lab.engine.score_game import brier_score
from drumbeat.lab.find_scenario import text_of
from drumbeat.lab.models import Cohort, Game, GameMove, Seat, Team

INJECT_TRIES = 20
"""How often an event is tried again because a player was first."""

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@transaction.atomic
def create_cohort(
    user: Any, name: str, scenario: str, now: datetime, *, teams: Sequence[str] = (), transfer: str = "",
    seed: int | None = None,
) -> Cohort:  # fmt: skip
    """Gather a cohort for a scenario, with its teams.

    Parameters
    ----------
    user
        Its facilitator.
    name, scenario
        Its name, and the scenario that all play on the same luck.
    now
        The moment.
    teams
        Names of teams; without any, everybody plays alone.
    transfer
        Code of another scenario, played before and after, by which learning is measured; "" for none.
    seed
        Of the luck; None = another than before.

    Raises
    ------
    InputError
        When a scenario is not known, or a name is empty or given twice.
    """
    text_of(scenario, user)
    if transfer:
        text_of(transfer, user)
    names = [one.strip() for one in teams]
    if not name.strip() or "" in names or len(set(names)) < len(names):
        rule = "a cohort and its teams have names, no two the same"
        raise InputError(Finding("cohort", rule, "Correct them", column="name", value=name))
    code = "".join(secrets.choice(_LETTERS) for _ in range(6))
    cohort = Cohort.objects.create(
        name=name.strip()[:120], facilitator=user, scenario=scenario, transfer=transfer, made_at=now, code=code,
        seed=secrets.randbelow(SEEDS) if seed is None else seed,
    )  # fmt: skip
    for one in names:
        add_team(user, cohort.pk, one, now)
    return cohort


def find_cohort(user: Any, cohort_id: int) -> Cohort:
    """Return a cohort that the user facilitates.

    Raises
    ------
    PermissionDenied
        Otherwise; the answer does not tell whether it exists.
    """
    found = Cohort.objects.filter(pk=cohort_id, facilitator=user).first()
    if found is None:
        raise PermissionDenied("There is no such cohort of yours.")
    return found


def cohorts_of(user: Any) -> Any:
    """Return the cohorts that a user facilitates, the last first."""
    return Cohort.objects.filter(facilitator=user)


def add_team(user: Any, cohort_id: int, name: str, now: datetime) -> Team:
    """Add a team to a cohort, with its game."""
    cohort = find_cohort(user, cohort_id)
    if not name.strip() or cohort.teams.filter(name=name.strip()).exists():
        raise InputError(Finding("team", "a team has a name of its own", "Choose another", column="name", value=name))
    team = Team.objects.create(cohort=cohort, name=name.strip()[:80])
    begin(None, cohort.scenario, now, team=team)
    return team


def join_cohort(user: Any, code: str, now: datetime) -> Seat:
    """Join a cohort by its code; who is in it already keeps the seat. Without teams a game of one's own begins.

    Raises
    ------
    InputError
        When there is no such cohort.
    """
    cohort = Cohort.objects.filter(code=code.strip().upper()).first()
    if cohort is None:
        rule, remedy = "there is a cohort of this code", "Ask the facilitator for it"
        raise InputError(Finding("cohort", rule, remedy, column="code", value=code))
    with transaction.atomic():
        seat, is_new = Seat.objects.get_or_create(cohort=cohort, user=user, defaults={"role": Seat.Role.DIRECTOR})
        if is_new and not cohort.teams.exists():
            begin(user, cohort.scenario, now, cohort=cohort)
    return seat


def begin_transfer(user: Any, cohort_id: int, purpose: str, now: datetime) -> Game:
    """Begin one's own game of the cohort's transfer scenario, before or after; the one begun already is returned.

    Raises
    ------
    InputError
        When the cohort has none, the user is not in it, would play before when the cohort's own game has begun, or
        after when it is not over yet.
    """
    seat = Seat.objects.filter(cohort_id=cohort_id, user=user).select_related("cohort", "team").first()
    if seat is None or not seat.cohort.transfer or purpose not in (Game.Purpose.BEFORE, Game.Purpose.AFTER):
        rule, remedy = "the cohort has a transfer scenario, before and after", "Ask the facilitator"
        raise InputError(Finding("cohort", rule, remedy, column="purpose", value=purpose))
    found = Game.objects.filter(cohort=seat.cohort, player=user, team=None, purpose=purpose).first()
    if found is None and purpose == Game.Purpose.BEFORE and has_own_game_begun(seat):
        rule = "what is played before comes before the first move of the cohort's own game: later it measures nothing"
        remedy = "Go on with the cohort's own game; what you learn from now on is not told by a game before"
        raise InputError(Finding("cohort", rule, remedy, column="purpose", value=purpose))
    if found is None and purpose == Game.Purpose.AFTER and not is_own_game_over(seat):
        rule, remedy = "what is played after follows the cohort's own game", "Play that to its end first"
        raise InputError(Finding("cohort", rule, remedy, column="purpose", value=purpose))
    return found or begin(user, seat.cohort.transfer, now, cohort=seat.cohort, purpose=purpose)


def is_own_game_over(seat: Seat) -> bool:
    """Tell whether the game that somebody plays in a cohort, alone or in a team, is over."""
    mine = {"team": seat.team} if seat.team is not None else {"player": seat.user, "team": None}
    return bool(seat.cohort.games.filter(**mine, purpose=Game.Purpose.PLAY, phase=OVER).exists())


def has_own_game_begun(seat: Seat) -> bool:
    """Tell whether anybody has moved in the game that somebody plays in a cohort, alone or in a team."""
    return find_first_move(seat) is not None


def find_first_move(seat: Seat) -> datetime | None:
    """Return when the first move was made in the cohort's own game of somebody; None before it.

    The game itself is there as soon as they join, and what the facilitator lets happen in it is no move of theirs.
    """
    mine = Q(game__player=seat.user, game__team=None)
    if seat.team is not None:
        mine |= Q(game__team=seat.team)
    moves = GameMove.objects.filter(mine, game__cohort=seat.cohort, game__purpose=Game.Purpose.PLAY)
    first: datetime | None = moves.exclude(kind="inject").aggregate(first=Min("made_at"))["first"]
    return first


def assign_seat(user: Any, cohort_id: int, seat_id: int, *, team: str, role: str) -> Seat:
    """Give somebody a team ("" = none) and a role in it."""
    cohort = find_cohort(user, cohort_id)
    seat = Seat.objects.filter(cohort=cohort, pk=seat_id).first()
    own = cohort.teams.filter(name=team).first()
    if seat is None or (team and own is None) or role not in Seat.Role.values:
        rule = f"seat and team are of this cohort, and the role is one of {', '.join(Seat.Role.values)}"
        raise InputError(Finding("seat", rule, "Correct it", column="role", value=f"{team} {role}"))
    seat.team, seat.role = own, role
    seat.save(update_fields=["team", "role"])
    return seat


def pause_cohort(user: Any, cohort_id: int, *, is_paused: bool) -> Cohort:
    """Pause all games of a cohort, or let them go on; what has been done stays."""
    cohort = find_cohort(user, cohort_id)
    cohort.is_paused = is_paused
    cohort.save(update_fields=["is_paused"])
    return cohort


def open_debriefs(user: Any, cohort_id: int, *, is_open: bool) -> Cohort:
    """Let the debriefs of a cohort be read before all its games are over, or not."""
    cohort = find_cohort(user, cohort_id)
    cohort.is_debrief_open = is_open
    cohort.save(update_fields=["is_debrief_open"])
    return cohort


def inject_event(
    user: Any, cohort_id: int, text: str, changes: Sequence[dict[str, Any]], now: datetime, *, games: Sequence[int] = ()
) -> list[int]:
    """Let something happen in games of a cohort from their next period on.

    Parameters
    ----------
    user, cohort_id, now
        Who, where and when.
    text
        What the players are told.
    changes
        Tables with `parameter`, `how` ("add", "scale" or "set"), `value`, and optionally `starts`, `lasts`.
    games
        Ids of games; empty = all of the cohort that are not over.

    Returns
    -------
    Ids of the games in which it happens.

    Raises
    ------
    InputError
        When a change is not right, or there is no game that goes on; then it happens nowhere.
    """
    cohort = find_cohort(user, cohort_id)
    try:
        made = tuple(Change(**one) for one in changes)
        is_right = all(one.how in ("add", "scale", "set") and abs(float(one.value)) < 1e12 for one in made)
    except (TypeError, ValueError):
        made, is_right = (), False
    if not made or not is_right or not text.strip():
        rule = "an event has a text, and changes with parameter, how (add, scale, set) and value"
        raise InputError(Finding("event", rule, "Correct it", column="changes"))
    wanted = cohort.games.exclude(phase=OVER).filter(purpose=Game.Purpose.PLAY)
    if games:
        wanted = wanted.filter(pk__in=games)
    moves = [(game, _next_injection(game, text, made)) for game in wanted.prefetch_related("moves")]
    if not moves:
        rule, remedy = "a game of the cohort goes on in which it can happen", "Wait until one has begun"
        raise InputError(Finding("event", rule, remedy, column="games"))
    for game, move in moves:  # one that is not right for any game happens in none
        make_move(replay(game), move)
    return [game.pk for game, _ in moves if _inject(game.pk, text, made, user, now)]


def _next_injection(game: Game, text: str, changes: tuple[Change, ...]) -> Inject:
    num = sum(one.kind == "inject" for one in game.moves.all())
    return Inject(f"facilitator-{num + 1}", text.strip()[:500], changes)


def _inject(game_id: int, text: str, changes: tuple[Change, ...], user: Any, now: datetime) -> bool:
    """Let something happen in a game; its player may move at the same moment, then it happens after that move."""
    for _ in range(INJECT_TRIES):
        game = Game.objects.get(pk=game_id)
        if game.phase == OVER:
            return False
        try:
            add_move(game, _next_injection(game, text, changes), user, now)
        except InputError:
            continue
        return True
    return False


def compare_games(user: Any, cohort_id: int) -> list[dict[str, Any]]:
    """Return one row a game of a cohort, in the order of their names: no ranking.

    Returns
    -------
    `game`, `name`, `purpose`, `round`, `phase`, `value` (so far), `brier`, `num_resolved`, `mistakes` (by kind),
    `num_bought`, `choices` (option by decision), `on_time` and `contribution` by period.
    """
    cohort = find_cohort(user, cohort_id)
    rows = []
    for game in cohort.games.select_related("team", "player").prefetch_related("moves"):
        position = replay(game)
        pairs = [(one.probability, one.outcome) for one in position.made if one.outcome is not None]
        name = game.who
        rows.append(
            {
                "game": game.pk, "name": name, "purpose": game.purpose, "round": position.round,
                "phase": position.phase, "value": position.value, "rounds": position.scenario.rounds,
                "brier": brier_score(pairs),
                "num_resolved": len(pairs), "num_bought": len(position.seen),
                "mistakes": {kind: sum(one.kind == kind for one in position.mistakes) for kind in MISTAKES},
                "chances": {one.decision: one.probability for one in position.made},
                "choices": {one.decision: position.scenario.option_of(one.path)[1].name for one in position.made},
                "on_time": [one.on_time for one in position.played],
                "contribution": [one.contribution for one in position.played],
            }
        )  # fmt: skip
    return sorted(rows, key=lambda row: (row["purpose"], row["name"]))


def measure_learning(user: Any, cohort_id: int) -> list[dict[str, Any]]:
    """Return, for each player who played the transfer scenario before and after, mistakes and Brier score of both.

    `is_late` tells whose game before went on when their own game of the cohort had begun: it measures nothing.
    """
    rows = [row for row in compare_games(user, cohort_id) if row["phase"] == OVER]
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["purpose"] != Game.Purpose.PLAY:
            told = {"mistakes": sum(row["mistakes"].values()), "brier": row["brier"], "value": row["value"]}
            found.setdefault(row["name"], {})[row["purpose"]] = told
    late = _list_late(find_cohort(user, cohort_id))
    return [
        {"name": name, "is_late": name in late, **told}
        for name, told in sorted(found.items())
        if {"before", "after"} <= set(told)
    ]


def _list_late(cohort: Cohort) -> set[str]:
    """Names of those whose game before went on when their own game of the cohort had begun."""
    moves = GameMove.objects.filter(game__cohort=cohort, game__purpose=Game.Purpose.BEFORE)
    ends = dict(moves.values("game__player").annotate(last=Max("made_at")).values_list("game__player", "last"))
    late = set()
    for seat in cohort.seats.select_related("user", "team"):
        first, last = find_first_move(seat), ends.get(seat.user_id)
        if first is not None and last is not None and last > first:
            late.add(seat.user.username)
    return late


def export_cohort(user: Any, cohort_id: int) -> list[dict[str, Any]]:
    """Return every move and note of a cohort as rows: game, name, round, number, kind, who, when, and what."""
    cohort = find_cohort(user, cohort_id)
    rows = []
    for game in cohort.games.select_related("team", "player"):
        name = game.who
        about = {"game": game.pk, "name": name, "purpose": game.purpose}
        rows += [
            about | {"round": one.round, "number": one.number, "kind": one.kind, "at": one.made_at.isoformat(),
                     "who": one.made_by.username if one.made_by else "", "data": one.data}
            for one in game.moves.select_related("made_by")
        ]  # fmt: skip
        rows += [
            about | {"round": one.round, "number": 0, "kind": "note", "at": one.made_at.isoformat(),
                     "who": one.user.username,
                     "data": {"text": one.text, "option": one.option, "probability": one.probability}}
            for one in game.notes.select_related("user")
        ]  # fmt: skip
    return rows
