"""The queue, seen from the site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from drumbeat.accounts.models import User
from drumbeat.basics.progress import Cancelled
from drumbeat.web import jobs
from drumbeat.web.do_job import do_job, make_progress
from drumbeat.web.models import Job
from drumbeat.web.worker import claim_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(jobs, "KINDS", dict(jobs.KINDS))

    @jobs.job("test-double", title="Double")
    def double(arguments: dict[str, Any], progress: Any) -> dict[str, Any]:
        progress(0.5, "half way")
        return {"double": 2 * arguments["number"], "url": "/somewhere/"}

    return


def test_a_job_goes_from_the_queue_to_its_result(kinds: None, user_as: Callable[..., User]) -> None:
    job = jobs.enqueue("test-double", {"number": 21}, user_as("planner"))
    claimed = claim_job()
    assert claimed == job
    assert claim_job() is None
    do_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["double"], job.progress) == (Job.State.DONE, 42, 1.0)


def test_an_unknown_kind_is_refused_when_it_is_asked_for() -> None:
    with pytest.raises(LookupError, match="no job 'nonsense'"):
        jobs.enqueue("nonsense", {})


def test_progress_is_stored_at_most_every_so_often_and_hears_of_cancellation(kinds: None) -> None:
    job = jobs.enqueue("test-double", {"number": 1})
    claim_job()
    now = 0.0
    progress = make_progress(job.pk, lambda: now)
    progress(0.1, "first")
    progress(0.2, "too soon")
    job.refresh_from_db()
    assert (job.progress, job.message) == (0.1, "first")
    jobs.cancel(job)
    progress(0.3, "still too soon to look")
    now = 10.0
    with pytest.raises(Cancelled):
        progress(0.4, "later")


def test_a_waiting_job_is_cancelled_at_once(kinds: None) -> None:
    job = jobs.enqueue("test-double", {"number": 1})
    jobs.cancel(job)
    assert job.state == Job.State.CANCELLED
    assert claim_job() is None


def test_only_jobs_without_a_recent_heartbeat_are_lost(kinds: None) -> None:
    old, fresh = jobs.enqueue("test-double", {}), jobs.enqueue("test-double", {})
    claim_job(), claim_job()
    Job.objects.filter(pk=old.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    assert jobs.fail_lost_jobs() == 1
    old.refresh_from_db(), fresh.refresh_from_db()
    assert (old.state, fresh.state) == (Job.State.FAILED, Job.State.RUNNING)
    assert jobs.retry(old, None).state == Job.State.WAITING
    with pytest.raises(ValueError, match="has not ended"):
        jobs.retry(fresh, None)


def test_a_late_worker_does_not_overwrite_a_job_that_was_given_up(kinds: None) -> None:
    job = jobs.enqueue("test-double", {"number": 1})
    claim_job()
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    jobs.fail_lost_jobs()
    do_job(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED


def test_users_see_their_own_jobs_and_managers_of_all_sites_see_all(
    kinds: None, user_as: Callable[..., User], client_as: Callable[..., Client]
) -> None:
    job = jobs.enqueue("test-double", {"number": 1}, user_as("planner"))
    address = reverse("web:job", args=[job.pk])
    assert client_as("planner").get(address).status_code == 200
    assert client_as("viewer").get(address).status_code == 404
    assert client_as("manager", "NORTH").get(address).status_code == 404
    assert client_as("manager").get(address).status_code == 200
    assert b"Double" not in client_as("viewer").get(reverse("web:jobs")).content


def test_the_page_of_a_job_polls_until_it_ends_and_shows_what_came_out(
    kinds: None, user_as: Callable[..., User], client_as: Callable[..., Client]
) -> None:
    job = jobs.enqueue("test-double", {"number": 4}, user_as("planner"))
    client, address = client_as("planner"), reverse("web:job", args=[job.pk])
    assert b'hx-trigger="every 1s"' in client.get(address).content
    claim_job()
    do_job(job.pk)
    fragment = client.get(address, headers={"HX-Request": "true"})
    assert fragment.headers["HX-Refresh"] == "true"
    page = client.get(address).content.decode()
    assert "hx-trigger" not in page.split('id="job-progress"')[1].split(">")[0]
    assert 'href="/somewhere/"' in page
    assert "<dd>8</dd>" in page


def test_cancel_and_retry_from_the_page(
    kinds: None, user_as: Callable[..., User], client_as: Callable[..., Client]
) -> None:
    job = jobs.enqueue("test-double", {"number": 4}, user_as("planner"))
    client = client_as("planner")
    client.post(reverse("web:cancel", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    client.post(reverse("web:retry", args=[job.pk]))
    assert Job.objects.filter(state=Job.State.WAITING, arguments={"number": 4}).count() == 1
