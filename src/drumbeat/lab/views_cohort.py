"""The facilitator's pages: gather a cohort, seat people, pause, let things happen, compare, take the log away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import require
from drumbeat.basics.findings import InputError
from drumbeat.data.send_sheets import send_sheets
from drumbeat.lab import actions_cohort
from drumbeat.lab.actions_scenario import list_scenarios
from drumbeat.lab.draw_cohort import draw_courses, list_choices, list_mistakes, tell_learning, tell_row
from drumbeat.lab.engine.company import Company, list_parameters
from drumbeat.lab.engine.game import OVER
from drumbeat.lab.engine.scenario import Scenario
from drumbeat.lab.export_cohort import make_sheets
from drumbeat.lab.find_scenario import parse, text_of
from drumbeat.lab.models import Cohort, Game, Seat
from drumbeat.lab.read_form import clean_words, read_number, read_words

MOST_TEAMS = 40
Act = Callable[[Any, int, Any], str]


@require("planner")
def cohorts(request: Any) -> HttpResponse:
    """List the cohorts that one facilitates, and gather a new one."""
    cards = list_scenarios(request.user)
    titles = {card["code"]: card["title"] for card in cards}
    over = Q(games__phase=OVER, games__purpose=Game.Purpose.PLAY)
    rows = actions_cohort.cohorts_of(request.user).annotate(
        num_seats=Count("seats", distinct=True), num_over=Count("games", filter=over, distinct=True),
        num_games=Count("games", filter=Q(games__purpose=Game.Purpose.PLAY), distinct=True),
    )  # fmt: skip
    for one in rows:
        one.title = titles.get(one.scenario, one.scenario)
    context = {"cohorts": rows, "cards": cards}
    return render(request, "lab/cohorts.html", context)


@require("planner")
@require_POST
def new_cohort(request: Any) -> HttpResponse:
    """Gather a cohort."""
    form = request.POST
    teams = [clean_words(line, 80) for line in form.get("teams", "").splitlines() if line.strip()][:MOST_TEAMS]
    try:
        made = actions_cohort.create_cohort(
            request.user, read_words(form, "name", 120), read_words(form, "scenario", 60), timezone.now(), teams=teams,
            transfer=read_words(form, "transfer", 60),
        )  # fmt: skip
    except InputError as error:
        messages.error(request, str(error))
        return redirect("cohorts")
    return redirect("cohort", made.pk)


def _find(request: Any, number: int) -> Cohort:
    """Return a cohort of the user's; the page of any other one does not exist for them."""
    try:
        return actions_cohort.find_cohort(request.user, number)
    except PermissionDenied as error:
        raise Http404(str(error)) from None


def _scenario_of(found: Cohort, user: Any) -> Scenario:
    """Return the scenario as the cohort's games began with it: they go on where it was removed since.

    Raises
    ------
    InputError
        When it was removed before a game began.
    """
    begun = found.games.filter(purpose=Game.Purpose.PLAY).order_by("pk").first()
    return parse(begun.text if begun else text_of(found.scenario, user))


@require("planner")
def cohort(request: Any, number: int) -> HttpResponse:
    """Show a cohort: who is in it, how far its games are, and what they did; in the order of names, no ranking."""
    found = _find(request, number)
    try:
        scenario = _scenario_of(found, request.user)
    except InputError as error:
        messages.error(request, str(error))
        return redirect("cohorts")
    rows = _list_rows(request.user, number)
    context = {
        "cohort": found, "rows": rows, "teams": found.teams.all(), "roles": Seat.Role.choices,
        "seats": found.seats.select_related("user", "team").order_by("user__username"),
        "num_over": sum(row["phase"] == OVER for row in rows),
        "going": [row for row in rows if row["phase"] != OVER], "title": scenario.title,
        "transfer_title": _title_of(found.transfer, request.user), "parameters": _group_parameters(scenario.company),
    }  # fmt: skip
    part = request.headers.get("HX-Target") == "games"
    return render(request, "lab/cohort_games.html" if part else "lab/cohort.html", context)


