"""Every published family has its reader."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from drumbeat.basics.findings import InputError
from drumbeat.scheduling.engine.formats import FAMILIES, find_reader
from drumbeat.scheduling.known_instances import list_known


def test_a_file_of_many_instances_needs_the_number() -> None:
    with pytest.raises(InputError, match="which is meant"):
        find_reader("smtwt", "125 instances")


def test_an_unknown_family_is_told_with_those_that_exist() -> None:
    with pytest.raises(InputError, match="rcpsp"):
        find_reader("open_shop")


def test_every_published_instance_is_read(shared_data: Path) -> None:
    with (shared_data / "scheduling/best_known.csv").open(newline="") as stream:
        assert {row["family"] for row in csv.DictReader(stream)} == FAMILIES.keys()
    for known in list_known(shared_data / "scheduling"):
        if known.family != "jsp_large":
            assert known.read().num_tasks > 0, known.name


def test_the_door_gives_the_function_whatever_was_imported_before() -> None:
    from importlib import import_module

    module = import_module("drumbeat.scheduling.engine.solve")
    from drumbeat.scheduling.engine import solve

    assert solve is module.solve
