"""Plausible data for demonstrations, probes and benchmarks."""
