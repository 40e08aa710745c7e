"""Writing the data dictionary: every table and column, from the models' own declarations."""

from __future__ import annotations

from itertools import groupby

from drumbeat.data.describe_columns import list_limits, list_rules, name_type, show_default
from drumbeat.data.schema import Column, Schema, schemas

OPENING = """# Data dictionary

Every table that Drumbeat exchanges: as a CSV or Parquet file, a sheet of a workbook, a page of the site.
Written by `drumbeat dictionary` from the declarations of the tables; do not edit it by hand.

A file or sheet is named after its table. **Bold** columns are the key: rows are found again by it.
The column "if empty" says what an empty cell, or a missing column, means. Moments are read and stored in UTC; a
moment without a zone is taken to be UTC. Money is exact, with four decimals.
"""


def write_dictionary() -> str:
    """Write the data dictionary as Markdown, room by room, the tables of a room by name."""
    parts = [OPENING]
    by_room = sorted(schemas().values(), key=lambda schema: (_room(schema), schema.name))
    grouped = [(room, list(tables)) for room, tables in groupby(by_room, key=_room)]
    parts.append(
        "\n".join(
            f"- **{room}**: " + ", ".join(f"[{schema.name}](#{schema.name})" for schema in tables)
            for room, tables in grouped
        )
        + "\n"
    )
    for room, tables in grouped:
        parts.append(f"## {room.capitalize()}\n")
        parts.extend(_describe_table(schema) for schema in tables)
    return "\n".join(parts)


def _room(schema: Schema) -> str:
    return str(schema.model._meta.app_label)


def _describe_table(schema: Schema) -> str:
    lines = [
        f"### {schema.name}\n",
        f"{' '.join(schema.description.split())}\n",
        "| column | type | unit | allowed | if empty | meaning |",
        "|---|---|---|---|---|---|",
        *(_describe_column(schema, column) for column in schema.columns),
    ]
    if rules := list_rules(schema):
        lines += ["", "Rules: " + "; ".join(rules) + "."]
    return "\n".join(lines) + "\n"


def _describe_column(schema: Schema, column: Column) -> str:
    name = f"**{column.name}**" if column.name in schema.key else column.name
    kind = name_type(column)
    if column.refers_to:
        kind = f"code of [{column.refers_to}](#{column.refers_to})"
    cells = (name, kind, column.unit, list_limits(column), show_default(column), column.help_text)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
