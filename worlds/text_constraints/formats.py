"""Formats: the eight types about marks in a text: placeholders, postscript, bullets, headings, highlights, JSON.

Knows nothing of where in the text a mark makes sense.
"""

from __future__ import annotations

import json
import random
import re

from pydantic import Field

from maieutic.worlds.text_constraints.instruction import (
    Check,
    Instruction,
    Params,
    against,
    exactly,
    holds,
    some,
)

ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")


class Placeholders(Params):
    """How many `[...]` at least."""

    num_placeholders: int = Field(ge=0)


class Postscript(Params):
    """How the postscript is marked."""

    postscript_marker: str = Field(min_length=1)


class Bullets(Params):
    """How many bullets, exactly."""

    num_bullets: int = Field(ge=0)


class Highlights(Params):
    """How many highlighted parts at least."""

    num_highlights: int = Field(ge=0)


class Sections(Params):
    """How many sections at least, and the word before their numbers (spelled as the data set spells it)."""

    section_spliter: str = Field(min_length=1)
    num_sections: int = Field(ge=0)


def _placeholders(text: str, params: Placeholders) -> Check:
    found = len(re.findall(r"\[.*?\]", text))
    return against(found, "at least", params.num_placeholders, "placeholders")


def _placeholders_repaired(text: str, params: Placeholders) -> Check:
    inner = re.findall(r"\[([^\[\]\n]*)\](?!\()", text)
    found = sum(1 for name in inner if re.search(r"[^\W\d_]", name) and name.strip().lower() != "x")
    return against(found, "at least", params.num_placeholders, "placeholders")


def _postscript(text: str, params: Postscript) -> Check:
    marker = params.postscript_marker.strip()
    pattern = {"P.P.S": r"\s*p\.\s?p\.\s?s.*$", "P.S.": r"\s*p\.\s?s\..*$"}.get(marker)
    try:
        found = re.search(pattern or rf"\s*{marker.lower()}.*$", text.lower(), re.MULTILINE)
    except re.error as error:
        return Check(ok=None, reason=f"not a regular expression, the published checker stops here: {error}")
    return holds(found is not None, f"has a postscript {marker}", f"has no postscript {marker}")


_LEAD = r"[^\S\n]*[\"“*_>#]*[^\S\n]*"  # what markup may stand before a mark that opens a line


def _postscript_repaired(text: str, params: Postscript) -> Check:
    marker = params.postscript_marker.strip()
    letters = re.sub(r"[.\s]", "", marker)
    if letters.upper() in ("PS", "PPS", "PPPS"):
        bare, dotted = letters, r"\.[^\S\n]?".join(letters)
        pattern = rf"^{_LEAD}(?:{bare}[.:]|{dotted}(?!\w))"
    else:
        pattern = rf"^{_LEAD}{re.escape(marker)}"
    found = re.search(pattern, text, re.MULTILINE | re.IGNORECASE)
    return holds(found is not None, f"has a postscript {marker}", f"has no line that opens with {marker}")


def _bullets(text: str, params: Bullets) -> Check:
    stars = re.findall(r"^\s*\*[^*].*$", text, re.MULTILINE)
    dashes = re.findall(r"^\s*-.*$", text, re.MULTILINE)
    return exactly(len(stars) + len(dashes), params.num_bullets, "bullets")


def bullet_lines(text: str) -> list[int]:
    """Indexes of the lines that are bullets of the outermost list: a mark, a space and something after it.

    >>> bullet_lines("- one\\n  - within\\n---\\n-5 degrees\\n• two")
    [0, 4]
    """
    found = [
        (index, len(match.group(1).expandtabs(4)))
        for index, line in enumerate(text.split("\n"))
        if (match := re.match(r"([^\S\n]*)[-*+•‣◦–][^\S\n]+(?![-*_\s]*$)\S", line))
    ]
    least = min((depth for _, depth in found), default=0)
    return [index for index, depth in found if depth - least < 2]


def _bullets_repaired(text: str, params: Bullets) -> Check:
    return exactly(len(bullet_lines(text)), params.num_bullets, "bullets")


