"""Event: one turn that somebody took, frozen, with a pointer to the turn that it answers.

Knows nothing of graphs or agents. Wall-clock times are not part of it: the same seed gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import JsonValue

from maieutic.identity import Frozen, digest


class Usage(Frozen):
    """What a turn cost: tokens read and written, and calls made (repairs and retries included)."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    calls: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            calls=self.calls + other.calls,
        )


class Event(Frozen):
    """One turn.

    Attributes:
        id: digest of (parent, role, index); the same in every process and order of completion.
        parent: id of the event that this one answers, or of the episode for a first turn.
        role: what was asked, such as `verifier.turn`.
        index: number of this turn among those of the same role under the same parent, from 0.
        seat: who was asked, such as `verifier`; one player and one memory for all roles of a seat.
        agent: name of the player.
        key: digest of all that the answer can depend on: role, player, view, memory and seed. A journal gives a
            turn back instead of paying for it again only where the key is the same.
        answer: what others may see of the answer, as JSON; empty when invalid.
        private: fields of the answer that reach no other role (hidden scores, thoughts).
        memory: what the player wants to remember on this branch, as JSON; it holds a simulated person's true
            state. `None`: the seat's last memory on this branch stands.
        usage: what the turn cost.
        invalid: why there is no usable answer, else None.
        raw: the player's own words where the answer was made from text, or could not be.
    """

    id: str
    parent: str
    role: str
    index: int
    seat: str
    agent: str
    key: str
    answer: dict[str, JsonValue] = {}
    private: dict[str, JsonValue] = {}
    memory: dict[str, JsonValue] | None = None
    usage: Usage = Usage()
    invalid: str | None = None
    raw: str | None = None

    @property
    def text(self) -> str:
        """What was said, where the role answers in words: the field `text` of the answer.

        Raises:
            KeyError: the answer has no such field, or there is none.
        """
        return str(self.answer["text"])


def event_id(parent: str, role: str, index: int) -> str:
    """The id of the `index`-th turn of `role` under `parent`.

    >>> event_id("root", "judge", 0) == event_id("root", "judge", 0) != event_id("root", "judge", 1)
    True
    """
    return digest(parent, role, index)


def usable(events: Iterable[Event], *roles: str) -> list[Event]:
    """The turns of some roles that have an answer, in order.

    >>> usable([], "judge")
    []
    """
    return [event for event in events if event.role in roles and event.invalid is None]
