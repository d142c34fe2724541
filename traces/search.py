"""Search: which episodes of a run are looked for, and in which of their turns the words are.

Knows nothing of journals or screens; it looks at one episode at a time. The web page asks an index instead
(`maieutic.traces.view.query`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from maieutic import Episode, Event, InputError, Stop

_NUMBER = r"-?(?:\d+\.?\d*|\.\d+)(?:[eE]-?\d+)?"
_SCORE = re.compile(rf"\s*([^<>=\s]+)\s*(>=|<=|>|<|=)\s*({_NUMBER})\s*")
_TESTS = {
    ">=": lambda left, right: left >= right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    "<": lambda left, right: left < right,
    "=": lambda left, right: left == right,
}


@dataclass(frozen=True)
class Search:
    """What is looked for; None and empty leave all.

    Attributes:
        text: a regular expression that must occur in a turn or in the task; upper and lower case are the same.
        scenario: name of the scenario.
        stop: why the episode ended.
        role: a role or seat that spoke; with `text`, only its turns are looked at.
        verdict: what was said somewhere by yes or no or in a word, such as `leaks=yes`, or `no` in any field.
        invalid: only episodes with unusable turns.
        scores: such as `gain>=0.5`; each must hold.
    """

    text: re.Pattern[str] | None = None
    scenario: str = ""
    stop: str = ""
    role: str = ""
    verdict: str = ""
    invalid: bool = False
    scores: tuple[str, ...] = ()
    _bounds: tuple[tuple[str, str, float], ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        if self.stop and self.stop not in list(Stop):
            raise InputError(
                f"no such reason: {self.stop!r}",
                key="--stop",
                remedy=f"give one of {', '.join(Stop)}",
            )
        bounds = []
        for text in self.scores:
            found = _SCORE.fullmatch(text)
            if found is None:
                raise InputError(f"expected a bound such as gain>=0.5, got {text!r}", key="--score")
            bounds.append((found[1], found[2], float(found[3])))
        object.__setattr__(self, "_bounds", tuple(bounds))

    def finds(self, episode: Episode) -> bool:
        """Whether `episode` is among those looked for."""
        return (
            self.scenario in ("", episode.scenario)
            and self.stop in ("", episode.stop.value)
            and (not self.invalid or any(event.invalid is not None for event in episode.events))
            and all(
                name in episode.scores and _TESTS[sign](episode.scores[name], bound)
                for name, sign, bound in self._bounds
            )
            and (not self.role or any(map(self._speaks, episode.events)))
            and (not self.verdict or any(self._judges(event) for event in episode.events))
            and (self.text is None or self._in_task(episode) or any(map(self.hits, episode.events)))
        )

    def hits(self, event: Event) -> bool:
        """Whether the words looked for are in this turn; never where none are looked for."""
        return self.text is not None and self._speaks(event) and any(map(self.text.search, words(event)))

    def _speaks(self, event: Event) -> bool:
        return self.role in ("", event.role, event.seat)

    def _in_task(self, episode: Episode) -> bool:
        assert self.text is not None
        return not self.role and any(map(self.text.search, _texts(episode.task.fields)))

    def _judges(self, event: Event) -> bool:
        name, equals, wanted = self.verdict.rpartition("=")
        return self._speaks(event) and any(
            _word(value) == wanted.lower() and (not equals or name == field)
            for field, value in event.answer.items()
        )


def pattern(text: str) -> re.Pattern[str]:
    """The regular expression that `text` is.

    Raises:
        InputError: it is none.
    """
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise InputError(
            f"{text!r} is no regular expression: {error}",
            key="--grep",
            remedy="put \\ before signs meant as they are",
        ) from None


def words(event: Event) -> list[str]:
    """All that a turn says in words: its answer, its private fields, why it is unusable, the player's own words."""
    said = _texts(event.answer) + _texts(event.private)
    return said + [one for one in (event.invalid, event.raw) if one]


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return []


def _word(value: object) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return {"true": "yes", "false": "no"}.get(value.lower(), value.lower())
    return None
