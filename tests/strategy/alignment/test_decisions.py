"""Decision records, from the question to what came of it, as people click them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from drumbeat.basics.findings import InputError
from drumbeat.kpis.actions import measure_scorecard
from drumbeat.strategy import decide
from drumbeat.strategy.models import Assumption, Decision, FunctionPlan, GapOwner
from drumbeat.strategy.weigh_decision import weigh_decision
from tests.demo_company import demo_company

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def ready() -> Decision:
    """A decision that lacks nothing."""
    made = decide.open_decision("Second press line?", "ann", NOW, "The first one is full from May.")
    line = decide.save_option(made, {"name": "Line", "cost": 400_000.0, "value_low": -1e5, "value_mid": 2e5}, NOW)
    decide.save_option(made, {"name": "Do nothing"}, NOW)
    made.refresh_from_db()
    made.chosen, made.claim, made.probability = line, "1,200 a week by June", 0.7
    made.resolves_on, made.premortem = date(2026, 7, 1), "Nobody can run it at night."
    made.save()
    decide.add_assumption(made, "Sales keeps its plan", date(2026, 6, 1), NOW, owner="Sam")
    decide.sign(made, "finance", "fin", True, "", NOW)
    return made


def test_what_a_decision_lacks_is_told_all_at_once_and_nothing_is_decided() -> None:
    made = decide.open_decision("Why?", "ann", NOW)
    with pytest.raises(InputError) as error:
        decide.decide(made, "boss", NOW)
    told = {finding.column for finding in error.value.findings.shown}
    assert told == {
        "options", "chosen", "claim", "probability", "resolves_on", "premortem", "assumptions", "signatures",
    }  # fmt: skip
    assert Decision.objects.get().state == "open"


def test_a_changed_text_needs_another_signature(ready: Decision) -> None:
    assert decide.list_lacks(ready, NOW.date()).count == 0
    ready.claim = "1,100 a week by June"
    ready.save()
    _, is_current = decide.list_standing(ready)["finance"]
    assert not is_current
    assert [one.column for one in decide.list_lacks(ready, NOW.date()).shown] == ["signatures"]


def test_a_dissent_needs_a_reason_and_is_kept_beside_a_later_yes(ready: Decision) -> None:
    with pytest.raises(InputError):
        decide.sign(ready, "hr", "hana", False, " ", NOW)
    decide.sign(ready, "hr", "hana", False, "Nights are not staffed", NOW)
    decide.sign(ready, "hr", "hana", True, "after training", NOW)
    assert [one.agrees for one in ready.signatures.filter(function="hr")] == [False, True]
    assert decide.list_standing(ready)["hr"][0].agrees


def test_a_broken_assumption_opens_the_decision_again(ready: Decision) -> None:
    decide.add_assumption(ready, "OEE stays", date(2026, 6, 1), NOW, owner="Olga", figure="oee", least=0.6)
    decide.sign(ready, "finance", "fin", True, "", NOW)
    decide.decide(ready, "boss", NOW)
    with pytest.raises(InputError, match="made once"):
        decide.decide(ready, "boss", NOW)
    assert decide.watch_assumptions(lambda figure, scope: 0.61, NOW + timedelta(days=1)) == []
    assert Decision.objects.get().state == "decided"
    broken = decide.watch_assumptions(lambda figure, scope: 0.55, NOW + timedelta(days=2))
    assert [one.text for one in broken] == ["OEE stays"]
    assert "0.55" in broken[0].note
    assert Decision.objects.get().state == "reopened"
    with pytest.raises(InputError, match="broken"):
        decide.decide(ready, "boss", NOW)
    assert len(decide.watch_assumptions(lambda figure, scope: None, NOW + timedelta(days=120))) == 1, "it expired"


def test_resolved_decisions_are_scored(ready: Decision) -> None:
    with pytest.raises(InputError):
        decide.resolve(ready, True, "", "boss", NOW)
    assert decide.score_decisions() is None
    ready = decide.decide(ready, "boss", NOW)
    decide.resolve(ready, False, "900 a week", "boss", NOW)
    score = decide.score_decisions()
    assert score is not None
    assert score.brier == pytest.approx(0.49)


def test_every_figure_that_may_watch_is_on_the_scorecard() -> None:
    assert set(decide.WATCHED) <= {figure.key for figure in measure_scorecard(demo_company()).figures}


def test_bad_assumptions_and_options_are_told() -> None:
    made = decide.open_decision("x", "ann", NOW)
    with pytest.raises(InputError) as error:
        decide.add_assumption(made, "", date(2026, 1, 1), NOW, least=2, most=1)
    assert {one.column for one in error.value.findings.shown} == {"text", "owner", "expires_on", "figure", "least"}
    with pytest.raises(InputError, match="one of the scorecard"):
        decide.add_assumption(made, "x", date(2027, 1, 1), NOW, owner="o", figure="happiness", least=1)
    with pytest.raises(InputError, match="rise"):
        decide.save_option(made, {"name": "a", "value_low": 3.0, "value_high": 1.0}, NOW)
    assert decide.open_decision("x", "bob", NOW).code == "x-2"


def test_a_decision_from_question_to_outcome_over_the_pages(client_as: Callable[..., Client]) -> None:
    client = client_as("manager")

    def post(to: str, **values: Any) -> str:
        page = client.post(f"/strategy/decisions/{to}", values, follow=True)
        assert page.status_code == 200
        return page.content.decode()

    client.post("/strategy/decisions-new/", {"title": "Second shift or second press?"})
    made = Decision.objects.get()
    at = made.code
    post(f"{at}/option/", name="Second shift", cost="90 000", value_low="10", value_mid="20", value_high="30,5")
    post(f"{at}/option/", name="Press")
    assert "Correct it" in post(f"{at}/option/", name="Bad", cost="many")
    assert made.options.count() == 2
    shift, press = made.options.all()
    assert shift.value_high == 30.5
    for name in ("Money", "Resilience"):
        post(f"{at}/criterion/", name=name)
    money, resilience = made.criteria.all()
    post(f"{at}/judge/", function="finance", **{f"pair-{money.pk}-{resilience.pk}": "3"})
    post(f"{at}/judge/", function="hr", **{f"pair-{money.pk}-{resilience.pk}": repr(1 / 3)})
    assert weigh_decision(made).together.weights.tolist() == pytest.approx([0.5, 0.5])  # type: ignore[union-attr]
    scores = {(shift, money): 8, (shift, resilience): 3, (press, money): 4, (press, resilience): 6}
    text = post(f"{at}/score/", **{f"score-{o.pk}-{c.pk}": value for (o, c), value in scores.items()})
    assert "Ranked first: <strong>Second shift</strong>" in text
    assert "counted" in text
    made.refresh_from_db()
    until = date.today() + timedelta(days=90)  # noqa: DTZ011 - as the page does
    said = {"title": made.title, "claim": "20 a day by June", "probability": "80", "premortem": "Nobody comes"}
    assert "nobody else has changed" in post(f"{at}/save/", seen="yesterday", **said)
    post(f"{at}/save/", seen=made.changed_at.isoformat(), chosen=shift.pk, resolves_on=until.isoformat(), **said)
    post(f"{at}/assume/", text="Crews stay", owner="Hana", expires_on=until.isoformat())
    assert "says why" in post(f"{at}/sign/", function="hr", agrees="no", reason="")
    post(f"{at}/sign/", function="hr", agrees="yes")
    assert "Decided" in post(f"{at}/decide/")
    made.refresh_from_db()
    assert (made.state, made.probability, made.chosen) == ("decided", 0.8, shift)
    assert "stays as it was" in post(f"{at}/save/", seen=made.changed_at.isoformat(), probability="99")
    assumed = Assumption.objects.get()
    post(f"{at}/look/", number=assumed.pk, verdict="broken", note="Three left")
    made.refresh_from_db()
    assert made.state == "reopened"
    post(f"{at}/look/", number=assumed.pk, verdict="holds", expires_on=until.isoformat())
    post(f"{at}/decide/")
    assert "It did not come true" in post(f"{at}/resolve/", came_true="no", outcome="12 a day")
    assert "Brier" in client.get("/strategy/decisions/").content.decode()


def test_only_a_manager_decides_and_a_viewer_changes_nothing(ready: Decision, client_as: Callable[..., Client]) -> None:
    for role, address in (("planner", "decide/"), ("planner", "resolve/"), ("viewer", "sign/"), ("viewer", "save/")):
        assert client_as(role).post(f"/strategy/decisions/{ready.code}/{address}").status_code == 403
    page = client_as("viewer").get(f"/strategy/decisions/{ready.code}/").content.decode()
    assert '<form method="post" action="/strategy' not in page
    assert client_as("manager", "NORTH").get("/strategy/decisions/").status_code == 403, "one site only"


def test_plans_of_functions_are_entered_and_their_gaps_owned(client_as: Callable[..., Client]) -> None:
    client = client_as("planner")
    given = {"subject": "Headcount", "start": "2026-04-01", "unit": "people", "plan-hr": "140", "plan-finance": "112"}
    client.post("/strategy/alignment/save/", given)
    page = client.get("/strategy/alignment/?sort=gap").content.decode()
    assert "20\u202f%" in page
    assert "nobody" in page
    client.post("/strategy/alignment/save/", given | {"owner": "Hana", "plan-hr": ""})
    assert FunctionPlan.objects.count() == 1
    assert GapOwner.objects.get().owner == "Hana"
    told = client.post("/strategy/alignment/save/", given | {"plan-hr": "many"}, follow=True).content.decode()
    assert "it is a number" in told
