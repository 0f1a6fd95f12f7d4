"""Tests that need no server: one file for each file of the product."""
