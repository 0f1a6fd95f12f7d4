"""Edges towards the sites we read and the broker we write to."""
