"""Flexibility of a plant's own data: chains by hand, links that the machines lack, the page and its job."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from django.test import Client

from drumbeat.basics.findings import InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import restore_changes
from drumbeat.strategy.study_flexibility import FlexibilityTerms, chain_machines, save_study, study_flexibility
from drumbeat.web.models import Job
from tests.demo_company import demo_company

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def company() -> Snapshot:
    """The demo company, in which one of two turning machines can do the first half of the work only."""
    plant = demo_company()
    listed = plant["operation_resource"]
    turned = sorted(listed.filter(pl.col("resource") == "AA-TURN-01")["operation"])
    half = turned[: len(turned) // 2]
    first = (pl.col("resource") == "AA-TURN-01") & ~pl.col("operation").is_in(half)
    second = (pl.col("resource") == "AA-TURN-02") & pl.col("operation").is_in(half)
    return Snapshot.of({**plant.frames, "operation_resource": listed.filter(~first & ~second)}, plant.as_of)


@pytest.fixture(scope="module")
def study(company: Snapshot) -> dict[str, Any]:
    """Its flexibility."""
    return study_flexibility(company, FlexibilityTerms(draws=30, growth=1.1))


def test_a_chain_by_hand() -> None:
    """Each machine also does the largest work of the next one; who can do all of it already gets none."""
    links = np.array([[1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=bool)
    chain = chain_machines(links, np.array([5.0, 9.0, 2.0, 1.0]))
    assert chain.astype(int).tolist() == [[1, 1, 1, 0], [0, 0, 1, 1], [0, 1, 0, 1]]
    every = np.ones((2, 3), dtype=bool)
    assert np.array_equal(chain_machines(every, np.ones(3)), every)


def test_what_the_machines_lack_is_found(study: dict[str, Any], company: Snapshot) -> None:
    """Dedicated turning machines: a chain covers more, all links the most; each link gives a part, and can be made."""
    turning = next(one for one in study["groups"] if one["name"] == "Turning")
    covered = {name: one["hours"] for name, one in turning["covered"].items()}
    assert covered["today"] < covered["chain"] <= covered["full"] + 1e-6
    assert turning["num_chain"] == turning["num_links"] + 2
    shares = [link["share"] for link in turning["links"]]
    assert shares == sorted(shares)
    assert 0 < shares[0] <= shares[-1] <= 1.001
    for link in turning["links"]:
        company.apply(restore_changes(link["changes"]))
    full = next(one for one in study["groups"] if one["name"] == "Milling")
    assert (full["num_links"], full["benefit"], full["links"]) == (full["num_full"], 0.0, [])


def test_terms_out_of_range_and_nothing_at_all() -> None:
    assert study_flexibility(Snapshot.of({}, NOW))["groups"] == []
    with pytest.raises(InputError, match="drawn 2 to"):
        FlexibilityTerms(draws=1, growth=-1.0)


@pytest.mark.django_db
def test_the_page_and_its_job(study: dict[str, Any], client_as: Callable[..., Client]) -> None:
    assert "has not been studied" in client_as("viewer").get("/strategy/flexibility/").content.decode()
    save_study(study, NOW)
    page = client_as("planner").get("/strategy/flexibility/").content.decode()
    assert "AA-TURN-0" in page
    assert "Open as what-if" in page
    assert "Open as what-if" not in client_as("viewer").get("/strategy/flexibility/").content.decode()
    client_as("planner").post("/strategy/flexibility/start/", {"growth": "0", "spread": "40"})
    assert not Job.objects.filter(kind="flexibility").exists()
    assert (
        client_as("planner").post("/strategy/flexibility/start/", {"growth": "120", "spread": "40"}).status_code == 302
    )
    assert Job.objects.get(kind="flexibility").arguments == {"growth": 1.2, "spread": 0.4}
    assert client_as("viewer", "AALEN").get("/strategy/flexibility/").status_code == 403
