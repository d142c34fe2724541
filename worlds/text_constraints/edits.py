"""Edits: for each type a small change that makes a text meet the constraint, and one that breaks it.

Knows nothing of other constraints; `maieutic.worlds.text_constraints.repair` looks after those. An edit takes the
text, the parameters, what a checker said of the text, and a stream of chance; it may need to be applied again.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from maieutic.worlds.text_constraints import formats, keywords, lengths, shapes
from maieutic.worlds.text_constraints.instruction import Check
from maieutic.worlds.text_constraints.layout import (
    drop,
    drop_word,
    filler,
    insert,
    insert_line,
    like,
    split_part,
)
from maieutic.worlds.text_constraints.prose import sentence
from maieutic.worlds.text_constraints.reading import sentences, whole_words, words
from maieutic.worlds.text_constraints.tongues import BANKS, foreign, tongue


@dataclass(frozen=True)
class Place:
    """What an edit may use besides the text: what was observed in it, its topic, and chance."""

    seen: Check
    topic: str
    rng: random.Random


Edit = Callable[[str, Any, Place], str]

_MENTIONS = (
    "Somewhere in all this the word {} belongs too.",
    "It also brings the word {} to mind.",
    "Do not forget the word {} either.",
    "Here the word {} has a part to play.",
)


def _mention(text: str, word: str, rng: random.Random) -> str:
    added = rng.choice(_MENTIONS).format(word)
    return insert(text, like(text, added), rng)


def _erase(text: str, word: str, keep: int = 0) -> str:
    """`text` with all but the first `keep` occurrences of `word` replaced by a neutral word."""
    for pattern in (rf"(?<!\w){re.escape(word)}(?!\w)", rf"\w*{re.escape(word)}\w*"):
        found = list(re.finditer(pattern, text, re.IGNORECASE))
        if len(found) > keep:
            for match in reversed(found[keep:]):
                text = text[: match.start()] + like(match.group(), "that") + text[match.end() :]
            return text
    return text


def _meet_existence(text: str, params: keywords.Keywords, place: Place) -> str:
    present = place.seen.observed if isinstance(place.seen.observed, list) else []
    for word in params.keywords:
        if word not in present:
            text = _mention(text, word, place.rng)
    return text


def _break_existence(text: str, params: keywords.Keywords, place: Place) -> str:
    return _erase(text, place.rng.choice(params.keywords))


def _frequency(text: str, params: keywords.KeywordFrequency, target: int, place: Place) -> str:
    count = place.seen.observed if isinstance(place.seen.observed, int) else 0
    for _ in range(target - count):
        text = _mention(text, params.keyword, place.rng)
    return _erase(text, params.keyword, max(0, target)) if count > target else text


def _meet_frequency(text: str, params: keywords.KeywordFrequency, place: Place) -> str:
    target = params.frequency if params.relation == "at least" else params.frequency - 1
    return _frequency(text, params, target, place)


def _break_frequency(text: str, params: keywords.KeywordFrequency, place: Place) -> str:
    target = params.frequency - 1 if params.relation == "at least" else params.frequency
    return _frequency(text, params, target, place)


def _meet_forbidden(text: str, params: keywords.ForbiddenWords, place: Place) -> str:
    for word in params.forbidden_words:
        text = _erase(text, word)
    return text


def _break_forbidden(text: str, params: keywords.ForbiddenWords, place: Place) -> str:
    return _mention(text, place.rng.choice(params.forbidden_words), place.rng)


_RICH_WORDS = """
a:bananas b:bubbles c:cyclic d:puddles e:evergreens f:fluff g:giggling h:hitchhikers i:initials
j:jujubes k:knickknacks l:lullabies m:mammoths n:onions o:voodoo p:peppers q:queues r:mirrors s:glasses
t:tattoos u:luau v:velvet w:windows x:xerox y:yearly z:puzzles
"""
_RICH = MappingProxyType({word[0]: word[2:] for word in _RICH_WORDS.split()})


def _letters(text: str, params: keywords.LetterFrequency, target: int, place: Place) -> str:
    letter = params.letter.strip().lower() or params.letter
    count = text.lower().count(letter)
    if count < target:
        word = _RICH.get(letter, letter)
        while (missing := target - text.lower().count(letter)) > 0:
            each = max(1, word.count(letter))
            many = " and ".join([word] * min(4, -(-missing // each)))
            text = insert(text, like(text, f"Think of {many}."), place.rng)
        return text
    while text.lower().count(letter) > max(0, target):
        found = list(re.finditer(r"\S+", text))
        bearing = [one for one in found if letter in one.group().lower()]
        excess = text.lower().count(letter) - target
        fitting = [one for one in bearing if one.group().lower().count(letter) <= excess] or bearing
        chosen = place.rng.choice(fitting)
        ending = re.search(r"[.!?*\"\])>]+$", chosen.group())
        kept = ending.group() if ending else ""
        start = chosen.start()
        text = (
            text[:start].rstrip(" ") + kept + text[chosen.end() :]
            if kept
            else text[:start] + text[chosen.end() :].lstrip(" ")
        )
        if not re.search(r"\w", text):
            spare = next(
                (one for one in ("Yes.", "No.", "Well.", "Fun.") if letter not in one.lower()), "Ok."
            )
            return f"{text} {spare}".strip()
    return text


def _meet_letters(text: str, params: keywords.LetterFrequency, place: Place) -> str:
    target = params.let_frequency if params.let_relation == "at least" else params.let_frequency - 1
    return _letters(text, params, target, place)


def _break_letters(text: str, params: keywords.LetterFrequency, place: Place) -> str:
    target = params.let_frequency - 1 if params.let_relation == "at least" else params.let_frequency
    return _letters(text, params, target, place)


def _translate(text: str, code: str, place: Place) -> str:
    """Each prose sentence of `text` by one in the language `code`; lines and marks stay."""
    lines = []
    for line in text.split("\n"):
        mark = re.match(r"\s*(?:[-*+•]\s+|[pP]\.\s?(?:[pP]\.\s?)?[sS]\.?\s*|\"+)?", line)
        head = mark.group() if mark else ""
        if not re.search(r"\w", line[len(head) :]):
            lines.append(line)
            continue
        title = "<<" in line and ">>" in line
        count = 1 if title else len(sentences(line[len(head) :]))
        made = [
            sentence(place.topic, place.rng, commas=False) if code == "en" else foreign(code, place.rng)
            for _ in range(count)
        ]
        body = " ".join(made)
        ends = '"' if line.endswith('"') else ""
        lines.append(f"<<{body.rstrip('.')}>>" if title else f"{head}{body}{ends}")
    return "\n".join(lines)


def _meet_language(text: str, params: shapes.Language, place: Place) -> str:
    if params.language != "en" and params.language not in BANKS:
        return text
    return _translate(text, params.language, place)


def _break_language(text: str, params: shapes.Language, place: Place) -> str:
    return _translate(text, "en" if params.language != "en" else "de", place)


def _merge(text: str) -> str:
    """`text` with its last possible sentence boundary made a semicolon, or taken away at a line's end."""
    parts = sentences(text)
    position = 0
    ends = []
    for part in parts[:-1]:
        position = text.index(part, position) + len(part)
        ends.append(position)
    within = [end for end in ends if "\n" not in text[end : end + 2]]
    for end in reversed(within or ends):
        stem = re.sub(r"[.!?]+([\"'*)\]>]*)$", r"\1", text[:end])
        if stem != text[:end]:
            joint = ";" if end in within else ""
            return stem + joint + text[end:]
    return text


