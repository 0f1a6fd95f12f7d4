"""Tests of the worker, over fakes."""
