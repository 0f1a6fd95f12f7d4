"""What the model reads is the text without what carries no meaning."""

from __future__ import annotations

from itertools import product

import pytest

from models.text import MAX_CHARS, clean, clean_all


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("", ""),
        ("https://t.co/abc", ""),
        ("Profit up https://t.co/abc and www.example.com/x now", "Profit up and now"),
        ("Procter &amp; Gamble &gt; peers", "Procter & Gamble > peers"),
        ("RT @desk: shares fall", "shares fall"),
        ("@HarborBank @help my card is blocked", "my card is blocked"),
        ("thanks to @desk for this", "thanks to @desk for this"),
        ("@HarborBank", "@HarborBank"),
        ("I am soooooo tired", "I am sooo tired"),
        ("revenue of 1000000 and $5555", "revenue of 1000000 and $5555"),
        ("so angry \U0001f621", "so angry pouting face"),
        ("to the moon \U0001f680\U0001f680", "to the moon rocket rocket"),
        ("from XXXX XXXX XXXX to XX/XX/2023", "from XXX to XXX 2023"),
        ("a\u200bb\n\n c\ufe0f", "ab c"),
        ("$TSLA and #earnings stay", "$TSLA and #earnings stay"),
    ],
)
def test_a_text_is_cleaned(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


def test_cleaning_twice_changes_nothing() -> None:
    once = clean("RT @a: &amp;amp; sooooo \U0001f600 XXXX XXXX http://x.y")
    assert clean(once) == once.replace("&amp;", "&")


def test_a_huge_text_is_cut_before_it_is_cleaned() -> None:
    assert len(clean("word " * 100_000)) <= MAX_CHARS


def test_texts_cleaned_together_are_as_each_by_itself() -> None:
    parts = ("aaaa", "aa\u200baaa", "XX XX ", "&#97;aaa", "@bob ", "HTTPS://a.b ", "WWW.c", "\U0001f680", "\n", "=====")
    texts = ["".join(chosen) for chosen in product(parts, repeat=3)]
    assert clean_all(texts) == [clean(text) for text in texts]
