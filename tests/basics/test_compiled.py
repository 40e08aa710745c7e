"""Compiled kernels are cached, and never stale."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import drumbeat
from drumbeat.basics.compiled import cache_folder


def copy_of_the_package(root: Path) -> Path:
    """A package with nothing in it but what compiles, and one kernel that calls another in another file."""
    room = root / "drumbeat" / "room" / "engine"
    room.mkdir(parents=True)
    source = Path(drumbeat.__file__).parent
    (root / "drumbeat" / "basics").mkdir()
    (root / "drumbeat" / "basics" / "compiled.py").write_text((source / "basics" / "compiled.py").read_text())
    for folder in (root / "drumbeat", root / "drumbeat" / "basics", room.parent, room):
        (folder / "__init__.py").write_text("")
    (room / "called.py").write_text(
        "from drumbeat.basics.compiled import inner\n@inner\ndef answer():\n    return 41\n"
    )
    (room / "caller.py").write_text(
        "from drumbeat.basics.compiled import njit\nfrom drumbeat.room.engine.called import answer\n"
        "@njit\ndef ask():\n    return answer()\n"
    )
    return room


def ask(root: Path) -> str:
    code = (
        f"import sys; sys.path.insert(0, {str(root)!r})\n"
        "from drumbeat.room.engine.caller import ask; from drumbeat.basics.compiled import cache_folder\n"
        "print(ask(), cache_folder('drumbeat.room.engine.caller').name, sum(ask.stats.cache_hits.values()))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
        env={"HOME": str(root)},
    )
    return done.stdout


def test_the_cache_is_used_and_follows_the_sources(tmp_path: Path) -> None:
    room = copy_of_the_package(tmp_path)
    first, second = ask(tmp_path).split(), ask(tmp_path).split()
    assert (first[0], first[2], second[2]) == ("41", "0", "1")
    assert first[1] == second[1]
    # numba itself would not notice: the file of `ask` is as it was.
    (room / "called.py").write_text(
        "from drumbeat.basics.compiled import inner\n@inner\ndef answer():\n    return 42\n"
    )
    third = ask(tmp_path).split()
    assert third[0] == "42"
    assert third[1] != first[1]


def test_a_change_leaves_the_cache_of_what_does_not_stand_on_it(tmp_path: Path) -> None:
    room = copy_of_the_package(tmp_path)
    first = ask(tmp_path).split()
    (room / "bystander.py").write_text("from drumbeat.room.engine.called import answer\n")
    assert ask(tmp_path).split() == [first[0], first[1], "1"]


def test_what_is_imported_in_parentheses_or_as_a_module_counts(tmp_path: Path) -> None:
    room = copy_of_the_package(tmp_path)
    (room / "caller.py").write_text(
        "from drumbeat.basics.compiled import njit\nfrom drumbeat.room.engine import (\n    called,\n)\n"
        "answer = called.answer\n@njit\ndef ask():\n    return answer()\n"
    )
    assert ask(tmp_path).split()[0] == "41"
    (room / "called.py").write_text(
        "from drumbeat.basics.compiled import inner\n@inner\ndef answer():\n    return 42\n"
    )
    assert ask(tmp_path).split()[0] == "42"


def test_this_installation_has_a_cache() -> None:
    assert cache_folder("drumbeat.scheduling.engine.dispatch").is_dir()


def test_who_compiles_at_once_saves_in_turn(tmp_path: Path) -> None:
    copy_of_the_package(tmp_path)
    folder = tmp_path / "drumbeat" / "__pycache__" / "kernels" / ask(tmp_path).split()[1]
    saved = list(folder.rglob("*.nb?"))
    assert saved
    for path in saved:
        path.unlink()
    with (folder / "lock").open("w") as lock, ThreadPoolExecutor() as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = pool.submit(ask, tmp_path)
        with pytest.raises(TimeoutError):
            told.result(5.0)
        assert not list(folder.rglob("*.nb?")), "nothing is saved while another process saves"
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert told.result().split()[0] == "41"
    assert len(list(folder.rglob("*.nb?"))) == len(saved)
