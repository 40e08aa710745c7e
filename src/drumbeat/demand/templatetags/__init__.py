"""Filters of the demand pages."""
