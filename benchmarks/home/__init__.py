"""Benchmarks of the whole trip."""
