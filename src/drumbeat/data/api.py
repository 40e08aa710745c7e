"""The tables over the API, read only."""

from __future__ import annotations

from typing import Any

from ninja import Field, Query, Router, Schema
from ninja.errors import HttpError

from drumbeat.accounts.models import Role
from drumbeat.accounts.permissions import check_role, visible
from drumbeat.data.browse import Query as RowQuery
from drumbeat.data.browse import attribute, select_rows
from drumbeat.data.describe_columns import name_type
from drumbeat.data.schema import Schema as TableSchema
from drumbeat.data.schema import schemas
from drumbeat.web.jobs import jobs_of

router = Router(tags=["data"])


class Problem(Schema):
    """What went wrong."""

    detail: str


class ColumnOut(Schema):
    """A column of a table."""

    name: str
    type: str
    unit: str
    help: str
    is_required: bool
    choices: list[str]
    refers_to: str | None


class TableOut(Schema):
    """A table: its natural key and its columns."""

    name: str
    description: str
    key: list[str]
    columns: list[ColumnOut]


class RowsOut(Schema):
    """Some rows of a table."""

    table: str
    page: int
    has_next: bool
    rows: list[dict[str, Any]]


class RowsIn(Schema):
    """Which rows."""

    q: str = Field("", max_length=200, description="Text to search for")
    sort: str = Field("", max_length=64, description="Column to sort by; -column for the largest first")
    page: int = Field(1, ge=1, le=1_000_000)
    limit: int = Field(100, ge=1, le=1000, description="Rows of a page")


def _find(table: str) -> TableSchema:
    if table not in schemas():
        raise HttpError(404, f"There is no table {table!r}.")
    return schemas()[table]


def _describe(schema: TableSchema) -> dict[str, Any]:
    columns = [
        {
            "name": column.name,
            "type": name_type(column),
            "unit": column.unit,
            "help": column.help_text,
            "is_required": column.is_required,
            "choices": list(column.choices),
            "refers_to": column.refers_to,
        }
        for column in schema.columns
    ]
    return {"name": schema.name, "description": schema.description, "key": list(schema.key), "columns": columns}


@router.get("/tables", response=list[TableOut], operation_id="list_tables")
def list_tables(request: Any) -> Any:  # noqa: ARG001
    """List the tables with their columns."""
    return [_describe(schema) for schema in schemas().values()]


@router.get("/tables/{table}", response={200: TableOut, 404: Problem}, operation_id="describe_table")
def describe_table(request: Any, table: str) -> Any:  # noqa: ARG001
    """Describe one table."""
    return _describe(_find(table))


@router.get("/tables/{table}/rows", response={200: RowsOut, 404: Problem}, operation_id="list_rows")
def list_rows(request: Any, table: str, wanted: Query[RowsIn]) -> Any:
    """List rows of a table; further parameters named after columns filter by exact value."""
    schema = _find(table)
    query = RowQuery.read(schema, request.GET.dict() | {"sort": wanted.sort, "q": wanted.q})
    found = select_rows(schema, visible(schema.model.objects.all(), request.user), query)[0]
    names = [attribute(schema, column) for column in schema.columns]
    start = (wanted.page - 1) * wanted.limit
    rows = list(found.values_list(*names)[start : start + wanted.limit + 1])
    columns = [column.name for column in schema.columns]
    return {
        "table": table,
        "page": wanted.page,
        "has_next": len(rows) > wanted.limit,
        "rows": [dict(zip(columns, values, strict=True)) for values in rows[: wanted.limit]],
    }


@router.get("/loads/{token}", response={200: dict[str, Any], 403: Problem, 404: Problem}, operation_id="read_load")
def read_load(request: Any, token: str) -> Any:
    """Read what an upload did, or would do, and its findings."""
    check_role(request.user, Role.MANAGER, "")
    kinds = ["check-load", "store-load"]
    job = jobs_of(request.user).filter(kind__in=kinds, arguments__token=token.replace("\0", "")).first()
    if job is None:
        raise HttpError(404, "There is no such upload.")
    return {"state": job.state, **(job.result.get("report") or job.result.get("findings") or {})}
