"""Money of several currencies in the company's own: finance's rule, under the name by which strategy knows it."""

from __future__ import annotations

from drumbeat.finance.convert_money import Money, read_money

__all__ = ["Money", "read_money"]
