"""Benchmarks of the Decision Lab."""
