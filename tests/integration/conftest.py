"""What tests of the dashboard's pages use."""

from tests.pages import page, seeded

__all__ = ["page", "seeded"]