def _constrained(text: str, params: Params) -> Check:
    return holds(any(answer in text for answer in ANSWERS), "has an allowed answer", "has no allowed answer")


def _constrained_repaired(text: str, params: Params) -> Check:
    return holds(
        text.strip() in ANSWERS, "is an allowed answer", "is not one of the allowed answers and nothing else"
    )


def _highlights(text: str, params: Highlights) -> Check:
    single = sum(1 for part in re.findall(r"\*[^\n*]*\*", text) if part.strip("*").strip())
    double = sum(1 for part in re.findall(r"\*\*[^\n*]*\*\*", text) if part[2:-2].strip())
    return against(single + double, "at least", params.num_highlights, "highlights")


def _highlights_repaired(text: str, params: Highlights) -> Check:
    found = re.findall(r"(?<![\w*])(\*{1,3})(?![\s*])[^*\n]*(?<!\s)\1(?![\w*])", text)
    return against(len(found), "at least", params.num_highlights, "highlights")


def _sections(text: str, params: Sections) -> Check:
    try:
        found = len(re.findall(rf"\s?{params.section_spliter.strip()}\s?\d+\s?", text))
    except re.error as error:
        return Check(ok=None, reason=f"not a regular expression, the published checker stops here: {error}")
    return against(found, "at least", params.num_sections, "sections")


def _sections_repaired(text: str, params: Sections) -> Check:
    word = re.escape(params.section_spliter.strip())
    found = re.findall(rf"^{_LEAD}{word}[^\S\n]?(?:\d+|[IVXLC]+)\b", text, re.MULTILINE)
    return against(len(found), "at least", params.num_sections, "sections")


def _json(text: str, params: Params) -> Check:
    body = text.strip()
    for fence in ("```json", "```Json", "```JSON", "```"):
        body = body.removeprefix(fence)
    body = body.removesuffix("```").strip()
    try:
        json.loads(body)
    except (ValueError, RecursionError) as error:
        return holds(False, "", f"is not JSON: {str(error)[:80]}")
    return holds(True, "is JSON", "")


def _title(text: str, params: Params) -> Check:
    found = any(title.lstrip("<").rstrip(">").strip() for title in re.findall(r"<<[^\n]+>>", text))
    return holds(found, "has a title", "has no title in double angular brackets")


def _nothing(rng: random.Random) -> Params:
    return Params()


_PLACEHOLDER_WORDINGS = (
    lambda p: (
        f"Leave no fewer than {some(p.num_placeholders, 'gap')} to fill in, each named in square brackets, like [city]."
    ),
    lambda p: (
        f"Where details are unknown put a name in square brackets such as [date]; I expect "
        f"{p.num_placeholders} of them or more."
    ),
)
_POSTSCRIPT_WORDINGS = (
    lambda p: f"Close with a postscript that opens with {p.postscript_marker}",
    lambda p: f"After the main text add an afterthought marked {p.postscript_marker}",
)
_BULLET_WORDINGS = (
    lambda p: (
        f"Include a list of exactly {some(p.num_bullets, 'point')}, each on a line that opens with * and a space."
    ),
    lambda p: (
        f"I want {some(p.num_bullets, 'bullet point')} in it, not one more or less, written like: * a point"
    ),
)
_CONSTRAINED_WORDINGS = (
    lambda p: f'Reply with one of these and nothing else: "{ANSWERS[0]}", "{ANSWERS[1]}", "{ANSWERS[2]}"',
    lambda p: f"Only three replies are allowed: {ANSWERS[0]} / {ANSWERS[1]} / {ANSWERS[2]}",
)
_HIGHLIGHT_WORDINGS = (
    lambda p: f"Stress at the least {some(p.num_highlights, 'passage')} with single stars, *like this*.",
    lambda p: (
        f"Put stars around what matters most, as in *what matters*, in no fewer than {some(p.num_highlights, 'place')}."
    ),
)
_SECTION_WORDINGS = (
    lambda p: (
        f"Arrange it in no fewer than {some(p.num_sections, 'section')} and open each with a line such as {p.section_spliter} 1."
    ),
    lambda p: (
        f"Number the parts of the text: {p.section_spliter} 1, {p.section_spliter} 2 and so on, up to "
        f"{p.num_sections} or further."
    ),
)
_JSON_WORDINGS = (
    lambda p: "The whole reply must be JSON; a code fence around it is fine.",
    lambda p: "Give me nothing but valid JSON.",
)
_TITLE_WORDINGS = (
    lambda p: "Give it a title and set that in double angle brackets, as in <<the title>>.",
    lambda p: "It needs a title written between << and >>.",
)


