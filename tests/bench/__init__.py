"""Benchmarks: ratios in one run, never seconds in a test. `make bench` runs them."""