def _count_sentences(text: str, target: int, place: Place) -> str:
    for _ in range(600):
        count = len(sentences(text))
        if count == target:
            break
        changed = (
            insert(text, filler(text, place.topic, place.rng), place.rng) if count < target else _merge(text)
        )
        if changed == text:
            break
        text = changed
    return text


def _meet_sentences(text: str, params: lengths.Sentences, place: Place) -> str:
    bound = params.num_sentences
    return _count_sentences(text, bound if params.relation == "at least" else bound - 1, place)


def _break_sentences(text: str, params: lengths.Sentences, place: Place) -> str:
    bound = params.num_sentences
    return _count_sentences(text, bound - 1 if params.relation == "at least" else bound, place)


def _count_words(text: str, place: Place, *, least: int = 0, most: int | None = None) -> str:
    """`text` with `least` words or more, or with `most` or fewer, by either way of counting them."""
    while least and min(len(words(text)), len(whole_words(text))) < least:
        text = insert(text, filler(text, place.topic, place.rng), place.rng)
    while most is not None and (over := max(len(words(text)), len(whole_words(text))) - most) > 0:
        changed = drop_word(text, place.rng) if over < 8 else drop(text, place.rng)
        if changed == text:
            break
        text = changed
    return text


def _meet_words(text: str, params: lengths.Words, place: Place) -> str:
    if params.relation == "at least":
        return _count_words(text, place, least=params.num_words)
    return _count_words(text, place, most=params.num_words - 1)


def _break_words(text: str, params: lengths.Words, place: Place) -> str:
    if params.relation == "at least":
        return _count_words(text, place, most=params.num_words - 1)
    return _count_words(text, place, least=params.num_words)


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


def _inner_words(text: str) -> list[re.Match[str]]:
    """Plain words within a line: not its first word, not its last two, not touching a mark."""
    return list(re.finditer(r"(?<=[^\W_] )[^\W\d_]{4,}(?=[^\S\n][^\W_]+[^\S\n][^\W_])", text))


