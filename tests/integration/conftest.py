"""What several of these tests share: the dashboard's pages, and a small champion that can be retrained."""

from tests.learnable import learnable
from tests.pages import page, seeded

__all__ = ["learnable", "page", "seeded"]
