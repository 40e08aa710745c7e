"""What a dispatch list says beside each task: the changeover to make, the material to have at hand."""

from __future__ import annotations

import numpy as np
import polars as pl

from drumbeat.scheduling.engine.check_evidence import Evidence
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem
from drumbeat.scheduling.engine.result import Schedule

LONGEST = 300
"""Characters of a note at most; what is beyond is told as an ellipsis."""


def note_setups(problem: Problem, schedule: Schedule) -> pl.Series:
    """Say from which setup family to which each task's machine is set up.

    Returns
    -------
    pl.Series
        Shape (T,), text: "RED to BLUE", "to BLUE" from an unknown state, "cleaning" after a campaign; "" where no
        family changes.
    """
    modes, resources, families = problem.modes, problem.resources, problem.setups.families
    family, count = problem.tasks.family, problem.num_tasks
    texts = np.full(count, "", dtype=np.object_)
    if not len(families) or not len(modes.resource):
        return pl.Series(texts, dtype=pl.String)
    mode = np.maximum(schedule.mode, 0)
    first = modes.resource_ptr[mode]
    holds = (schedule.mode >= 0) & (first < modes.resource_ptr[mode + 1])
    machine = np.where(holds, modes.resource[np.minimum(first, len(modes.resource) - 1)], -1)
    has_campaign = resources.most_campaign < FAR_FUTURE if len(resources.most_campaign) else resources.capacity < 0
    tells = (resources.setup_matrix >= 0) | has_campaign
    rows = np.flatnonzero((machine >= 0) & (family >= 0) & tells[machine])
    rows = rows[np.lexsort((schedule.end[rows], schedule.start[rows], machine[rows]))]
    before = resources.initial_family[machine[rows]].copy()
    same = machine[rows][1:] == machine[rows][:-1]
    before[1:][same] = family[rows][:-1][same]
    for i in np.flatnonzero((before != family[rows]) & (schedule.setup_seconds[rows] > 0)).tolist():
        source = "" if before[i] < 0 else f"{families[before[i]]} "
        texts[rows[i]] = f"{source}to {families[family[rows[i]]]}"
    stays = (before == family[rows]) & has_campaign[machine[rows]]
    for t in rows[stays & (schedule.setup_seconds[rows] > modes.setup_seconds[mode[rows]])].tolist():
        texts[t] = "cleaning"
    return pl.Series(texts, dtype=pl.String)


def note_batches(problem: Problem, schedule: Schedule) -> pl.Series:
    """Say what runs together, as in an oven.

    Returns
    -------
    pl.Series
        Shape (T,), text: key of the first task of its batch; "" for a task that runs alone.
    """
    batch = Evidence(problem, schedule).batch
    size = np.bincount(batch, minlength=problem.num_tasks)
    return pl.Series(np.where(size[batch] > 1, problem.tasks.keys[batch], ""), dtype=pl.String)


def note_materials(problem: Problem) -> pl.Series:
    """Say what each task takes when it starts.

    Returns
    -------
    pl.Series
        Shape (T,), text: "2 × SCREW, 1 × GLASS"; "" for a task that takes nothing.
    """
    materials, count = problem.materials, problem.num_tasks
    if not len(materials.task_ptr):
        return pl.Series([""] * count, dtype=pl.String)
    owner = np.repeat(np.arange(count, dtype=np.int64), np.diff(materials.task_ptr))
    names = pl.Series([str(key).split(" @ ")[0] for key in materials.keys], dtype=pl.String)
    taken = pl.DataFrame({"task": owner, "material": materials.material, "quantity": -materials.quantity})
    lines = (
        taken.filter(pl.col("quantity") > 0)
        .with_columns(
            names.gather(pl.Series("material", taken.filter(pl.col("quantity") > 0)["material"])).alias("name")
        )
        .with_columns(pl.col("quantity").round_sig_figs(6).alias("shown"))
        .with_columns(
            pl.format(
                "{} × {}",
                pl.when(pl.col("shown") == pl.col("shown").round())
                .then(pl.col("shown").cast(pl.Int64, strict=False).cast(pl.String))
                .otherwise(pl.col("shown").cast(pl.String)),
                pl.col("name"),
            ).alias("text")
        )
        .group_by("task", maintain_order=True)
        .agg(pl.col("text").str.join(", "))
    )
    every = pl.DataFrame({"task": np.arange(count, dtype=np.int64)})
    told = every.join(lines, on="task", how="left", maintain_order="left")["text"].fill_null("")
    cut = pl.concat_str([told.str.slice(0, LONGEST - 2), pl.lit(" …")])
    return pl.select(pl.when(told.str.len_chars() > LONGEST).then(cut).otherwise(told)).to_series()
