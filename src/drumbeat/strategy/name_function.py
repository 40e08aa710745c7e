"""How people write the functions of the company."""

from __future__ import annotations


def name_function(code: str) -> str:
    """Write a function as people do: "Engineering", "HR"; "all functions" for all together."""
    if code == "all":
        return "all functions"
    return "HR" if code == "hr" else code.capitalize()
