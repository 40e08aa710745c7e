"""What players do: begin a game, see it, buy, decide, defend, play, be debriefed. Every move is stored when made.

Each function takes the user who asks, and answers with what that user may see (`drumbeat.lab.engine.show_view`):
neither what is hidden, nor the future, nor somebody else's notes. Facilitators' actions are in `actions_cohort`.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.lab.engine.debrief import debrief
from drumbeat.lab.engine.game import (
    OVER,
    Buy,
    Decide,
    Defend,
    Move,
    Play,
    Position,
    move_from_json,
    move_to_json,
)
from drumbeat.lab.engine.make_move import begin_game, make_move
from drumbeat.lab.engine.show_view import show_view
from drumbeat.lab.find_plans import find_stored_plans
from drumbeat.lab.find_scenario import list_cards, parse, text_of
from drumbeat.lab.models import Cohort, Game, GameMove, PrivateNote, Seat, StoredDebrief, StoredScenario, Team
from drumbeat.lab.read_scenario import list_shipped
from drumbeat.lab.tell_debrief import tell_debrief

DECIDING = frozenset({"decide", "defend", "play"})
SEEDS = 2**31


def list_scenarios() -> list[dict[str, Any]]:
    """Return what is said of each scenario before it is played: code, title, role, rounds, minutes, aims, ..."""
    return list_cards()


def store_scenario(user: Any, text: str, now: datetime) -> StoredScenario:
    """Store somebody's own scenario; one of the same code of the same user is replaced.

    Raises
    ------
    InputError
        With line and rule, when the file is not right, or the code is taken.
    """
    scenario = parse(text, "scenario.toml")
    taken = StoredScenario.objects.filter(code=scenario.code).exclude(made_by=user)
    if scenario.code in list_shipped() or taken.exists():
        raise InputError(Finding("scenario", "the code is free", "Choose another", column="code", value=scenario.code))
    stored, _ = StoredScenario.objects.update_or_create(
        code=scenario.code, defaults={"title": scenario.title, "text": text, "made_by": user, "made_at": now}
    )
    return stored


def begin(
    user: Any,
    scenario: str,
    now: datetime,
    *,
    seed: int | None = None,
    team: Team | None = None,
    cohort: Cohort | None = None,
    purpose: str = Game.Purpose.PLAY,
) -> Game:
    """Begin a game of a scenario.

    Parameters
    ----------
    user
        Who plays; None on the command line.
    scenario
        Its code.
    now
        The moment.
    seed
        Of all its luck; None = another than in any game before. A team's and a cohort's games have the cohort's.
    team, cohort, purpose
        Where it belongs to.
    """
    text = text_of(scenario)
    cohort = team.cohort if team is not None else cohort
    if cohort is not None:
        seed = cohort.seed
    elif seed is None:
        last = Game.objects.order_by("-id").values_list("id", flat=True).first() or 0
        seed = (int(now.timestamp() * 1000) * 1_000_003 + last + 1) % SEEDS
    return Game.objects.create(
        scenario=scenario, text=text, seed=seed, player=user, team=team, cohort=cohort, purpose=purpose,
        begun_at=now, changed_at=now, phase=_start(text, seed).phase,
    )  # fmt: skip


def games_of(user: Any) -> QuerySet[Game]:
    """Return the games that a user plays, alone or in a team; the last begun first."""
    if user is None:
        return Game.objects.filter(player__isnull=True, team__isnull=True, cohort__isnull=True)
    teams = Seat.objects.filter(user=user, team__isnull=False).values("team")
    return Game.objects.filter(Q(player=user, team__isnull=True) | Q(team__in=teams))


def find_game(user: Any, game_id: int) -> Game:
    """Return a game that the user plays, or facilitates.

    Raises
    ------
    PermissionDenied
        When it is somebody else's, or there is none: the answer does not tell which.
    """
    rows = Game.objects.filter(pk=game_id).select_related("cohort", "team")
    found = rows.filter(pk__in=games_of(user).values("pk")).first()
    if found is None and user is not None:
        found = rows.filter(cohort__facilitator=user).first()
    if found is None:
        raise PermissionDenied("There is no such game of yours.")
    return found


def read_view(user: Any, game_id: int) -> dict[str, Any]:
    """Return what the player sees of a game now; see `drumbeat.lab.engine.show_view`."""
    return _show(find_game(user, game_id))


def buy_information(user: Any, game_id: int, information: str, now: datetime) -> dict[str, Any]:
    """Buy a piece of information; returns what the player sees then.

    Raises
    ------
    InputError
        When it is not offered, was bought, or costs more than is left.
    """
    return _move(user, game_id, Buy(information), now)


def decide(
    user: Any,
    game_id: int,
    option: str,
    probability: float,
    now: datetime,
    *,
    assumptions: tuple[str, ...] = (),
    pre_mortem: str = "",
) -> dict[str, Any]:
    """Decide, before the result: with the probability of the wager, assumptions and a pre-mortem."""
    return _move(user, game_id, Decide(option, probability, tuple(assumptions), pre_mortem), now)


def defend(
    user: Any,
    game_id: int,
    now: datetime,
    *,
    evidence: tuple[str, ...] = (),
    cost: float = 0.0,
    level: float = 0.0,
    steps: str = "",
) -> dict[str, Any]:
    """Defend the decision to the stakeholders; their answers are in `made[-1]["answers"]`."""
    return _move(user, game_id, Defend(tuple(evidence), cost, level, steps), now)


def play(user: Any, game_id: int, now: datetime) -> dict[str, Any]:
    """Play the period; the new report is the last of `reports`."""
    return _move(user, game_id, Play(), now)


def write_note(
    user: Any, game_id: int, now: datetime, *, text: str = "", option: str = "", probability: float | None = None
) -> PrivateNote:
    """Keep what a player thinks of this round before the team talks; nobody else of the team sees it."""
    game = find_game(user, game_id)
    if probability is not None and not 0.0 <= probability <= 1.0:
        rule, remedy = "a probability is between 0 and 1", "Enter a number such as 0.7"
        raise InputError(Finding("note", rule, remedy, column="probability", value=str(probability)))
    return PrivateNote.objects.create(
        game=game, user=user, round=game.round, text=text[:4000], option=option[:60], probability=probability,
        made_at=now,
    )  # fmt: skip


def list_notes(user: Any, game_id: int) -> list[dict[str, Any]]:
    """Return the user's own notes of a game; all of them to the facilitator."""
    game = find_game(user, game_id)
    is_facilitator = game.cohort is not None and game.cohort.facilitator_id == user.pk
    notes = game.notes.all() if is_facilitator else game.notes.filter(user=user)
    return [
        {"round": one.round, "user": one.user.username, "text": one.text, "option": one.option,
         "probability": one.probability, "made_at": one.made_at.isoformat()}
        for one in notes.select_related("user")
    ]  # fmt: skip


