"""Tests: unit mirrors core; contract, integration and e2e run real parts."""
