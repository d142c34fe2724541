"""Bug talk: how simulated people speak of a bug in plain words, and how they understand what is said of it.

Knows no right program and runs nothing. What is said here by one is read exactly by another; words of a model or a
human are read by the line they name and by the share of a description's words that they use, which can err.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from pydantic import JsonValue

from maieutic.worlds.programs.bugs import Bug


def bugs_of(truth: Mapping[str, JsonValue] | None) -> list[Bug]:
    """The bugs of a task's truth (or of what a role grants of it), in its order; none where it brings none."""
    listed = (truth or {}).get("bugs")
    return [Bug.model_validate(bug) for bug in listed] if isinstance(listed, list) else []


def about(text: str, bugs: Sequence[Bug]) -> list[int]:
    """Which bugs `text` is about: those whose concept it names, whose line it names, or which it describes.

    Where several bugs share a concept, a line that is named decides between them.

    >>> from maieutic.worlds.programs.bugs import between
    >>> bugs = between("for x in a:\\n for y in b:\\n", "for x in c:\\n for y in d:\\n")
    >>> about("Mind the loop condition.", bugs), about("Mind the loop condition on line 2.", bugs), about("Hm.", bugs)
    ([0, 1], [1], [])
    """
    words = _plain(text)
    lines = _lines(words)
    rest, named = _without(words, bugs), set[str]()
    for concept in sorted({_plain(bug.concept) for bug in bugs}, key=lambda one: (-len(one), one)):
        found = re.compile(rf"\b{re.escape(concept)}(?:s|es)?(?!\w)")
        if concept and found.search(rest):
            named.add(concept)
            rest = found.sub(" ", rest)
    by_concept = []
    for concept in named:
        group = [place for place, bug in enumerate(bugs) if _plain(bug.concept) == concept]
        by_concept += [place for place in group if bugs[place].line in lines] or group
    by_line = [place for place, bug in enumerate(bugs) if bug.line in lines]
    return sorted({*(by_concept or by_line), *_described(words, bugs)})


def explained(text: str, bugs: Sequence[Bug]) -> list[int]:
    """Which bugs `text` says what is wrong with: by their description, by their fix, or in other words.

    In other words means that, where nothing is said word for word, six in ten of the content words of a
    description occur, and that no other line is named.
    """
    words = _plain(text)
    exact = {place for place, bug in enumerate(bugs) if bug.fix and _plain(bug.fix) in words}
    exact |= _described(words, bugs)
    if exact:
        return sorted(exact)
    lines, used = _lines(words), _content(words)
    loose = []
    for place, bug in enumerate(bugs):
        needed = _content(_plain(bug.description))
        enough = len(needed) >= 3 and len(needed & used) >= 0.6 * len(needed)
        if enough and (not lines or bug.line in lines) and not denies(text, bugs):
            loose.append(place)
    return loose


def shown(answers: Sequence[str], bugs: Sequence[Bug]) -> list[list[bool]]:
    """Per answer, which bugs somebody has said what is wrong with by then.

    >>> from maieutic.worlds.programs.bugs import between
    >>> bugs = between("for x in a:\\n", "for x in b:\\n")
    >>> shown(["No idea.", bugs[0].description, "No idea."], bugs)
    [[False], [True], [True]]
    """
    so_far, found = set[int](), []
    for text in answers:
        so_far |= set(explained(text, bugs))
        found.append([place in so_far for place in range(len(bugs))])
    return found


def meant(text: str, bugs: Sequence[Bug]) -> int | None:
    """The one bug that `text` describes, or else is about first; None where it is about none.

    >>> from maieutic.worlds.programs.bugs import between
    >>> meant("Mind the loop condition.", between("for x in a:\\n", "for x in b:\\n"))
    0
    """
    return next(iter(explained(text, bugs) or about(text, bugs)), None)


def denies(text: str, bugs: Sequence[Bug]) -> bool:
    """Whether `text` calls something right, outside of any bug's description.

    >>> denies("I see nothing wrong with line 3.", []), denies("It stops too early.", [])
    (True, False)
    """
    return _DENIAL.search(_without(_plain(text), bugs)) is not None


