"""Chat: a recorded talk of a tutor and a student at the moment of a mistake, and what an expert would say there (Bridge).

Knows nothing of tasks: each world makes its own of it. Wang et al. (2024), Bridging the Novice-Expert Gap via Models of
Decision-Making, NAACL: an expert first names the student's error, then a strategy and an intention, and then replies.
"""

from __future__ import annotations

import re
from typing import Any

from maieutic import Frozen
from maieutic.worlds.row import Row

KEYS = frozenset({"c_h", "c_r_", "e", "z_what", "z_why"})
MISTAKES = ("guess", "careless", "misinterpret", "right-idea", "imprecise")  # errors of the published list
STUDENT = "student"


class Said(Frozen):
    """One message: who says it (`student`, or else a tutor), and what."""

    speaker: str
    text: str


class Chat(Frozen):
    """One record.

    Attributes:
        name: of the record, where it has one.
        topic: of the lesson; blank where it is not told.
        before: what was said up to the student's last words.
        attempt: the student's last words; blank where the tutor spoke last.
        novice: what the tutor of the chat replied; blank where that is not told.
        expert: what the expert would reply.
        after: how the expert imagines that the talk goes on, without the reply.
        error, strategy, intention: the expert's decisions, from the published lists or in words.
    """

    name: str
    topic: str
    before: tuple[Said, ...]
    attempt: str
    novice: str
    expert: str
    after: tuple[Said, ...]
    error: str
    strategy: str
    intention: str

    @property
    def talk(self) -> str:
        """What was said before the attempt, a line for each message, under the topic."""
        lines = [f"Topic: {self.topic}"] if self.topic else []
        return "\n".join([*lines, *(f"{one.speaker.capitalize()}: {one.text}" for one in self.before)])

    @property
    def goal(self) -> tuple[str, str] | None:
        """What the student is to come to, and how that is known: `confirmed` by the tutor, `attempt` where the student made
        no mistake, or `last`, the student's last words; None where the record does not tell."""
        confirmed = [
            one.text
            for one, other in zip(self.after, self.after[1:], strict=False)
            if one.speaker == STUDENT and other.speaker != STUDENT and _confirms(other.text)
        ]
        own = [one.text for one in self.after if one.speaker == STUDENT]
        telling = [text for text in own if not _assents(text)]
        if told := [text for text in confirmed if not _assents(text)]:
            return _bare(told[-1]), "confirmed"
        if self.attempt and self.error not in MISTAKES and not telling:
            return _bare(self.attempt), "attempt"
        if own:
            return _bare((telling or own)[-1]), "last"
        return None


def read_chat(row: Row) -> Chat:
    """A record of Bridge: `c_h` history, `c_r_` the expert's reply, `e` error, `z_what` strategy, `z_why` intention; and
    where there are any `c_r` the novice's reply, `c_revision` how the talk goes on, `lesson_topic` and `c_id`.

    Raises:
        InputError: a key is missing or of the wrong kind, or nothing was said or replied.
    """
    history = _messages(row, "c_h")
    if not history:
        raise row.error("is empty", key="c_h", remedy="give at least one message")
    reply = _messages(row, "c_r_")
    if not reply:
        raise row.error("is empty", key="c_r_", remedy="give the expert's reply")
    novice = _messages(row, "c_r") if row.data.get("c_r") is not None else []
    after = _messages(row, "c_revision") if row.data.get("c_revision") is not None else []
    place = len(history)
    while place and history[place - 1].speaker == STUDENT:
        place -= 1
    error, strategy, intention = (row.get(key, str).strip() for key in ("e", "z_what", "z_why"))
    return Chat(
        name=_maybe(row, "c_id"),
        topic=re.sub(
            r"^[\d.]+[A-Z]?\.", "", _maybe(row, "lesson_topic")
        ).strip(),  # `3.6D.Decomposing Figures`
        before=tuple(history[:place]),
        attempt="\n".join(one.text for one in history[place:]),
        novice="\n".join(one.text for one in novice),
        expert="\n".join(one.text for one in reply),
        after=tuple(after[len(reply) :] if after[: len(reply)] == reply else after),
        error=error,
        strategy=strategy,
        intention=intention,
    )


def _maybe(row: Row, key: str) -> str:
    """The text or whole number under `key`, blank where there is none."""
    value = row.data.get(key)
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _messages(row: Row, key: str) -> list[Said]:
    """The messages under `key`; those without words are left out."""
    found = []
    given: list[Any] = row.get(key, list)
    for place, one in enumerate(given):
        words = (
            isinstance(one, dict) and isinstance(one.get("text"), str) and isinstance(one.get("user"), str)
        )
        if not words:
            raise row.error(
                f"message {place} needs user and text, got {one!r:.60}",
                key=key,
                remedy='write {"user": "student", "text": "..."}',
            )
        if text := " ".join(one["text"].split()):
            speaker = one["user"].strip().lower()
            found.append(Said(speaker=STUDENT if speaker == STUDENT else "tutor", text=text))
    return found


_PRAISE = re.compile(
    r"\b(?:right|correct|great|good|well done|perfect|exactly|yes|yup|awesome|nice|excellent|fantastic|way to go)\b",
    re.IGNORECASE,
)
_DOUBT = re.compile(
    r"\b(?:not|n't|incorrect|wrong|close|almost|but|good (?:try|start|effort))\b|n't\b", re.IGNORECASE
)
_ASSENT = re.compile(
    r"\b(?:o+h*|ok(?:ay)?|yes+|yeah?|ya|yep|yup|no|sure|i see|i get it|alright|thanks?|thank you|bye|hi|right|got it)\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:(?:o+h|ok(?:ay)?|yes|yeah?|so|then|now|well|um+|is it|it is|it's|that is|i think|(?:the |my )?answer(?: is)?|i get|i got)\b"
    r"[\s,:.!]*)+",
    re.IGNORECASE,
)


def _confirms(text: str) -> bool:
    return _PRAISE.search(text) is not None and _DOUBT.search(re.split(r"(?<=[.!?])\s", text)[0]) is None


def _assents(text: str) -> bool:
    """Whether a student's words say nothing but that they were heard: `oh ok`, `yes`."""
    return not re.sub(r"[\s,.!?]+", "", _ASSENT.sub("", text))


def _bare(text: str) -> str:
    """A student's answer without what leads up to it: `Oh, it's 6.2` is 6.2."""
    bare = _LEAD.sub("", text.strip()).strip().rstrip("?!. ")
    return bare or text.strip()
