"""Decisions before and after the future is known: linear programs with whole numbers over scenarios, and in stages."""