def evades(text: str) -> bool:
    """Whether `text` says that it has no answer.

    >>> evades("I am not sure what you mean."), evades("It counts from 0.")
    (True, False)
    """
    return _EVASION.search(_plain(text)) is not None


def explain(bug: Bug, chance: random.Random) -> str:
    """A sentence that says what is wrong; `explained` reads it as this bug and no other."""
    return chance.choice(_EXPLAIN).format(line=bug.line, description=bug.description)


def remark(bug: Bug, chance: random.Random) -> str:
    """A true sentence about a bug's place that does not say what is wrong with it."""
    return chance.choice(_REMARK).format(line=bug.line, concept=bug.concept)


def deny(bug: Bug, chance: random.Random) -> str:
    """A sentence that calls the faulty place right."""
    return chance.choice(_DENY).format(line=bug.line, concept=bug.concept)


def evade(chance: random.Random) -> str:
    """A sentence that answers nothing."""
    return chance.choice(_EVADE)


def says_fix(text: str, bug: Bug) -> bool:
    """Whether `text` spells out the fix of `bug`."""
    return bool(bug.fix) and _plain(bug.fix) in _plain(text)


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("`", "").casefold()).strip()


def _without(words: str, bugs: Sequence[Bug]) -> str:
    """`words` less all descriptions, which use words that are concepts of other bugs."""
    for description in sorted({_plain(bug.description) for bug in bugs}, key=lambda one: (-len(one), one)):
        words = words.replace(description, " ")
    return words


def _lines(words: str) -> set[int]:
    return {int(number) for number in re.findall(r"\blines? (\d{1,5})\b", words)}


def _content(words: str) -> set[str]:
    return {word for word in re.findall(r"[a-z]{3,}|\d+", words) if word not in _COMMON}


def _described(words: str, bugs: Sequence[Bug]) -> set[int]:
    """Bugs whose description stands in `words`; among equal descriptions those whose line stands right before."""
    found = {place for place, bug in enumerate(bugs) if _plain(bug.description) in words}
    placed = {p for p in found if f"line {bugs[p].line}: {_plain(bugs[p].description)}" in words}
    twins = {_plain(bugs[p].description) for p in placed}
    return placed | {p for p in found if _plain(bugs[p].description) not in twins}


_DENIAL = re.compile(
    r"\bfine as it is\b|\bnothing wrong\b|\bdoes what it should\b|\b(?:is|are|looks?|seems?) (?:fine|right|correct|ok)\b"
)
_EVASION = re.compile(
    r"\bnot sure\b|\bdo not know\b|\bdon't know\b|\bno idea\b|\bcannot say\b|\bcan't say\b|\bhave to run it\b"
)
_COMMON = frozenset(
    [
        "the",
        "and",
        "that",
        "this",
        "with",
        "for",
        "not",
        "but",
        "are",
        "was",
        "has",
        "have",
        "its",
        "from",
        "into",
        "than",
        "then",
        "there",
        "which",
        "what",
        "when",
        "where",
        "should",
        "must",
        "would",
        "one",
        "line",
    ]
)
_EXPLAIN = (
    "On line {line}: {description}",
    "I see it now, on line {line}: {description}",
    "I think this is the trouble on line {line}: {description}",
    "When I follow it by hand I find this on line {line}: {description}",
)
_REMARK = (
    "The {concept} on line {line} decides what comes out in the end.",
    "It depends on the {concept} on line {line}, which every input has to pass.",
    "That is the work of the {concept} on line {line}; the rest of the program relies on it.",
)
_DENY = (
    "I believe the {concept} on line {line} is fine as it is.",
    "I see nothing wrong with the {concept} on line {line}.",
    "To me the {concept} on line {line} does what it should.",
)
_EVADE = (
    "I am not sure what you are asking about.",
    "I do not know. Perhaps the names could be clearer?",
    "I would have to run it to tell.",
    "I have no idea, to be honest.",
)
