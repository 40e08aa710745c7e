"""Readers of published benchmark formats: text in, problem out; `find_reader` knows them by family."""

from __future__ import annotations

from drumbeat.scheduling.engine.formats.registry import FAMILIES, find_reader

__all__ = ["FAMILIES", "find_reader"]
