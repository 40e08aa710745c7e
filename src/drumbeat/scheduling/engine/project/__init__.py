"""Project problems: tasks that share crews, in one mode or several, within budgets, in one project or many."""

from __future__ import annotations
