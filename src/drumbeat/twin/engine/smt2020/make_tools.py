"""Stations of an SMT2020 fab: groups, machines, setups, breakdowns, care, moves."""

from __future__ import annotations

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Bools, Floats
from drumbeat.basics.streams import EXPONENTIAL
from drumbeat.twin.engine.floor.kinds import UNIFORM
from drumbeat.twin.engine.floor.problem import FIFO, Groups, Machines
from drumbeat.twin.engine.floor.surroundings import CALENDAR, PIECES, Care, Lives, Moves
from drumbeat.twin.engine.floor.times import Times, make_times
from drumbeat.twin.engine.smt2020.read_fab import Fab, as_texts, in_seconds


def make_groups(fab: Fab) -> Groups:
    """Make a group of each station family; work is spread evenly over its stations."""
    num = fab.stations.height
    return Groups(
        as_texts(fab.stations["STNFAM"].to_list()),
        fab.first.astype(np.int64),
        np.arange(fab.first[-1], dtype=np.int32),
        np.ones(fab.first[-1]),
        np.full(num, FIFO, np.int8),
        _find_setup_ranked(fab),
        np.full(num, -1, np.int64),
        (fab.stations["STNFAMLOC"] == "Fab").to_numpy().astype(np.int32),
        np.ones(num, np.bool_),
    )


def _find_setup_ranked(fab: Fab) -> Bools:
    """Which families rank the lots that wait by their setup (FWLRANK), or take the one of the least (RULE)."""
    ranks = fab.stations["FWLRANK"].fill_null("").str.contains("rank_RSETUP", literal=True)
    return (ranks | (fab.stations["RULE"] == "rule_LSSU")).to_numpy()


def make_machines(fab: Fab) -> Machines:
    """Make the stations, with the campaigns that their setups keep and whether they cascade."""
    owner = fab.owner
    keys = [f"{name}#{k + 1}" for name, size in _sizes(fab) for k in range(size)]
    campaigns = dict(fab.frames["setupgrp.txt"].select("SETUP", "MINRUN").iter_rows())
    least = np.zeros(fab.stations.height, np.int64)
    for route in fab.route.values():
        rows = fab.frames[route].filter(pl.col("SETUP").is_in(list(campaigns)))
        for station, word in rows.select("STNFAM", "SETUP").iter_rows():
            least[fab.stations["STNFAM"].index_of(station)] = int(campaigns[word] or 0)
    matrix = _matrices(fab)
    cascades = (fab.stations["STNCAP"].fill_null(1.0) >= 2).to_numpy()
    return Machines(
        as_texts(keys),
        np.full(len(keys), -1, np.int32),
        np.full(len(keys), -1, np.int32),
        np.array([matrix.get(name, -1) for name in fab.stations["STNFAM"]], np.int32)[owner],
        least[owner],
        (least > 0)[owner],
        cascades[owner],
    )


def _sizes(fab: Fab) -> list[tuple[str, int]]:
    return list(zip(fab.stations["STNFAM"].to_list(), np.diff(fab.first).tolist(), strict=True))


def _matrices(fab: Fab) -> dict[str, int]:
    """Number of the setup matrix of each station family that has setups."""
    used = {
        station for route in fab.route.values() for station in fab.frames[route].filter(pl.col("SETUP") != "")["STNFAM"]
    }
    return {name: i for i, name in enumerate(sorted(used))}


def make_setups(fab: Fab) -> Floats:
    """Setup matrices: STIME of the route's step where it has one, else that of setup.txt, else none."""
    matrices, num = _matrices(fab), len(fab.setup)
    seconds = np.zeros((len(matrices), num + 1, num + 1))
    listed = fab.frames["setup.txt"]
    times = np.nan_to_num(in_seconds(listed, "STIME", "STUNITS"))
    pairs = listed.select("CURSETUP", "NEWSETUP").iter_rows()
    rows = [(before, after, time) for (before, after), time in zip(pairs, times, strict=True)]
    # An empty CURSETUP stands for any; what names both holds over it.
    for before, after, time in sorted(rows, key=lambda row: row[0] != ""):
        if after in fab.setup and (before == "" or before in fab.setup):
            where = slice(None) if before == "" else fab.setup[before] + 1
            seconds[:, where, fab.setup[after] + 1] = time
    for route in fab.route.values():
        own = fab.frames[route].filter((pl.col("SETUP") != "") & pl.col("STIME").is_not_null())
        for (station, word), time in zip(
            own.select("STNFAM", "SETUP").iter_rows(), in_seconds(own, "STIME", "STUNITS"), strict=True
        ):
            seconds[matrices[station], :, fab.setup[word] + 1] = time
    every = np.arange(num + 1)
    seconds[:, every, every] = 0.0
    return seconds


