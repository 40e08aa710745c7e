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
from drumbeat.lab.actions_cohort import begin_transfer, cohorts_of, join_cohort
from drumbeat.lab.draw_game import draw_bars, draw_tiles, list_groups, list_money
from drumbeat.lab.models import Game, Seat
from drumbeat.lab.read_number import read_number
from drumbeat.web.jobs import enqueue, jobs_of
from drumbeat.web.models import Job

SHOWN_GAMES = 30
Act = Callable[[Any, int, Any], str | None]


@require("viewer")
def lobby(request: Any) -> HttpResponse:
    """Show what can be played, what is being played, and where to join."""
    cards = actions.list_scenarios()
    titles = {one["code"]: one["title"] for one in cards}
    games = actions.games_of(request.user).select_related("team", "cohort")[:SHOWN_GAMES]
    seats = Seat.objects.filter(user=request.user).select_related("cohort", "team")
    context = {
        "cards": cards, "games": [(one, titles.get(one.scenario, one.scenario)) for one in games],
        "seats": seats, "cohorts": cohorts_of(request.user)[:SHOWN_GAMES],
        "may_facilitate": request.user.may("planner"),
    }  # fmt: skip
    return render(request, "lab/lobby.html", context)


@require("viewer")
@require_POST
def begin_game(request: Any) -> HttpResponse:
    """Begin a game of a scenario."""
    try:
        game = actions.begin(request.user, request.POST.get("scenario", "")[:60], timezone.now())
    except InputError as error:
        messages.error(request, str(error))
        return redirect("lab")
    return redirect("game", game.pk)


@require("viewer")
@require_POST
def join(request: Any) -> HttpResponse:
    """Join a cohort by its code."""
    try:
        seat = join_cohort(request.user, request.POST.get("code", "")[:20], timezone.now())
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
    except PermissionDenied as error:
        raise Http404(str(error)) from None


@require("viewer")
def game(request: Any, number: int) -> HttpResponse:
    """Show a game where it stands: the plant, what can be found out, and the call to make."""
    found = find_game(request, number)
    view = actions.read_view(request.user, found.pk)
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
        "notes": actions.list_notes(request.user, found.pk) if found.cohort_id else [],
        "assumption_lines": range(3),
    }  # fmt: skip
    return render(request, "lab/game.html", context)


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
    view = actions.buy_information(user, number, form.get("information", "")[:60], timezone.now())
    mine = next(one for one in view["information"] if one["code"] == form.get("information"))
    if mine["is_read"]:
        return f"{mine['name']}: read it below."
    return f"{mine['name']}: it will be there in round {mine['ready']}."


def _decide(user: Any, number: int, form: Any) -> str:
    chance = read_number(form, "probability", "how sure you are") / 100
    assumptions = tuple(one.strip()[:300] for one in form.getlist("assumption") if one.strip())
    option = form.get("option", "")[:60]
    actions.decide(
        user, number, option, chance, timezone.now(), assumptions=assumptions,
        pre_mortem=form.get("pre_mortem", "").strip()[:2000],
    )  # fmt: skip
    return "Decided. Now defend it."


def _defend(user: Any, number: int, form: Any) -> None:
    evidence = tuple(one[:60] for one in form.getlist("evidence"))
    actions.defend(
        user, number, timezone.now(), evidence=evidence, cost=read_number(form, "cost", "what it costs"),
        level=read_number(form, "level", "what you expect"), steps=form.get("steps", "").strip()[:1000],
    )  # fmt: skip


def _play(user: Any, number: int, form: Any) -> None:  # noqa: ARG001 - every move takes the form
    actions.play(user, number, timezone.now())


def _note(user: Any, number: int, form: Any) -> str:
    chance = (
        None if not form.get("probability", "").strip() else read_number(form, "probability", "how sure you are") / 100
    )
    actions.write_note(
        user, number, timezone.now(), text=form.get("text", ""), option=form.get("option", ""), probability=chance
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


def show_debrief(found: Game, told: dict[str, Any]) -> dict[str, Any]:
    """What the debrief's page draws."""
    regret = told["regret"]
    others = [("You", told["value"], "as you played")]
    others += [(one["name"], one["value"], "on the same luck") for one in told["others"]]
    parts = [
        ("Information", regret["information"], "what could have been known, and was not bought"),
        ("Decision", regret["decision"], "what was known, and not followed"),
        ("Luck", regret["luck"], "nobody could have known"),
    ]
    return {
        "game": found, "told": told, "others": draw_bars(others), "parts": draw_bars(parts),
        "mistakes": [(kind, counts, sum(counts)) for kind, counts in told["mistake_counts"].items()],
        "rounds": range(1, told["scenario"]["rounds"] + 1), "tiles": draw_tiles(told["series"]),
    }  # fmt: skip


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

    answer = HttpResponse(write_debrief(told, found.debrief.made_at), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="debrief-{found.pk}.pdf"'
    return answer
