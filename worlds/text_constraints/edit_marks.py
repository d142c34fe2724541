"""Edits of marks: for the types about paragraphs, bullets, headings, openings and endings, one edit each way.

Knows nothing of other constraints. An edit takes the text, the parameters and a place (what a checker saw, the
topic, chance); `_meet_*` works towards the constraint, `_break_*` against it, and may need to be applied again.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from maieutic.worlds.text_constraints import formats, lengths, shapes
from maieutic.worlds.text_constraints.layout import (
    Edit,
    Place,
    filler,
    inner_words,
    insert,
    insert_line,
    like,
    split_part,
)
from maieutic.worlds.text_constraints.prose import sentence
from maieutic.worlds.text_constraints.tongues import foreign, tongue


def _resize(parts: list[str], wanted: int, joint: str, place: Place) -> list[str]:
    while len(parts) > max(1, wanted):
        shortest = min(range(len(parts) - 1), key=lambda one: len(parts[one]) + len(parts[one + 1]))
        parts = [*parts[:shortest], parts[shortest] + joint + parts[shortest + 1], *parts[shortest + 2 :]]
    while len(parts) < wanted:
        parts = split_part(parts, place.topic, place.rng)
    return parts


def _other(count: int, rng: random.Random) -> int:
    return count + 1 if count < 2 or rng.random() < 0.5 else count - 1


def _paragraphs(text: str, wanted: int, place: Place) -> str:
    parts = [one for one in re.split(r"\s*\*\*\*\s*", text) if one.strip()] or [
        filler(text, place.topic, place.rng)
    ]
    return "\n\n***\n\n".join(_resize(parts, wanted, "\n", place))


def _meet_paragraphs(text: str, params: lengths.Paragraphs, place: Place) -> str:
    return _paragraphs(text, params.num_paragraphs, place)


def _break_paragraphs(text: str, params: lengths.Paragraphs, place: Place) -> str:
    return _paragraphs(text, _other(params.num_paragraphs, place.rng), place)


def _blocks(text: str) -> list[str]:
    return [one.strip("\n") for one in re.split(r"\n\s*\n", text) if one.strip()]


def _meet_nth(text: str, params: lengths.NthParagraph, place: Place) -> str:
    parts = _resize(_blocks(text) or [text], params.num_paragraphs, "\n", place)
    index = params.nth_paragraph - 1
    if 0 <= index < len(parts) and lengths.opening(parts[index]) != params.first_word.lower():
        part = parts[index].lstrip()
        quote = '"' if part.startswith('"') else ""
        part = part.removeprefix('"')
        if re.match(r"[A-Z][a-z]", part):
            part = part[0].lower() + part[1:]
        parts[index] = f"{quote}{like(text, params.first_word.capitalize())} {part}"
    return "\n\n".join(parts)


def _break_nth(text: str, params: lengths.NthParagraph, place: Place) -> str:
    parts = _blocks(text) or [text]
    index = params.nth_paragraph - 1
    if 0 <= index < len(parts) and place.rng.random() < 0.5:
        parts[index] = f"{filler(text, place.topic, place.rng)} {parts[index]}"
        return "\n\n".join(parts)
    return "\n\n".join(_resize(parts, _other(params.num_paragraphs, place.rng), "\n", place))


_GAPS = ("name", "date", "place", "contact", "address", "price", "reason", "time")


def _meet_placeholders(text: str, params: formats.Placeholders, place: Place) -> str:
    for _ in range(place.seen.distance or 0):
        text = insert(text, like(text, f"Please ask for [{place.rng.choice(_GAPS)}] beforehand."), place.rng)
    return text


def _unmark(text: str, pattern: str, leave: int) -> str:
    """`text` with all but the first `leave` matches of `pattern` replaced by their first group."""
    found = list(re.finditer(pattern, text, re.MULTILINE))
    for match in reversed(found[max(0, leave) :]):
        text = text[: match.start()] + match.group(1) + text[match.end() :]
    return text


def _break_placeholders(text: str, params: formats.Placeholders, place: Place) -> str:
    return _unmark(text, r"\[([^\[\]\n]*)\](?!\()", params.num_placeholders - 1)


def _meet_postscript(text: str, params: formats.Postscript, place: Place) -> str:
    marker = params.postscript_marker.strip()
    return f"{text.rstrip()}\n{like(text, marker)} {filler(text, place.topic, place.rng)}"


def _break_postscript(text: str, params: formats.Postscript, place: Place) -> str:
    marker = params.postscript_marker.strip()
    known = re.sub(r"(?i)\bp\.\s?(?:p\.\s?)?s\b[.:]?[^\S\n]*", "", text)
    return known if known != text else re.sub(re.escape(marker) + r"[^\S\n]*", "", text, flags=re.IGNORECASE)


def _bullets(text: str, change: int, place: Place) -> str:
    lines = text.split("\n")
    known = formats.bullet_lines(text)
    for _ in range(max(0, change)):
        known = formats.bullet_lines(text)
        text = insert_line(
            text,
            f"* {filler(text, place.topic, place.rng)}",
            known[-1] if known else None,
            place.rng,
            topic=place.topic,
        )
    if change < 0:
        loose = [index for index, line in enumerate(lines) if re.match(r"\s*(?:-|\*(?!\*))", line)]
        for index in reversed((known or loose)[change:]):
            lines[index] = re.sub(r"^\s*[-*+•‣◦–]\s*", "", lines[index])
        text = "\n".join(lines)
    return text


def _meet_bullets(text: str, params: formats.Bullets, place: Place) -> str:
    return _bullets(text, place.seen.distance or 0, place)


def _break_bullets(text: str, params: formats.Bullets, place: Place) -> str:
    down = params.num_bullets > 0 and place.rng.random() < 0.5
    return _bullets(text, (place.seen.distance or 0) + (-1 if down else 1), place)


def _meet_constrained(text: str, params: Any, place: Place) -> str:
    return place.rng.choice(formats.ANSWERS)


def _break_constrained(text: str, params: Any, place: Place) -> str:
    for answer in formats.ANSWERS:
        text = text.replace(answer, filler("", place.topic, place.rng))
    return text


def _meet_highlights(text: str, params: formats.Highlights, place: Place) -> str:
    missing = place.seen.distance or 0
    for _ in range(missing):
        if len(inner_words(text)) < missing:
            text = insert(text, like(text, sentence(place.topic, place.rng, commas=False)), place.rng)
    plain = inner_words(text)
    for match in sorted(place.rng.sample(plain, min(len(plain), missing)), key=lambda one: -one.start()):
        text = f"{text[: match.start()]}*{match.group()}*{text[match.end() :]}"
    return text


def _break_highlights(text: str, params: formats.Highlights, place: Place) -> str:
    return _unmark(text, r"\*{1,3}([^\s*](?:[^*\n]*[^\s*])?)\*{1,3}", params.num_highlights - 1)


def _renumber(text: str, word: str) -> str:
    count = 0

    def number(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return f"{match.group(1)}{count}"

    return re.sub(
        rf"^([^\S\n]*[\"#*_]*[^\S\n]?{re.escape(word)}[^\S\n]?)\d+\b", number, text, flags=re.MULTILINE
    )


def _meet_sections(text: str, params: formats.Sections, place: Place) -> str:
    word = params.section_spliter.strip()
    for _ in range(place.seen.distance or 0):
        text = insert_line(text, f"{word} 1", None, place.rng, topic=place.topic)
    return _renumber(text, word)


def _break_sections(text: str, params: formats.Sections, place: Place) -> str:
    word = re.escape(params.section_spliter.strip())
    whole = rf"^[^\S\n]*[\"#*_]*[^\S\n]?{word}[^\S\n]?(?:\d+|[IVXLC]+)\b[^\S\n]*\n?()"
    removed = _unmark(text, whole, params.num_sections - 1)
    return removed if removed != text else _unmark(text, rf"{word}\s?\d+()", params.num_sections - 1)


def _meet_json(text: str, params: Any, place: Place) -> str:
    return json.dumps({"text": text}, ensure_ascii=False)


def _break_json(text: str, params: Any, place: Place) -> str:
    return f"Here it is: {text}"


def _meet_title(text: str, params: Any, place: Place) -> str:
    code = tongue(text)
    name = (place.topic or "what to know") if code == "en" else foreign(code, place.rng).rstrip(".!?。।۔")
    return f"<<{like(text, name[:1].upper() + name[1:])}>>\n{text.lstrip()}"


def _break_title(text: str, params: Any, place: Place) -> str:
    return re.sub(r"<<([^\n]+)>>", r"\1", text)


def _meet_two(text: str, params: Any, place: Place) -> str:
    parts = [one.strip() for one in text.split("******") if one.strip()] or [
        filler(text, place.topic, place.rng)
    ]
    parts = _resize(parts, 2, "\n", place)
    if parts[0] == parts[1]:
        parts[1] = insert(parts[1], filler(text, place.topic, place.rng), place.rng)
    return "\n\n******\n\n".join(parts)


def _break_two(text: str, params: Any, place: Place) -> str:
    return re.sub(r"\s*\*{6}\s*", "\n\n", text)


def _meet_repeat(text: str, params: shapes.Prompt, place: Place) -> str:
    return f"{params.prompt_to_repeat.strip()}\n{text.lstrip()}"


def _break_repeat(text: str, params: shapes.Prompt, place: Place) -> str:
    rest = text.strip()[len(params.prompt_to_repeat.strip()) :].lstrip()
    return rest if re.search(r"\w", rest) else filler("", place.topic, place.rng)


def _meet_end(text: str, params: shapes.End, place: Place) -> str:
    return f"{text.rstrip()} {like(text, params.end_phrase.strip())}"


def _break_end(text: str, params: shapes.End, place: Place) -> str:
    phrase = params.end_phrase.strip()
    body = text.rstrip()
    rest = body[: -len(phrase)].rstrip() if body.lower().endswith(phrase.lower()) else ""
    return rest if re.search(r"\w", rest) else f"{body} {filler(text, place.topic, place.rng)}"


def _meet_quotation(text: str, params: Any, place: Place) -> str:
    return f'"{text.strip()}"'


def _break_quotation(text: str, params: Any, place: Place) -> str:
    body = text.strip()
    if len(body) > 1 and body[0] + body[-1] in shapes.QUOTES:
        body = body[1:-1].strip()
    if len(body) > 1 and body[0] + body[-1] in shapes.QUOTES:
        body = f"{filler(text, place.topic, place.rng)} {body}"
    return body


EDITS: Mapping[str, tuple[Edit, Edit]] = MappingProxyType(
    {
        "detectable_content:number_placeholders": (_meet_placeholders, _break_placeholders),
        "detectable_format:number_bullet_lists": (_meet_bullets, _break_bullets),
        "detectable_format:multiple_sections": (_meet_sections, _break_sections),
        "length_constraints:number_paragraphs": (_meet_paragraphs, _break_paragraphs),
        "detectable_format:title": (_meet_title, _break_title),
        "detectable_content:postscript": (_meet_postscript, _break_postscript),
        "length_constraints:nth_paragraph_first_word": (_meet_nth, _break_nth),
        "combination:two_responses": (_meet_two, _break_two),
        "detectable_format:number_highlighted_sections": (_meet_highlights, _break_highlights),
        "combination:repeat_prompt": (_meet_repeat, _break_repeat),
        "startend:end_checker": (_meet_end, _break_end),
        "startend:quotation": (_meet_quotation, _break_quotation),
        "detectable_format:constrained_response": (_meet_constrained, _break_constrained),
        "detectable_format:json_format": (_meet_json, _break_json),
    }
)