def _draw_placeholders(rng: random.Random) -> Placeholders:
    return Placeholders(num_placeholders=rng.randint(1, 4))


def _draw_postscript(rng: random.Random) -> Postscript:
    return Postscript(postscript_marker=rng.choice(("P.S.", "P.P.S")))


def _draw_bullets(rng: random.Random) -> Bullets:
    return Bullets(num_bullets=rng.randint(1, 5))


def _draw_highlights(rng: random.Random) -> Highlights:
    return Highlights(num_highlights=rng.randint(1, 4))


def _draw_sections(rng: random.Random) -> Sections:
    return Sections(
        section_spliter=rng.choice(("Section", "SECTION", "PART")), num_sections=rng.randint(1, 5)
    )


_JSON = Instruction("detectable_format:json_format", Params, _nothing, _JSON_WORDINGS, _json)
_TITLE = Instruction("detectable_format:title", Params, _nothing, _TITLE_WORDINGS, _title)

PUBLISHED = (
    Instruction(
        "detectable_content:number_placeholders",
        Placeholders,
        _draw_placeholders,
        _PLACEHOLDER_WORDINGS,
        _placeholders,
    ),
    Instruction(
        "detectable_content:postscript", Postscript, _draw_postscript, _POSTSCRIPT_WORDINGS, _postscript
    ),
    Instruction("detectable_format:number_bullet_lists", Bullets, _draw_bullets, _BULLET_WORDINGS, _bullets),
    Instruction(
        "detectable_format:constrained_response", Params, _nothing, _CONSTRAINED_WORDINGS, _constrained
    ),
    Instruction(
        "detectable_format:number_highlighted_sections",
        Highlights,
        _draw_highlights,
        _HIGHLIGHT_WORDINGS,
        _highlights,
    ),
    Instruction(
        "detectable_format:multiple_sections", Sections, _draw_sections, _SECTION_WORDINGS, _sections
    ),
    _JSON,
    _TITLE,
)
REPAIRED = (
    Instruction(
        "detectable_content:number_placeholders",
        Placeholders,
        _draw_placeholders,
        _PLACEHOLDER_WORDINGS,
        _placeholders_repaired,
        "markdown links, check boxes, empty brackets and bare numbers are no placeholders",
    ),
    Instruction(
        "detectable_content:postscript",
        Postscript,
        _draw_postscript,
        _POSTSCRIPT_WORDINGS,
        _postscript_repaired,
        "the marker opens a line, PS: counts, P.P.S. is not P.S., and another marker is not a pattern",
    ),
    Instruction(
        "detectable_format:number_bullet_lists",
        Bullets,
        _draw_bullets,
        _BULLET_WORDINGS,
        _bullets_repaired,
        "rules, negative numbers and lines that open with *emphasis* are no bullets; + and bullet characters "
        "are; a list within a list does not count",
    ),
    Instruction(
        "detectable_format:constrained_response",
        Params,
        _nothing,
        _CONSTRAINED_WORDINGS,
        _constrained_repaired,
        "the answer must be the whole text",
    ),
    Instruction(
        "detectable_format:number_highlighted_sections",
        Highlights,
        _draw_highlights,
        _HIGHLIGHT_WORDINGS,
        _highlights_repaired,
        "the stars must stand close to the text and not within a word, so that 2*3*4 counts none and a bullet "
        "with a highlight counts one",
    ),
    Instruction(
        "detectable_format:multiple_sections",
        Sections,
        _draw_sections,
        _SECTION_WORDINGS,
        _sections_repaired,
        "a section must open a line (a mention counts none), Roman numbers count, the splitter is not a pattern",
    ),
    _JSON,
    _TITLE,
)
