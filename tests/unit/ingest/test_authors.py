"""Authors are told apart and not named."""

from ingest.authors import author_key


def test_one_author_has_one_key_and_no_two_share_one() -> None:
    assert author_key("@Jo", "s", "k") == author_key("jo", "s", "k")
    assert len({author_key("jo", "s", "k"), author_key("jo2", "s", "k"), author_key("jo", "t", "k")}) == 3


def test_another_secret_makes_other_keys() -> None:
    assert author_key("jo", "s", "k") != author_key("jo", "s", "l")


def test_no_name_has_no_key() -> None:
    assert author_key(None, "s", "k") is author_key("@", "s", "k") is author_key("", "s", "k") is None
