"""What players do: begin a game, see it, buy, decide, defend, play, be debriefed. Every move is stored when made.

Each function takes the user who asks, and answers with what that user may see (`drumbeat.lab.engine.show_view`):
neither what is hidden, nor the future, nor somebody else's notes. Facilitators' actions are in `actions_cohort`.
"""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

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
from drumbeat.lab.find_plans import find_stored_plans, is_search_needed
from drumbeat.lab.find_scenario import parse, text_of
from drumbeat.lab.models import Cohort, Game, GameMove, PrivateNote, Seat, StoredDebrief, Team
from drumbeat.lab.tell_debrief import tell_debrief

DECIDING = frozenset({"decide", "defend", "play"})
SEEDS = 2**31
PLANS_SHARE = 0.6
"""Of the time of a debrief whose plans have to be searched for."""


class NoSuchGame(PermissionDenied):
    """A game that the user neither plays nor facilitates, or that is not there."""


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
        Of all its luck; None = one that nobody can work out. A cohort's games have the cohort's; what is played
        before and after have lucks of their own, which knowing one of the others does not help with.
    team, cohort, purpose
        Where it belongs to.

    Raises
    ------
    InputError
        When the user may play no scenario of that code.
    """
    cohort = team.cohort if team is not None else cohort
    # Who is in a cohort may play what its facilitator may.
    text = text_of(scenario, user if cohort is None else cohort.facilitator)
    if cohort is not None:
        seed = cohort.seed if purpose == Game.Purpose.PLAY else derive_luck(cohort, purpose)
    elif seed is None:
        # Not from the moment, which the player sees: who can work the seed out plays the game ahead at a terminal.
        seed = secrets.randbelow(SEEDS)
    return Game.objects.create(
        scenario=scenario, text=text, seed=seed, player=user, team=team, cohort=cohort, purpose=purpose,
        begun_at=now, changed_at=now, phase=_start(text, seed).phase,
    )  # fmt: skip


def derive_luck(cohort: Cohort, purpose: str) -> int:
    """Return the seed of what a cohort plays before or after; no debrief's seed tells that of another purpose."""
    digest = salted_hmac(f"drumbeat.lab.{purpose}", f"{cohort.pk} {cohort.seed}").digest()
    return int.from_bytes(digest[:8], "big") % SEEDS


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
    NoSuchGame
        When it is somebody else's, or there is none: the answer does not tell which.
    """
    rows = Game.objects.filter(pk=game_id).select_related("cohort", "team")
    found = rows.filter(pk__in=games_of(user).values("pk")).first()
    if found is None and user is not None:
        found = rows.filter(cohort__facilitator=user).first()
    if found is None:
        raise NoSuchGame("There is no such game of yours.")
    return found


def read_view(user: Any, game_id: int) -> dict[str, Any]:
    """Return what a player sees of a game now; see `drumbeat.lab.engine.show_view`."""
    return show_game(find_game(user, game_id))


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
    at: int | None = None,
) -> dict[str, Any]:
    """Decide, before the result: with the probability of the wager, assumptions and a pre-mortem; `at` = round seen."""
    return _move(user, game_id, Decide(option, probability, tuple(assumptions), pre_mortem), now, at)


def defend(
    user: Any,
    game_id: int,
    now: datetime,
    *,
    evidence: tuple[str, ...] = (),
    cost: float = 0.0,
    level: float = 0.0,
    steps: str = "",
    at: int | None = None,
) -> dict[str, Any]:
    """Defend the decision to the stakeholders; their answers are in `made[-1]["answers"]`."""
    return _move(user, game_id, Defend(tuple(evidence), cost, level, steps), now, at)


def play(user: Any, game_id: int, now: datetime, *, at: int | None = None) -> dict[str, Any]:
    """Play the period; the new report is the last of `reports`."""
    return _move(user, game_id, Play(), now, at)


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
    user: Any, game_id: int, now: datetime, *, progress: Progress = silent, make: bool = True, cores: int = 1
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
    cores
        Threads that play the others.

    Raises
    ------
    InputError
        When the game is not over, or its debrief would tell somebody who still plays what is hidden from them.
    """
    game = find_game(user, game_id)
    if game.phase != OVER:
        raise InputError(
            Finding("game", "a debrief follows the last round", "Play on", column="round", value=str(game.round))
        )
    wait = why_debrief_waits(user, game)
    if wait:
        raise InputError(Finding("debrief", wait, "Come back then, or ask the facilitator"))
    kept = StoredDebrief.objects.filter(game=game).first()
    if kept is not None:
        return dict(kept.data)
    if not make:
        return None
    position = replay(game)
    progress(0.0, "reading the plans")
    share = PLANS_SHARE if is_search_needed(game.text) else 0.0
    table = find_stored_plans(game.text, now, part_of(progress, 0.0, share))
    found = debrief(position, table, cores=cores, progress=part_of(progress, share, 1.0))
    told = tell_debrief(position, found, _list_course(game))
    StoredDebrief.objects.get_or_create(game=game, defaults={"made_at": now, "data": told})
    return told


