"""Read the SMT2020 wafer fab (AutoSched tab-separated files) as a floor problem.

Kopp, Hassoun, Kalir and Moench, IEEE Transactions on Semiconductor Manufacturing 33(4), 2020, doi
10.1109/TSM.2020.3001933. The files say what the fab is; how AutoSched plays it they say only in part. What is assumed
is listed in `ASSUMPTIONS`, a sentence each.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.smt2020.make_steps import list_lines, make_orders, make_products, make_sources, make_steps
from drumbeat.twin.engine.smt2020.make_tools import (
    make_care,
    make_groups,
    make_lives,
    make_machines,
    make_moves,
    make_setups,
)
from drumbeat.twin.engine.smt2020.read_fab import read_fab

ASSUMPTIONS = (
    "uniform(a, b) lies between a - b and a + b; moves therefore take 5 to 10 minutes",
    "tools of location Delay are a wait without a machine, and nothing moves to or from there",
    "loading and unloading hold a tool that cannot cascade; one that can loads the next lot while it works",
    "a cascading tool (STNCAP 2) takes the next lot after 25 part intervals, or one batch interval, whatever lot it is",
    "a cascading tool is set up for the next lot while it still works on the one before",
    "a time per piece is drawn once a lot",
    "hot lots first, among them those of the shortest setup, then first come first served, as FWLRANK ranks them",
    "the published shares of setup at lithography and two etchers are higher, as if setups were not ranked there",
    "a lot that finds several tools idle takes the one of the shortest setup, among equals the one idle longest",
    "MINRUN: a tool stays in its setup until it has run so many lots, and waits for them where none is there",
    "a batch takes lots of one step of one route; it starts as soon as BATCHMN pieces are there and a tool is free",
    "critical queue times are counted and change nothing else",
    "a lot returns to the lens of its layer only where this play gave it one; lots of WIP.txt start without",
    "breakdowns come MTTF after the repair of the one before (exponential), for every tool of its group on its own",
    "work that breaks down goes on afterwards where it stopped; maintenance is longer by the share of time broken",
    "planned maintenance waits for the lot under way; MTBPM runs from when it was due to when it is due again",
    "the first maintenance of the n tools of a family is spread evenly: FOA x 1/n, 2/n, ... 1",
    "sampling and rework are drawn for each lot; rework sends the whole lot back to RWKSTEP",
    "lots of WIP.txt wait at CURSTEP at the start, none is in work; what they do is told apart from the orders'",
    "the first lot of an order comes after one REPEAT",
)
"""What the files leave open, and how it is played here."""


def read_smt2020(files: Mapping[str, str]) -> FloorProblem:
    """Read the fab.

    Parameters
    ----------
    files
        Texts by file name: tool.txt.1l, order.txt, WIP.txt, part.txt, attach.txt, pmcal.txt, downcal.txt, setup.txt,
        setupgrp.txt, fromto.txt, and the routes that part.txt names.

    Returns
    -------
    Products are the rows of order.txt (key = LOT, such as "Lot_3" or "HotLot_4") and, under the names that WIP.txt
    gives them ("Init_Lot_3"), the lots of WIP.txt. Groups are the station families, machines their stations.

    Raises
    ------
    InputError
        A file or column is missing, a cell is no number, or a name that is referred to is not there: all of them.
    """
    fab = read_fab(files)
    wip = fab.frames["WIP.txt"].with_columns(pl.col("LOT").str.replace(r"_\d+$", "").alias("line"))
    lines = list_lines(fab, wip)
    steps, ptr = make_steps(fab, lines)
    return FloorProblem(
        make_products(fab, lines, ptr),
        steps,
        make_groups(fab),
        make_machines(fab),
        make_sources(fab),
        make_orders(wip, lines, ptr),
        setups=make_setups(fab),
        lives=make_lives(fab),
        care=make_care(fab),
        moves=make_moves(fab),
    )