@require("planner")
def compare(request: Any, number: int) -> HttpResponse:
    """Show the games of a cohort side by side: courses, decisions, mistakes, and what was learned."""
    found = _find(request, number)
    try:
        scenario = _scenario_of(found, request.user)
    except InputError as error:
        messages.error(request, str(error))
        return redirect("cohorts")
    rows = _list_rows(request.user, number)
    learning = actions_cohort.measure_learning(request.user, number)
    context = {
        "cohort": found, "rows": rows, "charts": draw_courses(rows, scenario.company.money.currency),
        "choices": list_choices(rows, [(one.code, one.title) for one in scenario.decisions]),
        "mistakes": list_mistakes(rows), "learning": learning, "summary": tell_learning(learning),
        "transfer_title": _title_of(found.transfer, request.user),
    }  # fmt: skip
    return render(request, "lab/compare.html", context)


def _list_rows(user: Any, number: int) -> list[dict[str, Any]]:
    """Games of the cohort's scenario, by name; those before and after are not among them."""
    rows = actions_cohort.compare_games(user, number)
    return [tell_row(row) for row in rows if row["purpose"] == Game.Purpose.PLAY]


def _title_of(code: str, user: Any) -> str:
    """Title of a scenario; its code where it was removed, "" for none."""
    try:
        return parse(text_of(code, user)).title if code else ""
    except InputError:
        return code


def _group_parameters(company: Company) -> list[tuple[str, list[tuple[str, str]]]]:
    """Parameters by whom they belong to, each with what it is in words."""
    names = {one.code: one.name for part in (company.groups, company.products, company.skills, company.suppliers)
             for one in part}  # fmt: skip
    grouped: dict[str, list[tuple[str, str]]] = {}
    for key, field in list_parameters(company).items():
        parts = key.split(".")
        owner = names.get(parts[1], parts[1]) if len(parts) == 3 else parts[0].capitalize()
        unit = field.metadata["unit"]
        grouped.setdefault(owner, []).append((key, f"{field.metadata['doc']}{f' [{unit}]' if unit else ''}"))
    return list(grouped.items())


def _act(do: Act) -> Callable[..., HttpResponse]:
    """Make the view of what a facilitator does."""

    @require("planner")
    @require_POST
    def view(request: Any, number: int) -> HttpResponse:
        _find(request, number)
        try:
            messages.success(request, do(request.user, number, request.POST))
        except InputError as error:
            messages.error(request, str(error))
        return redirect("cohort", number)

    return view


def _team(user: Any, number: int, form: Any) -> str:
    return f"Added: {actions_cohort.add_team(user, number, read_words(form, 'name', 80), timezone.now()).name}."


def _seat(user: Any, number: int, form: Any) -> str:
    seat_id = int(form.get("seat", "0")) if form.get("seat", "").isdigit() else 0
    seat = actions_cohort.assign_seat(
        user, number, seat_id, team=read_words(form, "team", 80), role=read_words(form, "role", 20)
    )
    return f"{seat.user.username}: {seat.get_role_display()}, {seat.team.name if seat.team else 'no team'}."


def _pause(user: Any, number: int, form: Any) -> str:
    paused = form.get("pause") == "yes"
    actions_cohort.pause_cohort(user, number, is_paused=paused)
    return "Paused: nobody can move until it goes on." if paused else "It goes on."


def _inject(user: Any, number: int, form: Any) -> str:
    change: dict[str, Any] = {
        "parameter": read_words(form, "parameter", 120), "how": read_words(form, "how", 10),
        "value": read_number(form, "value", "how much"),
    }  # fmt: skip
    lasts = form.get("lasts", "").strip()
    if lasts:
        change["lasts"] = int(read_number(form, "lasts", "for how many periods"))
    games = [int(one) for one in form.getlist("game") if one.isdigit()]
    told = actions_cohort.inject_event(
        user, number, read_words(form, "text", 500), [change], timezone.now(), games=games
    )
    return f"It happens in {len(told)} game{'s' if len(told) != 1 else ''}, from their next period on."


def _debriefs(user: Any, number: int, form: Any) -> str:
    is_open = form.get("open") == "yes"
    actions_cohort.open_debriefs(user, number, is_open=is_open)
    return "Everybody can read their debrief now." if is_open else "Debriefs open when all games are over."


add_team = _act(_team)
assign_seat = _act(_seat)
pause = _act(_pause)
inject = _act(_inject)
debriefs = _act(_debriefs)


@require("planner")
def export(request: Any, number: int) -> HttpResponse:
    """Send a cohort as a workbook: people, games, decisions, regret, mistakes, learning, every move and note."""
    found = _find(request, number)
    return send_sheets(make_sheets(request.user, number), f"cohort-{found.pk}.xlsx")
