"""Drumbeat: an operating system for production."""

__version__ = "0.1.0"