def read_debrief(
    user: Any, game_id: int, now: datetime, *, progress: Progress = silent, make: bool = True
) -> dict[str, Any] | None:
    """Return the debrief of a game that is over, made and stored at the first time.

    Parameters
    ----------
    user, game_id, now
        Who asks for which, when.
    progress
        Hears of each step; it takes some seconds.
    make
        Whether it is made where it is not there yet; otherwise None is returned then.

    Raises
    ------
    InputError
        When the game is not over.
    """
    game = find_game(user, game_id)
    kept = StoredDebrief.objects.filter(game=game).first()
    if kept is not None:
        return dict(kept.data)
    position = replay(game)
    if position.phase != OVER:
        raise InputError(
            Finding("game", "a debrief follows the last round", "Play on", column="round", value=str(game.round))
        )
    if not make:
        return None
    table = find_stored_plans(game.text, now, part_of(progress, 0.0, 0.6))
    told = tell_debrief(position, debrief(position, table, progress=part_of(progress, 0.6, 1.0)))
    StoredDebrief.objects.get_or_create(game=game, defaults={"made_at": now, "data": told})
    return told


def replay(game: Game) -> Position:
    """Return where a game stands, played again from its seed and moves."""
    return _reach(game.text, game.seed, _log_of(game))


def _log_of(game: Game) -> tuple[str, ...]:
    moves = game.moves.order_by("number").values_list("data", flat=True)
    return tuple(json.dumps(one, sort_keys=True) for one in moves)


@lru_cache(maxsize=256)
def _start(text: str, seed: int) -> Position:
    return begin_game(parse(text), seed)


@lru_cache(maxsize=512)
def _reach(text: str, seed: int, moves: tuple[str, ...]) -> Position:
    """Position after moves; positions are immutable, so the one before the last move is taken from memory."""
    if not moves:
        return _start(text, seed)
    return make_move(_reach(text, seed, moves[:-1]), move_from_json(json.loads(moves[-1])))


def _show(game: Game) -> dict[str, Any]:
    return {
        "game": game.pk,
        "is_paused": game.cohort is not None and game.cohort.is_paused,
        "purpose": game.purpose,
        **show_view(replay(game)),
    }


def _check_may(user: Any, game: Game, kind: str) -> None:
    """Stop who may not make this move: not in the team, an observer, or not the one who decides."""
    if game.cohort is not None and game.cohort.is_paused:
        raise InputError(Finding("game", "the facilitator has not paused the cohort", "Wait until it goes on"))
    if game.team is None:
        if game.player_id != (None if user is None else user.pk):
            raise PermissionDenied("Only its player moves in this game.")
        return
    seats = {seat.user_id: seat.role for seat in game.team.seats.all()}
    role = seats.get(user.pk)
    if role is None or role == Seat.Role.OBSERVER:
        raise PermissionDenied("Only the team's players move in this game.")
    has_director = Seat.Role.DIRECTOR in seats.values()
    if kind in DECIDING and has_director and role != Seat.Role.DIRECTOR:
        raise PermissionDenied("In this team the director decides.")


def _move(user: Any, game_id: int, move: Move, now: datetime) -> dict[str, Any]:
    game = find_game(user, game_id)
    data = move_to_json(move)
    _check_may(user, game, data["kind"])
    add_move(game, move, user, now)
    return _show(game)


def add_move(game: Game, move: Move, user: Any, now: datetime) -> Position:
    """Store a move that the rules allow; two who move at once: one of them hears that the other was first.

    Raises
    ------
    InputError
        When the rules do not allow it, or somebody else moved meanwhile; nothing is stored then.
    """
    log = _log_of(game)
    before = _reach(game.text, game.seed, log)
    after = make_move(before, move)
    data, number = move_to_json(move), len(log) + 1
    try:
        with transaction.atomic():
            GameMove.objects.create(
                game=game, number=number, round=before.round, kind=data["kind"], data=data, made_by=user, made_at=now
            )
            game.round, game.phase, game.changed_at = after.round, after.phase, now
            game.save(update_fields=["round", "phase", "changed_at"])
    except IntegrityError:
        rule, remedy = "nobody else has moved meanwhile", "Look again, then decide"
        raise InputError(Finding("game", rule, remedy, column="move", value=str(number))) from None
    return after
