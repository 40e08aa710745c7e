"""The Lab's pages for whoever plays: the lobby, a game round by round, the debrief."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import require
from drumbeat.basics.findings import InputError
from drumbeat.lab import actions
from drumbeat.lab.actions_cohort import begin_transfer, has_own_game_begun, is_own_game_over, join_cohort
from drumbeat.lab.actions_scenario import list_scenarios
from drumbeat.lab.draw_debrief import show_debrief
from drumbeat.lab.draw_game import draw_tiles, list_groups, list_money, list_periods
from drumbeat.lab.engine.game import DECIDE, DEFEND, OVER, PLAY
from drumbeat.lab.find_scenario import parse
from drumbeat.lab.models import Game, Seat
from drumbeat.lab.read_form import clean_words, read_number, read_round, read_words
from drumbeat.web.jobs import enqueue, jobs_of
from drumbeat.web.models import Job

SHOWN_GAMES, NEWEST_GAMES = 30, 6
MOST_ASSUMPTIONS, MOST_EVIDENCE = 20, 40
Act = Callable[[Any, int, Any], str | None]


@require("viewer")
def lobby(request: Any) -> HttpResponse:
    """Show what can be played, what is being played, and where to join."""
    cards = list_scenarios(request.user)
    games = actions.games_of(request.user).select_related("team", "cohort").prefetch_related("moves")[:SHOWN_GAMES]
    rows = [(one, parse(one.text)) for one in games]
    seats = Seat.objects.filter(user=request.user).select_related("cohort", "team")
    for seat in seats:
        seat.is_after_open = is_own_game_over(seat)  # type: ignore[attr-defined]
        games_before = seat.cohort.games.filter(player=seat.user, team=None, purpose=Game.Purpose.BEFORE)
        seat.is_before_open = games_before.exists() or not has_own_game_begun(seat)  # type: ignore[attr-defined]
    context = {
        "cards": [one for one in cards if not one["is_own"]], "own": [one for one in cards if one["is_own"]],
        "games": rows[:NEWEST_GAMES], "older": rows[NEWEST_GAMES:], "seats": seats,
        "may_facilitate": request.user.may("planner"),
    }  # fmt: skip
    return render(request, "lab/lobby.html", context)


@require("viewer")
@require_POST
def begin_game(request: Any) -> HttpResponse:
    """Begin a game of a scenario."""
    try:
        game = actions.begin(request.user, read_words(request.POST, "scenario", 60), timezone.now())
    except InputError as error:
        messages.error(request, str(error))
        return redirect("lab")
    return redirect("game", game.pk)


@require("viewer")
@require_POST
def join(request: Any) -> HttpResponse:
    """Join a cohort by its code."""
    try:
        seat = join_cohort(request.user, read_words(request.POST, "code", 20), timezone.now())
    except InputError as error:
        messages.error(request, str(error))
        return redirect("lab")
    messages.success(request, f"You are in: {seat.cohort.name}.")
    return redirect("lab")


@require("viewer")
@require_POST
def start_transfer(request: Any, number: int) -> HttpResponse:
    """Begin one's game before or after, by which learning is measured."""
    try:
        found = begin_transfer(request.user, number, request.POST.get("purpose", ""), timezone.now())
    except InputError as error:
        messages.error(request, str(error))
        return redirect("lab")
    return redirect("game", found.pk)


def find_game(request: Any, number: int) -> Game:
    """Return a game that the user may see; the page of any other one does not exist for them."""
    try:
        return actions.find_game(request.user, number)
    except actions.NoSuchGame as error:
        raise Http404(str(error)) from None


@require("viewer")
def game(request: Any, number: int) -> HttpResponse:
    """Show a game where it stands: the plant, what can be found out, and the call to make."""
    found = find_game(request, number)
    view = actions.show_game(found)
    made = view["made"][-1] if view["made"] else None
    chosen = None
    if view["phase"] == "defend" and view["decision"] and made:
        chosen = next(one for one in view["decision"]["options"] if one["code"] == made["option"])
    context = {
        "game": found, "view": view, "tiles": draw_tiles(view["reports"]), "groups": list_groups(view),
        "money": list_money(view), "made": made, "chosen": chosen, "steps": _steps(view),
        "report": view["reports"][-1] if view["reports"] else None,
        "happened": [one for one in view["happened"] if one["round"] == view["round"]],
        "read": [one for one in view["information"] if one["is_read"]],
        "expected": chosen and round(view["decision"]["wager"]["level"] * view["decision"]["wager"]["scale"], 6),
        "notes": actions.list_notes(request.user, found.pk) if found.cohort_id else [], "tab": "game",
        "assumption_lines": range(3), "phases": _phases(view), "resolved": _resolved(view),
        "debrief_waits": actions.why_debrief_waits(request.user, found) if view["phase"] == OVER else "",
        "is_facilitator": found.cohort is not None and found.cohort.facilitator_id == request.user.pk,
        "no_decide": actions.why_no_move(request.user, found, "decide"),
        "no_buy": actions.why_no_move(request.user, found, "buy"),
    }  # fmt: skip
    return render(request, "lab/game.html", context)


@require("viewer")
def plant(request: Any, number: int) -> HttpResponse:
    """Show the plant of a game as its books and reports tell it: figures, hours, people, supply, money by period."""
    found = find_game(request, number)
    view = actions.show_game(found)
    context = {
        "game": found, "view": view, "tiles": draw_tiles(view["reports"]), "groups": list_groups(view),
        "periods": list_periods(view), "tab": "plant",
        "products": list(zip(view["company"]["products"], view["reports"][-1]["products"], strict=True)),
    }  # fmt: skip
    return render(request, "lab/plant.html", context)