def _meet_highlights(text: str, params: formats.Highlights, place: Place) -> str:
    missing = place.seen.distance or 0
    while len(_inner_words(text)) < missing:
        text = insert(text, filler(text, place.topic, place.rng), place.rng)
    for match in sorted(place.rng.sample(_inner_words(text), missing), key=lambda one: -one.start()):
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


def _capitals(text: str, change: int, place: Place) -> str:
    if change > 0:
        plain = [one for one in _inner_words(text) if not one.group().isupper()]
        while len(plain) < change:
            text = insert(text, filler(text, place.topic, place.rng), place.rng)
            plain = [one for one in _inner_words(text) if not one.group().isupper()]
        for match in sorted(place.rng.sample(plain, change), key=lambda one: -one.start()):
            text = text[: match.start()] + match.group().upper() + text[match.end() :]
        return text
    loud = [one for one in re.finditer(r"[^\W\d_][\w'’.&-]*", text) if one.group().isupper()]
    swap = {"I": "we", "A": "one"}
    for match in reversed(loud[change:] if change else []):
        word = match.group()
        text = (
            text[: match.start()]
            + swap.get(word, word.capitalize() if len(word) > 1 else "it")
            + text[match.end() :]
        )
    return text


def _meet_capitals(text: str, params: shapes.Capitals, place: Place) -> str:
    return _capitals(text, place.seen.distance or 0, place)


def _break_capitals(text: str, params: shapes.Capitals, place: Place) -> str:
    observed = place.seen.observed if isinstance(place.seen.observed, int) else 0
    bound = params.capital_frequency
    return _capitals(text, (bound - 1 if params.capital_relation == "at least" else bound) - observed, place)


def _english(text: str, place: Place) -> str:
    return text if tongue(text) == "en" else _translate(text, "en", place)


def _meet_upper(text: str, params: Any, place: Place) -> str:
    return _english(text, place).upper()


def _meet_lower(text: str, params: Any, place: Place) -> str:
    return _english(text, place).lower()


def _break_upper(text: str, params: Any, place: Place) -> str:
    words = list(re.finditer(r"[^\W\d_]{3,}", text)) or list(re.finditer(r"[^\W\d_]+", text))
    chosen = place.rng.choice(words)
    return text[: chosen.start()] + chosen.group().lower() + text[chosen.end() :]


def _break_lower(text: str, params: Any, place: Place) -> str:
    first = re.search(r"[^\W\d_]", text)
    return text[: first.start()] + first.group().upper() + text[first.end() :] if first else text


def _meet_commas(text: str, params: Any, place: Place) -> str:
    return re.sub(r",(?!\s|$)(?<!\d,)", " ", re.sub(r"(?<=\d),(?=\d)", "", text)).replace(",", "")


def _break_commas(text: str, params: Any, place: Place) -> str:
    gaps = list(re.finditer(r"(?<=[^\W\d_]{2}) (?=[^\W\d_])", text))
    at = place.rng.choice(gaps).start() if gaps else len(text.rstrip())
    return f"{text[:at]},{text[at:]}"


# In the order in which wrong slots are put right: what is said first, what wraps it last.
EDITS: Mapping[str, tuple[Edit, Edit]] = MappingProxyType(
    {
        "language:response_language": (_meet_language, _break_language),
        "detectable_content:number_placeholders": (_meet_placeholders, _break_placeholders),
        "keywords:existence": (_meet_existence, _break_existence),
        "keywords:frequency": (_meet_frequency, _break_frequency),
        "keywords:forbidden_words": (_meet_forbidden, _break_forbidden),
        "length_constraints:number_sentences": (_meet_sentences, _break_sentences),
        "length_constraints:number_words": (_meet_words, _break_words),
        "keywords:letter_frequency": (_meet_letters, _break_letters),
        "detectable_format:number_bullet_lists": (_meet_bullets, _break_bullets),
        "detectable_format:multiple_sections": (_meet_sections, _break_sections),
        "length_constraints:number_paragraphs": (_meet_paragraphs, _break_paragraphs),
        "detectable_format:title": (_meet_title, _break_title),
        "detectable_content:postscript": (_meet_postscript, _break_postscript),
        "length_constraints:nth_paragraph_first_word": (_meet_nth, _break_nth),
        "combination:two_responses": (_meet_two, _break_two),
        "detectable_format:number_highlighted_sections": (_meet_highlights, _break_highlights),
        "change_case:capital_word_frequency": (_meet_capitals, _break_capitals),
        "combination:repeat_prompt": (_meet_repeat, _break_repeat),
        "startend:end_checker": (_meet_end, _break_end),
        "punctuation:no_comma": (_meet_commas, _break_commas),
        "change_case:english_lowercase": (_meet_lower, _break_lower),
        "change_case:english_capital": (_meet_upper, _break_upper),
        "startend:quotation": (_meet_quotation, _break_quotation),
        "detectable_format:constrained_response": (_meet_constrained, _break_constrained),
        "detectable_format:json_format": (_meet_json, _break_json),
    }
)