def _attached(fab: Fab, kind: str, calendar: str) -> pl.DataFrame:
    """Calendars with the machines that they hold for, one row a pair: with machine, place (1 to n in its family), n."""
    attach = fab.frames["attach.txt"].filter(pl.col("CALTYPE") == kind)
    rows = attach.join(fab.frames[calendar], left_on="CALNAME", right_on=fab.frames[calendar].columns[0])
    owner = fab.owner
    machines = (
        fab.stations[owner.tolist()]
        .select("STNFAM", "STNGRP")
        .with_columns(
            pl.Series("machine", np.arange(len(owner))),
            pl.Series("place", np.arange(len(owner)) - fab.first[owner] + 1),
            pl.Series("count", np.diff(fab.first)[owner]),
        )
    )
    by_family = rows.filter(pl.col("RESTYPE") == "stnfam").join(machines, left_on="RESNAME", right_on="STNFAM")
    by_group = rows.filter(pl.col("RESTYPE") == "stngrp").join(machines, left_on="RESNAME", right_on="STNGRP")
    return pl.concat([by_family, by_group], how="diagonal").sort("CALNAME", "machine")


def _keys(rows: pl.DataFrame) -> list[str]:
    return [f"{name}/{machine}" for name, machine in rows.select("CALNAME", "machine").iter_rows()]


def make_lives(fab: Fab) -> Lives:
    """Breakdowns: each calendar's, of every station of its family or group on its own."""
    rows = _attached(fab, "down", "downcal.txt")
    num = rows.height
    return Lives(
        as_texts(_keys(rows)),
        rows["machine"].to_numpy().astype(np.int32),
        np.full(num, CALENDAR, np.int8),
        make_times(in_seconds(rows, "MTTF", "MTTFUNITS"), EXPONENTIAL),
        make_times(in_seconds(rows, "MTTR", "MTTRUNITS"), EXPONENTIAL),
        np.ones(num, np.bool_),
        np.full(num, -1, np.int32),
        np.zeros(num, np.int32),
        np.full(num, -1, np.int32),
    )


def _share_broken(fab: Fab) -> Floats:
    """Share of its time that each machine is under repair."""
    rows = _attached(fab, "down", "downcal.txt")
    up, down = in_seconds(rows, "MTTF", "MTTFUNITS"), in_seconds(rows, "MTTR", "MTTRUNITS")
    return np.bincount(rows["machine"], down / (up + down), minlength=int(fab.first[-1])).astype(np.float64)


def make_care(fab: Fab) -> Care:
    """Planned maintenance by pieces or by calendar, the first ones spread over the stations of a family."""
    rows = _attached(fab, "pm", "pmcal.txt")
    num = rows.height
    by_pieces = rows["PMCALTYPE"].str.ends_with("pieces").to_numpy()
    mean = in_seconds(rows, "MTTR", "MTTRUNITS")
    half = np.nan_to_num(in_seconds(rows, "MTTR2", "MTTRUNITS"))
    interval = np.where(by_pieces, rows["MTBPM"].to_numpy(), in_seconds(rows, "MTBPM", "MTBPMUNITS"))
    longer = 1.0 + _share_broken(fab)[rows["machine"].to_numpy()]
    first = np.where(by_pieces, rows["FOA"].to_numpy(), in_seconds(rows, "FOA", "FOAUNITS"))
    return Care(
        as_texts(_keys(rows)),
        rows["machine"].to_numpy().astype(np.int32),
        np.where(by_pieces, PIECES, CALENDAR).astype(np.int8),
        np.maximum(interval, 1.0),
        first * rows["place"].to_numpy() / rows["count"].to_numpy(),
        # On the floor a repair runs beside the care that it falls into; in the fab the one waits for the other.
        Times(np.full(num, UNIFORM, np.int8), mean * longer, np.where(mean > 0, half / np.maximum(mean, 1e-9), 0.0)),
        np.full(num, -1, np.int32),
        np.zeros(num),
        np.zeros(num),
        np.zeros(num),
        np.ones(num),
        keeps_rhythm=np.ones(num, np.bool_),
    )


def make_moves(fab: Fab) -> Moves:
    """Moves within the fab; area 1 is the fab, area 0 what has no place."""
    rows = fab.frames["fromto.txt"].filter((pl.col("FROMLOC") == "Fab") & (pl.col("TOLOC") == "Fab"))
    mean, half = np.zeros(4), np.zeros(4)
    if rows.height:
        mean[3] = np.nan_to_num(in_seconds(rows, "DTIME", "DUNITS"))[0]
        half[3] = np.nan_to_num(in_seconds(rows, "DTIME2", "DUNITS"))[0] / max(mean[3], 1e-9)
    return Moves(2, Times(np.full(4, UNIFORM, np.int8), mean, np.minimum(half, 1.0)))