def _phases(view: dict[str, Any]) -> list[tuple[str, str]]:
    """Name of each phase of the round with how it stands: "past", "now" or "ahead"."""
    names = ["Find out and decide", "Defend it", f"Live the {view['scenario']['period']}"]
    place = {DECIDE: 0, DEFEND: 1, PLAY: 2}.get(view["phase"], 3)
    return [(name, "past" if at < place else "now" if at == place else "ahead") for at, name in enumerate(names)]


def _resolved(view: dict[str, Any]) -> list[dict[str, Any]]:
    """Wagers that the last report has decided."""
    last = view["reports"][-1]["period"]
    return [one for one in view["made"] if one["outcome"] is not None and one["resolved"] == last]


def _steps(view: dict[str, Any]) -> list[tuple[int, str, str]]:
    """Rounds with how they stand: "past", "now" or "ahead", and the title of what was decided."""
    titles = {one["round"]: f"{one['title']}: {one['name']}" for one in view["made"]}
    is_over = view["phase"] == "over"
    return [
        (at, "past" if at < view["round"] or is_over else "now" if at == view["round"] else "ahead", titles.get(at, ""))
        for at in range(1, view["rounds"] + 1)
    ]


def _act(do: Act) -> Callable[..., HttpResponse]:
    """Make the view of a move; a rule that it breaks is told on the page, and nothing is stored then."""

    @require("viewer")
    @require_POST
    def view(request: Any, number: int) -> HttpResponse:
        find_game(request, number)
        try:
            said = do(request.user, number, request.POST)
        except (InputError, PermissionDenied) as error:
            messages.error(request, str(error))
        else:
            if said:
                messages.success(request, said)
        back = redirect("game", number)
        anchor = request.POST.get("anchor", "")
        if anchor.isalpha():
            back["Location"] += f"#{anchor}"
        return back

    return view


def _buy(user: Any, number: int, form: Any) -> str:
    code = read_words(form, "information", 60)
    view = actions.buy_information(user, number, code, timezone.now())
    mine = next(one for one in view["information"] if one["code"] == code)
    if mine["is_read"]:
        return f"{mine['name']}: read it below."
    return f"{mine['name']}: it will be there in round {mine['ready']}."


def _decide(user: Any, number: int, form: Any) -> str:
    chance = read_number(form, "probability", "how sure you are") / 100
    told = [clean_words(one, 300) for one in form.getlist("assumption")[:MOST_ASSUMPTIONS]]
    actions.decide(
        user, number, read_words(form, "option", 60), chance, timezone.now(),
        assumptions=tuple(one for one in told if one), pre_mortem=read_words(form, "pre_mortem", 2000),
        at=read_round(form),
    )  # fmt: skip
    return "Decided. Now defend it."


def _defend(user: Any, number: int, form: Any) -> None:
    evidence = tuple(clean_words(one, 60) for one in form.getlist("evidence")[:MOST_EVIDENCE])
    decision = actions.read_view(user, number)["decision"]
    level = read_number(form, "level", "what you expect") / (decision["wager"]["scale"] if decision else 1.0)
    actions.defend(
        user, number, timezone.now(), evidence=evidence, cost=read_number(form, "cost", "what it costs"),
        level=level, steps=read_words(form, "steps", 1000), at=read_round(form),
    )  # fmt: skip


def _play(user: Any, number: int, form: Any) -> None:
    actions.play(user, number, timezone.now(), at=read_round(form))


def _note(user: Any, number: int, form: Any) -> str:
    chance = (
        None if not form.get("probability", "").strip() else read_number(form, "probability", "how sure you are") / 100
    )
    actions.write_note(
        user,
        number,
        timezone.now(),
        text=read_words(form, "text", 4000),
        option=read_words(form, "option", 60),
        probability=chance,
    )
    return "Kept. Only you and the facilitator see it."


buy_information = _act(_buy)
make_decision = _act(_decide)
defend_decision = _act(_defend)
play_period = _act(_play)
keep_note = _act(_note)


@require("viewer")
def debrief(request: Any, number: int) -> HttpResponse:
    """Show the debrief of a game that is over; made in the background at the first time."""
    found = find_game(request, number)
    try:
        told = actions.read_debrief(request.user, found.pk, timezone.now(), make=False)
    except InputError as error:
        messages.error(request, str(error))
        return redirect("game", number)
    if told is None:
        running = jobs_of(request.user).filter(
            kind="lab-debrief", arguments__game=found.pk, state__in=[Job.State.WAITING, Job.State.RUNNING]
        )
        job = running.first() or enqueue("lab-debrief", {"game": found.pk, "user": request.user.pk}, request.user)
        return redirect("web:job", number=job.pk)
    return render(request, "lab/debrief.html", show_debrief(found, told))


@require("viewer")
def debrief_pdf(request: Any, number: int) -> HttpResponse:
    """Send the debrief as a PDF."""
    found = find_game(request, number)
    try:
        told = actions.read_debrief(request.user, found.pk, timezone.now(), make=False)
    except InputError as error:
        raise Http404(str(error)) from None
    if told is None:
        raise Http404("The debrief has not been made yet: open its page.")
    from drumbeat.lab.write_debrief import write_debrief

    answer = HttpResponse(write_debrief(told, found.debrief.made_at, found.who), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="debrief-{found.pk}.pdf"'
    return answer
