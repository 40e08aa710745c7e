"""`drumbeat bench scheduling`: two instances of our own, and peers that answer well, wrongly, or not at all."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path

import pytest

from drumbeat.cli import main as command
from drumbeat.cli.show_bench import sum_up

SHOP = "2 2\n0 3 1 2\n0 2 1 4\n"
"""The second job first: 8. The first job first: 9."""

LIST = """family,instance,lower_bound,upper_bound,file,format
jsp,two,8,8,two.txt,jsp-standard
jsp_large,packed,,,packed.zip,jsp-standard (zipped)
"""

PEER = """
import sys
import numpy as np

start = np.array([0, 3, 3, {late}])
end = np.array([3, 5, 5, {late} + 4])
times = dict(mode=np.arange(4), start=start, setup_seconds=np.zeros(4, int), end=end)
np.savez(sys.argv[2], **times, bound=8.0, seconds=0.25, curve=np.array([[0.1, 11.0], [0.2, 9.0]]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "best_known.csv").write_text(LIST)
    (tmp_path / "two.txt").write_text(SHOP)
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("inside.txt", SHOP)
    return tmp_path


def run(folder: Path, *options: str) -> list[dict[str, object]]:
    file = folder / "rows.json"
    arguments = ["bench", "scheduling", str(folder), "--seconds", "30,60", "--workers", "1", "--json", str(file)]
    assert command.main([*arguments, *options]) == 0
    return json.loads(file.read_text())["rows"]


def make_peer(folder: Path, name: str, text: str) -> str:
    (folder / f"{name}.py").write_text(text)
    return f"{name}={sys.executable} {folder / name}.py"


def test_ours_is_judged_at_each_limit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = run(folder)
    found = [(row["family"], row["seconds"], row["objective"], row["gap"], row["is_optimal"]) for row in rows]
    assert found == [
        ("jsp", 30.0, 8.0, 0.0, True),
        ("jsp", 60.0, 8.0, 0.0, True),
        ("jsp_large", 30.0, 8.0, None, True),
        ("jsp_large", 60.0, 8.0, None, True),
    ]
    assert "+0.00% proven" in capsys.readouterr().out


def test_what_is_kept_is_not_run_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = run(folder, "--instances", "two")
    capsys.readouterr()
    assert run(folder, "--instances", "two") == first
    assert "two " not in capsys.readouterr().out
    assert len(run(folder, "--sets", "jsp_large")) == 4


def test_a_peer_is_measured_by_the_same_judge(folder: Path) -> None:
    good = make_peer(folder, "good", PEER.format(late=5))
    broken = make_peer(folder, "broken", PEER.format(late=4))
    silent = make_peer(folder, "silent", "raise SystemExit('no licence')")
    rows = run(folder, "--instances", "two", "--peer", good, "--peer", broken, "--peer", silent)
    by_name = {row["solver"]: row for row in rows if row["seconds"] == 60.0}
    assert by_name["good"]["objective"] == 9.0
    assert by_name["good"]["gap"] == pytest.approx(1 / 8)
    assert by_name["good"]["bound"] == 8.0
    assert by_name["broken"]["objective"] is None
    assert by_name["broken"]["broken"] > 0
    assert "no licence" in by_name["silent"]["reason"]
    peers = sum_up(rows)[-1].peers
    assert [(peers[name].better, peers[name].worse, peers[name].failed) for name in peers] == [
        (1, 0, 0),
        (1, 0, 1),
        (1, 0, 1),
    ]


def test_one_run_is_looked_at_earlier(folder: Path) -> None:
    good = make_peer(folder, "good", PEER.format(late=5))
    file = folder / "rows.json"
    arguments = ["bench", "scheduling", str(folder), "--instances", "two", "--seconds", "0.15,0.22,0.5,1"]
    assert command.main([*arguments, "--one-run", "--peer", good, "--json", str(file)]) == 0
    rows = [row for row in json.loads(file.read_text())["rows"] if row["solver"] == "good"]
    assert [(row["seconds"], row["objective"]) for row in rows] == [(0.15, 11.0), (0.22, 9.0), (0.5, 9.0), (1.0, 9.0)]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--seconds", "0"], "--seconds"),
        (["--seconds", "soon"], "soon"),
        (["--instances", "ft99"], "ft99"),
        (["--sets", "xyz"], "xyz"),
        (["--peer", "PyJobShop"], "NAME=COMMAND"),
    ],
)
def test_what_cannot_be_run_is_said(folder: Path, options: list[str], word: str, capsys) -> None:
    assert command.main(["bench", "scheduling", str(folder), *options]) == 1
    assert word in capsys.readouterr().err


def test_a_folder_without_a_list_and_a_list_without_a_file(folder: Path, capsys) -> None:
    (folder / "two.txt").unlink()
    assert command.main(["bench", "scheduling", str(folder)]) == 1
    assert "two.txt" in capsys.readouterr().err.replace("\n", "")
    (folder / "best_known.csv").unlink()
    assert command.main(["bench", "scheduling", str(folder)]) == 1
    assert "best_known.csv" in capsys.readouterr().err
    assert command.main(["bench", "cooking", str(folder)]) == 1
