"""Which colour means what, in light and in dark; safe for the common kinds of colour blindness, and never alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as #rrggbb. Feelings are Okabe–Ito's vermilion and blue, told apart by every colour vision."""

    page: str
    card: str
    border: str
    text: str
    muted: str
    grid: str
    negative: str
    neutral: str
    positive: str
    unjudged: str
    negative_text: str
    """Dark or light enough to be read as text on a card: at least 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    positive_text: str
    alarm_wash: str
    calm_wash: str
    accent: str
    on_accent: str
    """Of words on a button in `accent`."""


LIGHT: Final = Palette(
    page="#F5F6F8", card="#FFFFFF", border="#E1E5EA", text="#171B22", muted="#5A6473", grid="#ECEFF3",
    negative="#D55E00", neutral="#AEB6C2", positive="#0072B2", unjudged="#E3E7EC",
    negative_text="#AD4A00", positive_text="#00619A", alarm_wash="#FDF1E9", calm_wash="#EAF4FA",
    accent="#0072B2", on_accent="#FFFFFF",
)  # fmt: skip
DARK: Final = Palette(
    page="#0E1218", card="#171D26", border="#2A323E", text="#E9ECF1", muted="#9DA8B7", grid="#242C37",
    negative="#F0793A", neutral="#6B7686", positive="#56B4E9", unjudged="#343D4A",
    negative_text="#FF9A66", positive_text="#7CC6F2", alarm_wash="#2B1D16", calm_wash="#14232F",
    accent="#56B4E9", on_accent="#0E1218",
)  # fmt: skip
"""Source of the hues: Okabe & Ito 2008, Color Universal Design; the dark ones are lightened to the same contrast."""


def of(theme: str | None) -> Palette:
    """The palette of a viewer's theme; light when the browser has not said."""
    return DARK if theme == "dark" else LIGHT


def mixed(ground: str, colour: str, part: float) -> str:
    """A colour laid over a ground so thinly that `part` of it is seen; all are #rrggbb.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = ((int(ground[i : i + 2], 16), int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(one + part * (other - one)):02x}" for one, other in pairs)


def style(palette: Palette) -> str:
    """The palettes as CSS custom properties, `--gw-negative-text` for `negative_text`.

    A browser that knows light-dark() follows a change of theme at once, without asking us; to an older one `palette`,
    that of its theme at the last full run, is all there is.
    """
    both = {name: f"light-dark({light},{getattr(DARK, name)})" for name, light in asdict(LIGHT).items()}
    return (
        f":root{{{_properties(asdict(palette))}}}"
        f"@supports (color:light-dark(#000,#fff)){{:root{{{_properties(both)}}}}}"
    )


def _properties(values: Mapping[str, str]) -> str:
    return ";".join(f"--gw-{name.replace('_', '-')}:{value}" for name, value in values.items())
