"""Thirty players of one cohort at once, over HTTP, against the real server on SQLite: nobody hears of an error."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from benchmarks.lab.play_class import gather_class, play_class, run_server

pytestmark = pytest.mark.slow
PLAYERS = 30


def test_thirty_players_at_once_hear_of_no_error(tmp_path: Path, empty_file: Path) -> None:
    shutil.copy(empty_file, tmp_path / "drumbeat.sqlite3")
    gathered = gather_class(tmp_path, PLAYERS, "five-plans")
    with run_server(tmp_path) as port:
        measured = play_class(port, gathered, 1)
    assert measured.errors == []
    assert len(measured.seconds["round"]) == PLAYERS
    with sqlite3.connect(tmp_path / "drumbeat.sqlite3") as database:
        kinds = dict(database.execute("select kind, count(*) from lab_gamemove where kind != 'inject' group by kind"))
        rounds = database.execute("select distinct round from lab_game").fetchall()
    assert kinds == {"decide": PLAYERS, "defend": PLAYERS, "play": PLAYERS}
    assert rounds == [(2,)]
