"""Filters of the Lab's pages."""
