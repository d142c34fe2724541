"""Text that strangers wrote, made safe to look at: escaped, isolated, with nothing hidden in it.

Knows nothing of episodes. No Markdown and no HTML is read in it; control characters, reversals of direction,
invisible characters and halves of surrogates are spelled out, and very long texts are cut.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import htpy as h

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_INDENTED = re.compile(r"\n(?: {4}|\t)\S")
_LONG = 30  # characters from which on each text of a list has a line of its own
LONGEST = 4000  # characters shown of one text; the journal has all of it


def shown(text: str, longest: int = LONGEST) -> h.Node:
    """`text` as nodes of a page, cut to `longest` characters.

    >>> str(h.p[shown("<b>\\x1b[31m")])
    '<p>&lt;b&gt;<span class="hidden">1b</span>[31m</p>'
    """
    text = text.replace("\r\n", "\n")
    nodes: list[h.Node] = []
    at = 0
    for found in _HIDDEN.finditer(text, 0, min(len(text), longest)):
        nodes += [text[at : found.start()], h.span(".hidden")[f"{ord(found[0]):x}"]]
        at = found.end()
    nodes.append(text[at:longest])
    if len(text) > longest:
        nodes.append(h.span(".cut")[f" … {len(text) - longest:,} more characters"])
    return nodes


def line(text: str, longest: int) -> str:
    """The beginning of `text` in one line of at most `longest` characters, hidden characters left out."""
    flat = " ".join(_HIDDEN.sub(" ", text[: 4 * longest + 40]).split())
    return flat if len(flat) <= longest else f"{flat[: longest - 1].rstrip()}…"


def fitting(text: str, width: float, size: float) -> str:
    """The beginning of `text` in one line that is about `width` pixels wide in letters of `size` pixels.

    >>> fitting("Look, it is WIDE", 60, 11)
    'Look, it…'
    """
    flat = line(text, 1000)
    room = width / size
    for place, letter in enumerate(flat):
        room -= _width(letter)
        if room < _width("…") and place + 1 < len(flat):
            return f"{flat[:place].rstrip()}…"
    return flat


def _width(letter: str) -> float:
    """About how wide a letter of a common sans-serif face is, in parts of its size; rather too wide than too narrow."""
    if letter in " ,.;:'!|()[]ijlt/":
        return 0.4
    if letter in "mwMW@%…" or ord(letter) > 0x2E80:
        return 1.0
    return 0.76 if letter.isupper() else 0.64


def said(text: str, longest: int = LONGEST) -> h.Element:
    """A text as a block that keeps its lines and its own direction; indented lines are set as a program is."""
    return h.div(".said.code" if _INDENTED.search(text[:longest]) else ".said", dir="auto")[
        shown(text, longest)
    ]


def plain(value: object) -> str:
    """A JSON value in words."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        long = any(isinstance(one, str) and (len(one) > _LONG or "\n" in one) for one in value)
        return ("\n" if long else "; ").join(plain(one) for one in value)
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return "\n".join(f"{place}. {plain(one)}" for place, one in enumerate(value, start=1))
    if isinstance(value, dict) and all(isinstance(one, str | int | float | None) for one in value.values()):
        return ", ".join(f"{name}: {plain(one)}" for name, one in value.items())
    return json.dumps(value, ensure_ascii=False, indent=1) if isinstance(value, dict | list) else str(value)


def facts(values: Mapping[str, object], longest: int = LONGEST) -> h.Node:
    """Names beside values; nothing for no values."""
    if not values:
        return None
    return h.dl(".facts")[
        (
            h.div[h.dt[shown(name, 80)], h.dd(dir="auto")[shown(plain(value), longest)]]
            for name, value in values.items()
        )
    ]