def why_debrief_waits(user: Any, game: Game) -> str:
    """Return the rule that keeps a debrief closed for now; "" when it can be read.

    A cohort plays on one luck: whoever reads the debrief knows what is hidden from those who still play. And whoever
    has read the debrief of before plays the game after with it.
    """
    cohort = game.cohort
    if cohort is None or cohort.is_debrief_open or (user is not None and cohort.facilitator_id == user.pk):
        return ""
    games = (
        cohort.games.filter(purpose=game.purpose)
        if game.purpose == Game.Purpose.PLAY
        else cohort.games.filter(player=game.player_id, team=None, purpose=Game.Purpose.AFTER)
    )
    if game.purpose == Game.Purpose.BEFORE and not games.exists():
        return "the debrief of the game before opens after the game after"
    if games.exclude(phase=OVER).exists():
        return "debriefs open when all games of the cohort are over"
    return ""


def replay(game: Game) -> Position:
    """Return where a game stands, played again from its seed and moves."""
    return _reach(game.text, game.seed, _log_of(game))


def _list_course(game: Game) -> list[Position]:
    """Positions at the start of a game and after each of its rounds."""
    log = _log_of(game)
    ends = [place for place, move in enumerate(log, 1) if json.loads(move)["kind"] == "play"]
    return [_reach(game.text, game.seed, log[:place]) for place in (0, *ends)]


def _log_of(game: Game) -> tuple[str, ...]:
    return tuple(json.dumps(one.data, sort_keys=True) for one in game.moves.all())


MOST_TRIES = 3
"""Times that a move is tried while the facilitator lets things happen."""


@lru_cache(maxsize=256)
def _start(text: str, seed: int) -> Position:
    return begin_game(parse(text), seed)


@lru_cache(maxsize=512)
def _reach(text: str, seed: int, moves: tuple[str, ...]) -> Position:
    """Position after moves; positions are immutable, so the one before the last move is taken from memory."""
    if not moves:
        return _start(text, seed)
    return make_move(_reach(text, seed, moves[:-1]), move_from_json(json.loads(moves[-1])))


def show_game(game: Game) -> dict[str, Any]:
    """Return what a player sees of a game that was found for them."""
    return {
        "game": game.pk,
        "is_paused": game.cohort is not None and game.cohort.is_paused,
        "purpose": game.purpose,
        **show_view(replay(game)),
    }


def why_no_move(user: Any, game: Game, kind: str) -> str:
    """Return what keeps a user from moves of a kind ("buy", "decide", ...) in a game; "" where nothing does.

    Not in the team, an observer, or not the one who decides; a pause keeps everybody from moving, and passes.
    """
    if game.team is None:
        return "" if game.player_id == (None if user is None else user.pk) else "Only its player moves in this game."
    seats = list(game.team.seats.select_related("user"))
    role = next((seat.role for seat in seats if seat.user_id == user.pk), None)
    if role is None or role == Seat.Role.OBSERVER:
        return "Only the team's players move in this game."
    directors = [seat.user.username for seat in seats if seat.role == Seat.Role.DIRECTOR]
    if kind in DECIDING and directors and role != Seat.Role.DIRECTOR:
        return f"In this team the director decides: {' or '.join(directors)}."
    return ""


def _check_may(user: Any, game: Game, kind: str) -> None:
    """Stop who may not make this move, and everybody while the cohort is paused."""
    if game.cohort is not None and game.cohort.is_paused:
        raise InputError(
            Finding("game", "nobody moves while the cohort is paused", "Wait until the facilitator goes on")
        )
    why = why_no_move(user, game, kind)
    if why:
        raise PermissionDenied(why)


def _move(user: Any, game_id: int, move: Move, now: datetime, at: int | None = None) -> dict[str, Any]:
    game = find_game(user, game_id)
    data = move_to_json(move)
    _check_may(user, game, data["kind"])
    add_move(game, move, user, now, at)
    return show_game(game)


def add_move(game: Game, move: Move, user: Any, now: datetime, at: int | None = None) -> Position:
    """Store a move that the rules allow; two who move at once: one of them hears that the other was first.

    Parameters
    ----------
    game, move, user, now
        What is moved where, by whom and when.
    at
        Round that the player saw when moving: two windows may show two rounds; None = the present one.

    Raises
    ------
    InputError
        When the rules do not allow it, or somebody else moved meanwhile; nothing is stored then.
    """
    for _ in range(MOST_TRIES):
        log = _log_of(game)
        after = _try_move(game, move, log, user, now, at)
        if after is not None:
            return after
        game.refresh_from_db()
        # What the facilitator lets happen is no move of a player: whoever decides meanwhile decides all the same.
        if any(json.loads(one)["kind"] != "inject" for one in _log_of(game)[len(log) :]):
            break
    rule, remedy = "a move is made on the game as it stands, and somebody has just moved", "Look again, then decide"
    raise InputError(Finding("game", rule, remedy, column="move", value=str(len(log) + 1)))


def _try_move(
    game: Game, move: Move, log: tuple[str, ...], user: Any, now: datetime, at: int | None
) -> Position | None:
    """Store a move after those of a log; None when another was stored first, and nothing is stored then."""
    before = _reach(game.text, game.seed, log)
    if at is not None and at != before.round:
        rule, remedy = f"a move is made in the round that is on, {before.round}", "Look again, then decide"
        raise InputError(Finding("game", rule, remedy, column="round", value=str(at)))
    after = make_move(before, move)
    data = move_to_json(move)
    try:
        with transaction.atomic():
            GameMove.objects.create(
                game=game, number=len(log) + 1, round=before.round, kind=data["kind"], data=data, made_by=user,
                made_at=now,
            )  # fmt: skip
            game.round, game.phase, game.changed_at = after.round, after.phase, now
            game.save(update_fields=["round", "phase", "changed_at"])
    except IntegrityError:
        return None
    return after
