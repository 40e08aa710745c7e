"""Rows of a table as a page shows them: searched, filtered, sorted, a page at a time, at any size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Q, QuerySet

from drumbeat.data.schema import Column, Schema

ROWS_PER_PAGE = 50
MOST_COUNTED = 100_000
"""Counting stops here: an exact count of ten million rows would take longer than the page."""
SEARCHED_WHOLLY = 50_000
"""Tables up to this size are searched anywhere in every text; larger ones by the start of a code, which is indexed."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a page asks for.

    Parameters
    ----------
    search
        Text to look for; "" = everything.
    sort
        Column to sort by; "" = the key.
    is_descending
        Whether the largest comes first.
    filters
        Exact values by column.
    page
        From 1.
    is_deep
        Whether a large table is searched anywhere in every text, too.
    """

    search: str = ""
    sort: str = ""
    is_descending: bool = False
    filters: tuple[tuple[str, str], ...] = ()
    page: int = 1
    is_deep: bool = False

    @classmethod
    def read(cls, schema: Schema, values: Mapping[str, str]) -> Query:
        """Read the query of a page's address; what makes no sense is ignored."""
        names = {column.name for column in schema.columns}
        sort = values.get("sort", "")
        page = values.get("page", "1")
        filters = tuple((name, value) for name, value in values.items() if name in names and value != "")
        return cls(
            search=values.get("q", "").strip()[:200].replace("\0", ""),
            sort=sort.lstrip("-") if sort.lstrip("-") in names else "",
            is_descending=sort.startswith("-"),
            filters=tuple((name, value.replace("\0", "")) for name, value in filters),
            page=min(max(int(page), 1), 1_000_000) if page.isdecimal() and len(page) < 8 else 1,
            is_deep=values.get("deep") == "1",
        )

    def address(self, **changes: Any) -> str:
        """The query part of the address of this query with some parts changed; a changed filter of None is left out."""
        values: dict[str, Any] = dict(self.filters)
        values |= {"q": self.search, "sort": ("-" if self.is_descending else "") + self.sort, "page": self.page}
        values |= {"deep": "1" if self.is_deep else ""}
        values |= changes
        if values["sort"] in ("", "-"):
            del values["sort"]
        kept = {
            name: value for name, value in values.items() if value not in (None, "") and (name, value) != ("page", 1)
        }
        return "?" + urlencode(kept)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows.

    Parameters
    ----------
    rows
        Model instances.
    first
        Number of the first row, from 1; 0 when there is none.
    total
        Number of rows, counted up to `MOST_COUNTED`.
    is_more
        Whether there are more than `total`.
    has_next
        Whether a page follows.
    is_prefix_search
        Whether only the start of codes was searched, because the table is large.
    """

    rows: list[Any]
    first: int
    total: int
    is_more: bool
    has_next: bool
    is_prefix_search: bool

    @property
    def last(self) -> int:
        """Number of the last row."""
        return self.first + len(self.rows) - 1


def count_capped(rows: QuerySet[Any], most: int = MOST_COUNTED) -> tuple[int, bool]:
    """Count rows, but not beyond `most`; also say whether there are more."""
    counted = rows.order_by().values(rows.model._meta.pk.name)[: most + 1].count()
    return min(counted, most), counted > most


def select_rows(schema: Schema, rows: QuerySet[Any], query: Query) -> tuple[QuerySet[Any], bool]:
    """Search, filter and sort rows; also say whether the search was by the start of codes only."""
    is_prefix = False
    for name, value in query.filters:
        rows = _filter(rows, schema.column(name), value)
    if query.search:
        is_prefix = not query.is_deep and count_capped(rows, SEARCHED_WHOLLY)[1]
        rows = rows.filter(_starts(schema, query.search) if is_prefix else _contains(schema, query.search))
    return rows.order_by(*_ordering(schema, query)), is_prefix


def find_page(schema: Schema, rows: QuerySet[Any], query: Query) -> Page:
    """Find the page of rows that a query asks for; a page beyond the end is empty."""
    found, is_prefix = select_rows(schema, rows, query)
    total, is_more = count_capped(found)
    start = (query.page - 1) * ROWS_PER_PAGE
    shown = list(found[start : start + ROWS_PER_PAGE + 1])
    return Page(
        rows=shown[:ROWS_PER_PAGE],
        first=start + 1 if shown else 0,
        total=total,
        is_more=is_more,
        has_next=len(shown) > ROWS_PER_PAGE,
        is_prefix_search=is_prefix,
    )


def attribute(schema: Schema, column: Column) -> str:
    """Name of a column on a model instance: references hold the code."""
    field: Any = schema.model._meta.get_field(column.name)
    return str(field.attname)


def _filter(rows: QuerySet[Any], column: Column, value: str) -> QuerySet[Any]:
    field = rows.model._meta.get_field(column.name)
    if column.refers_to:
        return rows.filter(**{field.attname: value})
    try:
        return rows.filter(**{column.name: field.to_python(_truth(value) if str(column.dtype) == "Boolean" else value)})
    except Exception:  # a value that the column cannot hold matches nothing
        return rows.none()


def _truth(value: str) -> str:
    return {"true": "True", "yes": "True", "false": "False", "no": "False"}.get(value.lower(), value)


def _text_columns(schema: Schema) -> list[str]:
    """Lookups of the texts and codes of a table; a code is read from its own column, without a join."""
    found = []
    for column in schema.columns:
        field: Any = schema.model._meta.get_field(column.name)
        if column.refers_to:
            found.append(f"{field.name}__{field.target_field.name}")
        elif column.max_length and not column.choices:
            found.append(field.name)
    return found


def _contains(schema: Schema, search: str) -> Q:
    parts = [Q(**{f"{name}__icontains": search}) for name in _text_columns(schema)]
    parts += [Q(**{column.name: search.lower()}) for column in schema.columns if search.lower() in column.choices]
    return reduce(or_, parts, Q(pk__in=[]))


def _starts(schema: Schema, search: str) -> Q:
    """Codes that start so, as a range of the index: LIKE cannot use it in every database."""
    parts = []
    for column in schema.columns:
        name = attribute(schema, column)
        if column.refers_to:
            parts.append(Q(**{name: search}))
        elif name == "code":
            parts.append(Q(code__gte=search, code__lt=search[:-1] + chr(min(ord(search[-1]) + 1, 0x10FFFF))))
    return reduce(or_, parts, Q(pk__in=[]))


def _ordering(schema: Schema, query: Query) -> list[Any]:
    pk = schema.model._meta.pk.name
    if not query.sort:
        return [f"-{pk}" if query.is_descending else pk]
    name = attribute(schema, schema.column(query.sort))
    if name == pk:
        return [f"-{pk}" if query.is_descending else pk]
    column = F(name)
    first = column.desc(nulls_last=True) if query.is_descending else column.asc(nulls_last=True)
    return [first if schema.column(query.sort).is_nullable else ("-" if query.is_descending else "") + name, pk]
