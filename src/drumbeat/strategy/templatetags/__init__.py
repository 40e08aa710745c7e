"""Filters of strategy's pages."""
