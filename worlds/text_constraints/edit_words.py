"""Edits of words: for the types about words, letters, sentences, language, case and commas, one edit each way.

Knows nothing of other constraints. An edit takes the text, the parameters and a place (what a checker saw, the
topic, chance); `_meet_*` works towards the constraint, `_break_*` against it, and may need to be applied again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from maieutic.worlds.text_constraints import keywords, lengths, shapes
from maieutic.worlds.text_constraints.layout import (
    Edit,
    Place,
    drop,
    drop_word,
    filler,
    inner_words,
    insert,
    like,
)
from maieutic.worlds.text_constraints.prose import sentence
from maieutic.worlds.text_constraints.reading import language, sentences, whole_words, words
from maieutic.worlds.text_constraints.tongues import BANKS, foreign, tongue

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
        each = max(1, word.count(letter))
        for _ in range(target - count):
            if (missing := target - text.lower().count(letter)) <= 0:
                break
            many = " and ".join([word] * min(4, -(-missing // each)))
            text = insert(text, like(text, f"Think of {many}."), place.rng)
        return text
    for _ in range(count - max(0, target)):
        if text.lower().count(letter) <= max(0, target):
            break
        found = list(re.finditer(r"\S+", text))
        bearing = [one for one in found if letter in one.group().lower()]
        excess = text.lower().count(letter) - target
        fitting = [one for one in bearing if one.group().lower().count(letter) <= excess] or bearing
        if not fitting:
            return text.replace(letter, " ")
        chosen = place.rng.choice(fitting)
        ending = re.search(r"[.!?*\"\])>]+$", chosen.group())
        kept = ending.group().replace(letter, "") if ending else ""
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
    text = _translate(text, params.language, place)
    for _ in range(4):
        if params.language == "en" or language(text) == params.language:
            break
        text = insert(text, foreign(params.language, place.rng), place.rng)
    return text


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
    for _ in range(10 + 2 * abs(target - len(sentences(text)))):
        count = len(sentences(text))
        if count < target:  # Punkt knows no full stops but the Latin one
            added = re.sub(r"[।۔。]$", ".", filler(text, place.topic, place.rng))
            text = insert(text, added, place.rng)
        elif count > target:
            text = _merge(text)
        else:
            break
    return text


def _meet_sentences(text: str, params: lengths.Sentences, place: Place) -> str:
    bound = params.num_sentences
    return _count_sentences(text, bound if params.relation == "at least" else bound - 1, place)


def _break_sentences(text: str, params: lengths.Sentences, place: Place) -> str:
    bound = params.num_sentences
    return _count_sentences(text, bound - 1 if params.relation == "at least" else bound, place)


def _count_words(text: str, place: Place, *, least: int = 0, most: int | None = None) -> str:
    """`text` with `least` words or more, or with `most` or fewer, by either way of counting them."""
    for _ in range(least):
        missing = least - min(len(words(text)), len(whole_words(text)))
        if missing <= 0:
            break
        added = [filler(text, place.topic, place.rng) for _ in range(1 + missing // 20)]
        text = insert(text, " ".join(added), place.rng)
    for _ in range(len(words(text)) + len(whole_words(text))):
        over = max(len(words(text)), len(whole_words(text))) - (0 if most is None else most)
        if most is None or over <= 0:
            break
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


def _capitals(text: str, change: int, place: Place) -> str:
    if change > 0:
        plain = [one for one in inner_words(text) if not one.group().isupper()]
        for _ in range(change):
            if len(plain) >= change:
                break
            text = insert(text, sentence(place.topic, place.rng, commas=False), place.rng)
            plain = [one for one in inner_words(text) if not one.group().isupper()]
        for match in sorted(place.rng.sample(plain, min(len(plain), change)), key=lambda one: -one.start()):
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
    """`text` in English: put into it where another bank's words prevail, else with English sentences added."""
    if tongue(text) != "en":
        return _translate(text, "en", place)
    for _ in range(8):
        if language(text.lower()) == "en":
            return text
        text = insert(text, sentence(place.topic, place.rng, commas=False), place.rng)
    return _translate(text, "en", place)


def _meet_upper(text: str, params: Any, place: Place) -> str:
    return "".join(one for one in _english(text, place).upper() if not one.islower())


def _meet_lower(text: str, params: Any, place: Place) -> str:
    return "".join(one for one in _english(text, place).lower() if not (one.isupper() or one.istitle()))


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


EDITS: Mapping[str, tuple[Edit, Edit]] = MappingProxyType(
    {
        "language:response_language": (_meet_language, _break_language),
        "keywords:existence": (_meet_existence, _break_existence),
        "keywords:frequency": (_meet_frequency, _break_frequency),
        "keywords:forbidden_words": (_meet_forbidden, _break_forbidden),
        "length_constraints:number_sentences": (_meet_sentences, _break_sentences),
        "length_constraints:number_words": (_meet_words, _break_words),
        "keywords:letter_frequency": (_meet_letters, _break_letters),
        "change_case:capital_word_frequency": (_meet_capitals, _break_capitals),
        "punctuation:no_comma": (_meet_commas, _break_commas),
        "change_case:english_lowercase": (_meet_lower, _break_lower),
        "change_case:english_capital": (_meet_upper, _break_upper),
    }
)
