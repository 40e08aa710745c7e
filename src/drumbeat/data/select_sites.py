"""The part of a production system that belongs to some sites, with the master data that they share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from drumbeat.data.schema import schemas


def select_sites(frames: Mapping[str, pl.DataFrame], codes: Iterable[str]) -> dict[str, pl.DataFrame]:
    """Keep the rows of some sites, and whatever no site owns.

    A row belongs to a site when it names it, or refers to a row that belongs to one (an operation to its routing,
    a task to its order). Rows of other sites are dropped. A row of a kept site that may refer to another site's
    row, but need not, is kept with that cell empty (the sending site of a transfer). Items, calendars, skills,
    suppliers, customers and the like belong to nobody, and stay.

    Parameters
    ----------
    frames
        All tables, in the types of the schema.
    codes
        Codes of the sites to keep.

    Returns
    -------
    dict
        Every table; references hold as they did before.

    Raises
    ------
    KeyError
        When a site is not known.
    """
    wanted = list(codes)
    unknown = sorted(set(wanted) - set(frames["site"]["code"]))
    if unknown:
        raise KeyError(f"no such site: {', '.join(unknown)}; there are {', '.join(frames['site']['code'])}")
    kept: dict[str, pl.DataFrame] = {"site": frames["site"].filter(pl.col("code").is_in(wanted))}
    dropped: dict[str, pl.Series] = {"site": frames["site"].filter(~pl.col("code").is_in(wanted))["code"]}
    owned = {"site"}
    # Tables come after those that they refer to, so that one pass is enough.
    for name, schema in schemas().items():
        if name == "site":
            continue
        if any(column.refers_to in owned and not column.is_nullable for column in schema.columns):
            owned.add(name)
        references = [column for column in schema.columns if column.refers_to in dropped]
        frame = frames[name]
        is_foreign = {c.name: pl.col(c.name).is_in(dropped[str(c.refers_to)].implode()) for c in references}
        is_foreign = {name: foreign.fill_null(False) for name, foreign in is_foreign.items()}
        # A row that nothing ties to a kept site goes with whatever it refers to.
        deciding = [is_foreign[c.name] for c in references if not (c.is_nullable and name in owned)]
        stays = frame.filter(~pl.any_horizontal(deciding)) if deciding else frame
        emptied = [c.name for c in references if c.is_nullable and name in owned]
        kept[name] = stays.with_columns(pl.when(~is_foreign[column]).then(pl.col(column)) for column in emptied)
        if "code" in frame.columns and stays.height < frame.height:
            dropped[name] = frame.join(stays, on="code", how="anti")["code"]
            own = [column.name for column in schema.columns if column.refers_to == name and column.is_nullable]
            kept[name] = kept[name].with_columns(
                pl.when(pl.col(c).is_in(stays["code"].implode())).then(pl.col(c)) for c in own
            )
    return kept
