"""Decisions: pure functions and values; no clock, network, disk or randomness of their own."""
