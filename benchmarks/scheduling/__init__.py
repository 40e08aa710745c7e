"""Benchmarks of scheduling."""
