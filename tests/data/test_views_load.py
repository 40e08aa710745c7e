"""The way in as pages."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from drumbeat.basics.findings import InputError
from drumbeat.data import receive_files as receiving
from drumbeat.data.receive_files import receive_files
from drumbeat.plant.models import Site
from drumbeat.web.do_job import do_job
from drumbeat.web.models import Job
from drumbeat.web.worker import claim_job

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def work() -> None:
    while (job := claim_job()) is not None:
        do_job(job.pk)


def pack(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/") + ".csv", text)
    return packed.getvalue()


def send(client: Client, *files: tuple[str, bytes], **fields: str) -> Any:
    uploads = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post("/data/load/", {"files": uploads, **fields})


def test_send_check_see_store(client_as: Callable[..., Client], media: Path) -> None:
    client = client_as("manager")
    content = pack(site="code,name\nNORTH,North\nSOUTH,\n", line="code,site\nL1,NORTH\n")
    address = send(client, ("plant.zip", content)).headers["Location"]
    assert b"Waiting for a free worker" in client.get(address).content
    work()
    page = client.get(address).content.decode()
    assert "Store 3 changes" in page
    assert not Site.objects.exists()
    client.post(address + "store/")
    work()
    assert set(Site.objects.values_list("code", flat=True)) == {"NORTH", "SOUTH"}
    page = client.get(address).content.decode()
    assert "What changed" in page
    assert "Store 3" not in page
    assert not list((media / "loads").iterdir()), "the files are forgotten"
    client.post(address + "store/")
    assert Job.objects.count() == 2, "nothing is stored twice"


def test_findings_are_shown_filtered_and_given_as_json(client_as: Callable[..., Client]) -> None:
    client = client_as("manager")
    files = ("site.csv", b"code,time_zone\nNORTH,Mars\n"), ("line.csv", b"code,site\nL1,NOWHERE\nL2,NORTH\n")
    address = send(client, *files).headers["Location"]
    work()
    page = client.get(address).content.decode()
    assert "nothing was stored" in page
    assert "NOWHERE" in page
    assert "Mars" in page
    assert "Store" not in page.split("<main")[1]
    only = client.get(address + "?place=line.csv").content.decode()
    assert "NOWHERE" in only
    assert "Mars" not in only
    data = client.get(address + "findings.json").json()
    assert data["errors"] == 2
    assert {finding["column"] for finding in data["findings"]} == {"site", "time_zone"}
    client.post(address + "store/")
    work()
    assert not Site.objects.exists()


def test_uploads_of_others_are_not_there(client_as: Callable[..., Client]) -> None:
    address = send(client_as("manager"), ("site.csv", b"code\nNORTH\n")).headers["Location"]
    assert client_as("admin").get(address).status_code == 200
    assert client_as("planner").get(address).status_code == 403
    assert client_as("manager", "NORTH").get(address).status_code == 403
    assert send(client_as("manager", "NORTH"), ("site.csv", b"code\nA\n")).status_code == 403


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], "at least one file"),
        ([("plant.exe", b"MZ")], "form that can be read"),
        ([("plant.zip", b"no zip")], "whole zip"),
        ([("plant.xlsx", b"no workbook")], "whole zip or workbook"),
        ([("a.xlsx", b"PK"), ("site.csv", b"code\n")], "a workbook comes alone"),
        ([("empty.zip", pack())], "at least one table"),
        ([("bomb.zip", pack(site="0" * 50_000_000))], "times its size"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words_and_not_kept(
    files: list[tuple[str, bytes]], words: str, client_as: Callable[..., Client], media: Path
) -> None:
    answer = send(client_as("manager"), *files)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not list((media / "loads").iterdir())
    assert not Job.objects.exists()


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MOST_BYTES", 1000)
    with pytest.raises(InputError, match="MB together"):
        receive_files([SimpleUploadedFile("site.csv", b"x" * 1001)], "t1")
    with pytest.raises(InputError, match="at most 200 files"):
        receive_files([SimpleUploadedFile("site.csv", b"")] * 201, "t2")


def test_no_file_leaves_its_folder(media: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../../site.csv", "code\nNORTH\n")
        archive.writestr("__MACOSX/._site.csv", "x")
        archive.writestr("deep/folder/line.csv", "code,site\n")
    folder = receive_files([SimpleUploadedFile("plant.zip", packed.getvalue())], "token")
    assert sorted(path.name for path in folder.iterdir()) == ["line.csv", "site.csv"]
    assert [path for path in media.rglob("*.csv") if folder not in path.parents] == []


def test_old_uploads_are_forgotten(media: Path) -> None:
    receive_files([SimpleUploadedFile("site.csv", b"code\n")], "old")
    receiving.forget_old_files(timezone.now())
    assert (media / "loads" / "old").exists()
    receiving.forget_old_files(timezone.now() + receiving.KEPT * 2)
    assert not (media / "loads" / "old").exists()
