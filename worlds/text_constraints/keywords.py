"""Keywords: the four types that look for given words or a letter.

Knows nothing of what the words mean. Published checks read a keyword as a regular expression and find it within
longer words; repaired ones look for the whole word as written.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from pydantic import Field

from maieutic.worlds.text_constraints.instruction import (
    Check,
    Instruction,
    Params,
    Relation,
    against,
)

_WORDS = """
harbour lantern meadow copper orchard signal ribbon compass pillow thunder velvet garden bridge candle
journey pattern whistle summer window kettle island marble feather shadow barrel puzzle anchor basket
canyon dolphin ember falcon glacier hammer jungle ladder mirror needle oyster pepper quarry rocket saddle
temple umbrella valley walnut yellow zipper breeze cactus dragon engine forest ginger hollow insect jacket
"""
WORDS = tuple(_WORDS.split())


class Keywords(Params):
    """Words that must all occur."""

    keywords: tuple[str, ...] = Field(min_length=1)


class KeywordFrequency(Params):
    """How often a word occurs."""

    keyword: str = Field(min_length=1)
    frequency: int = Field(ge=0)
    relation: Relation


class ForbiddenWords(Params):
    """Words of which none may occur."""

    forbidden_words: tuple[str, ...] = Field(min_length=1)


class LetterFrequency(Params):
    """How often a letter occurs, in either case."""

    letter: str = Field(min_length=1)
    let_frequency: int = Field(ge=0)
    let_relation: Relation


Find = Callable[[str, str], int]


def as_pattern(word: str, text: str) -> int:
    """Matches of `word` read as a regular expression; raises re.error where it is none."""
    return sum(1 for _ in re.finditer(word, text, re.IGNORECASE))


def as_bounded_pattern(word: str, text: str) -> int:
    """As `as_pattern`, with a word boundary on both sides."""
    return sum(1 for _ in re.finditer(rf"\b{word}\b", text, re.IGNORECASE))


def as_word(word: str, text: str) -> int:
    """Matches of `word` as written, not within a longer word; "C++" is a word too.

    >>> as_word("rock", "Rock, rocket, rock."), as_word("C++", "C, C++ and c++")
    (2, 2)
    """
    return sum(1 for _ in re.finditer(rf"(?<!\w){re.escape(word.strip())}(?!\w)", text, re.IGNORECASE))


def _guarded(check: Callable[[], Check]) -> Check:
    try:
        return check()
    except re.error as error:
        return Check(ok=None, reason=f"not a regular expression, the published checker stops here: {error}")


def _existence(find: Find) -> Callable[[str, Keywords], Check]:
    def check(text: str, params: Keywords) -> Check:
        missing = [word for word in params.keywords if not find(word, text)]
        return Check(
            ok=not missing,
            observed=[word for word in params.keywords if word not in missing],
            reason=f"missing: {', '.join(missing)}" if missing else "all keywords occur",
            distance=len(missing),
        )

    return lambda text, params: _guarded(lambda: check(text, params))


def _frequency(find: Find) -> Callable[[str, KeywordFrequency], Check]:
    def check(text: str, params: KeywordFrequency) -> Check:
        count = find(params.keyword.strip(), text)
        return against(count, params.relation, params.frequency, f"times {params.keyword!r}")

    return lambda text, params: _guarded(lambda: check(text, params))


def _forbidden(find: Find) -> Callable[[str, ForbiddenWords], Check]:
    def check(text: str, params: ForbiddenWords) -> Check:
        counts = {word: find(word, text) for word in params.forbidden_words}
        used = [word for word, count in counts.items() if count]
        return Check(
            ok=not used,
            observed=used,
            reason=f"forbidden: {', '.join(used)}" if used else "no forbidden word occurs",
            distance=-sum(counts.values()),
        )

    return lambda text, params: _guarded(lambda: check(text, params))


def odd_letter(letter: str) -> bool:
    """Whether the published checker would replace `letter` by one drawn at random.

    >>> odd_letter("#"), odd_letter("E"), odd_letter("ab")
    (True, False, True)
    """
    return re.fullmatch("[a-zA-Z]", letter.strip()) is None


def _letter_published(text: str, params: LetterFrequency) -> Check:
    if odd_letter(params.letter):
        return Check(
            ok=None,
            reason=f"{params.letter!r} is not a letter from a to z: the published checker counts a random one",
        )
    return _letter(text, params)


def _letter(text: str, params: LetterFrequency) -> Check:
    letter = params.letter.strip().lower() or params.letter
    return against(text.lower().count(letter), params.let_relation, params.let_frequency, f"times {letter!r}")


def _draw_letter(rng: random.Random) -> LetterFrequency:
    if rng.random() < 0.7:
        return LetterFrequency(
            letter=rng.choice("bfgjkpqvwxyz"),
            let_frequency=rng.randint(3, 10),
            let_relation="at least",
        )
    return LetterFrequency(
        letter=rng.choice("jkqvxz"), let_frequency=rng.randint(2, 6), let_relation="less than"
    )


def _draw_frequency(rng: random.Random) -> KeywordFrequency:
    relation: Relation = rng.choice(("at least", "at least", "less than"))
    least = 1 if relation == "at least" else 2
    return KeywordFrequency(keyword=rng.choice(WORDS), frequency=rng.randint(least, 3), relation=relation)


def times(number: int) -> str:
    """A number of times in words.

    >>> times(1), times(4)
    ('once', '4 times')
    """
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _quoted(words: tuple[str, ...], last: str) -> str:
    named = [f'"{word}"' for word in words]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} {last} {named[-1]}"


_EXISTENCE_WORDINGS = (
    lambda p: f"Work the following into your text: {_quoted(p.keywords, 'and')}.",
    lambda p: f"Somewhere in what you write I want to find {_quoted(p.keywords, 'as well as')}.",
    lambda p: f"Be sure to use {_quoted(p.keywords, 'and also')}.",
)
_FREQUENCY_WORDINGS = (
    lambda p: (
        f'Say "{p.keyword}" {times(p.frequency)} or more.'
        if p.relation == "at least"
        else f'Say "{p.keyword}" fewer than {times(p.frequency)}.'
        if p.frequency > 1
        else f'Never say "{p.keyword}".'
    ),
    lambda p: (
        f'The number of times "{p.keyword}" turns up should be '
        + (f"{p.frequency} or higher." if p.relation == "at least" else f"below {p.frequency}.")
    ),
)
_FORBIDDEN_WORDINGS = (
    lambda p: f"Do without {_quoted(p.forbidden_words, 'and')}.",
    lambda p: f"You must not use {_quoted(p.forbidden_words, 'or')} anywhere.",
    lambda p: f"I do not want to read {_quoted(p.forbidden_words, 'or')}.",
)
_LETTER_WORDINGS = (
    lambda p: (
        f"Counting both cases, the letter {p.letter} should come up "
        + (
            f"{p.let_frequency} times or more."
            if p.let_relation == "at least"
            else f"fewer than {p.let_frequency} times."
        )
    ),
    lambda p: (
        f"Use {p.let_frequency} or more of the letter {p.letter}."
        if p.let_relation == "at least"
        else f"Keep the count of the letter {p.letter} under {p.let_frequency}."
    ),
)
_WHOLE = (
    "words are matched whole and as written, so that 'rock' is not in 'rocket' and 'C++' is not a pattern"
)


def _draw_existence(rng: random.Random) -> Keywords:
    return Keywords(keywords=tuple(sorted(rng.sample(WORDS, 2))))


def _draw_forbidden(rng: random.Random) -> ForbiddenWords:
    return ForbiddenWords(forbidden_words=tuple(sorted(rng.sample(WORDS, rng.randint(1, 3)))))


PUBLISHED = (
    Instruction("keywords:existence", Keywords, _draw_existence, _EXISTENCE_WORDINGS, _existence(as_pattern)),
    Instruction(
        "keywords:frequency", KeywordFrequency, _draw_frequency, _FREQUENCY_WORDINGS, _frequency(as_pattern)
    ),
    Instruction(
        "keywords:forbidden_words",
        ForbiddenWords,
        _draw_forbidden,
        _FORBIDDEN_WORDINGS,
        _forbidden(as_bounded_pattern),
    ),
    Instruction(
        "keywords:letter_frequency", LetterFrequency, _draw_letter, _LETTER_WORDINGS, _letter_published
    ),
)
REPAIRED = (
    Instruction(
        "keywords:existence", Keywords, _draw_existence, _EXISTENCE_WORDINGS, _existence(as_word), _WHOLE
    ),
    Instruction(
        "keywords:frequency",
        KeywordFrequency,
        _draw_frequency,
        _FREQUENCY_WORDINGS,
        _frequency(as_word),
        _WHOLE,
    ),
    Instruction(
        "keywords:forbidden_words",
        ForbiddenWords,
        _draw_forbidden,
        _FORBIDDEN_WORDINGS,
        _forbidden(as_word),
        f"{_WHOLE}; exactly the opposite of keywords:existence for one word",
    ),
    Instruction(
        "keywords:letter_frequency",
        LetterFrequency,
        _draw_letter,
        _LETTER_WORDINGS,
        _letter,
        "a character that is no letter is counted as it is, where the published checker draws a random letter",
    ),
)
