"""The director's KPIs of whole plants: the demo company, a plant of noise, and nothing at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import polars as pl
import pytest

from drumbeat.data.snapshot import Snapshot
from drumbeat.strategy.convert_money import read_money
from drumbeat.strategy.measure_director import measure_director, save_review
from drumbeat.strategy.models import StoredReview
from tests.demo_company import demo_company, demo_site
from tests.strategy.noise_plant import make_noise_plant

KEYS = [
    "throughput_strength", "execution_confidence", "oee_trend_quality", "quality_performance", "downtime_exposure",
    "leadership_alignment", "operational_risk",
]  # fmt: skip


def test_nothing_gives_seven_unknowns() -> None:
    review = measure_director(Snapshot.of({}, datetime(2026, 1, 1, tzinfo=UTC)), replications=20)
    assert [kpi.key for kpi in review.kpis] == KEYS
    assert {kpi.text for kpi in review.kpis} == {"unknown"}
    assert all(kpi.note for kpi in review.kpis)
    json.dumps(review.as_json())


@pytest.mark.slow
def test_the_demo_company_has_all_seven_with_intervals_and_evidence() -> None:
    review = measure_director(demo_company(), replications=200)
    for kpi in review.kpis:
        assert kpi.value is not None, kpi.key
        assert kpi.low is not None
        assert kpi.high is not None
        assert kpi.low <= kpi.value <= kpi.high
        assert kpi.evidence
        assert kpi.formula
    assert review.kpi("downtime_exposure").unit == review.kpi("operational_risk").unit == "EUR"
    assert review.kpi("throughput_strength").fan is not None
    told = json.dumps(review.as_json())
    assert '"HR"' in told and '"hr"' not in told  # noqa: PT018
    strength, quality = review.kpi("throughput_strength"), review.kpi("quality_performance")
    # Nothing of a quarter is known to a tenth of a point, nor for sure.
    assert strength.high - strength.low > 0.05  # type: ignore[operator]
    assert "100.0" not in quality.text + quality.interval_text
    for kpi in review.kpis:
        ends = kpi.interval_text.split(" to ")
        assert len(ends) == 1 or ends[0].removesuffix(" %") != ends[1].removesuffix(" %"), kpi.key
    late = review.kpi("downtime_exposure").evidence[1]
    assert late.table == "maintenance_order"
    assert all(str(row["resource"]).startswith(("GR-ROUTE", "GR-EDGE")) for row in late.rows)
    json.dumps(review.as_json(), allow_nan=False)


def test_equal_data_give_equal_figures() -> None:
    first, again = (measure_director(demo_site(), replications=40) for _ in range(2))
    assert any(kpi.low is not None for kpi in first.kpis)
    assert first == again


def test_a_plant_of_noise_has_no_trend() -> None:
    review = measure_director(make_noise_plant(3), replications=40)
    assert {kpi.trend.verdict for kpi in review.kpis} <= {"noise", "not enough data"}
    assert review.kpi("throughput_strength").value is not None
    assert review.kpi("downtime_exposure").text == "unknown"  # it has no failure modes
    with pytest.raises(ValueError, match="20 times"):
        measure_director(make_noise_plant(3), replications=5)
    with pytest.raises(KeyError, match="no director's KPI"):
        review.kpi("happiness")


def test_money_without_a_rate_is_left_out_and_said() -> None:
    frames = {
        "company": pl.DataFrame({"code": ["GROUP"], "currency": ["EUR"]}),
        "site": pl.DataFrame({"code": ["A", "B", "C"], "currency": ["EUR", "USD", "GBP"]}),
        "exchange_rate": pl.DataFrame({"currency": ["USD"], "rate": [0.92]}),
    }
    money, findings = read_money(Snapshot.of(frames, datetime(2026, 1, 1, tzinfo=UTC)))
    assert (money.currency, money.of_site("A"), money.of_site("B"), money.of_site("C")) == ("EUR", 1.0, 0.92, 0.0)
    assert [finding.value for finding in findings] == ["GBP"]


@pytest.mark.django_db
def test_a_review_is_stored_with_all_that_is_shown() -> None:
    review = measure_director(make_noise_plant(3), replications=20)
    save_review(review, datetime(2026, 3, 2, 6, tzinfo=UTC))
    stored = StoredReview.objects.get()
    assert (stored.version, stored.as_of) == (review.version, review.as_of)
    assert [kpi["key"] for kpi in stored.review["kpis"]] == KEYS
