"""Beside: what is found out about a student's words before a tutor judges them: passages of a textbook, a computation.

Knows nothing of how a tutor uses it. Both are asked of seats that programs take; what they gave is held against the
world's textbook and against the right answers of the parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

from maieutic import Episode, usable
from maieutic.graphs import Offer, State
from maieutic.roles.computation import COMPUTE, WANTED
from maieutic.roles.retrieval import SEARCH, picked
from maieutic.scenarios.coded.composed import topic_of, true_parts
from maieutic.scenarios.coded.reading import questions
from maieutic.scenarios.coded.talk import Exchange
from maieutic.scenarios.scenario import Decision
from maieutic.worlds.word_problems import answers
from maieutic.worlds.word_problems.textbook import textbook


def _textbook(fields: Mapping[str, JsonValue]) -> list[str]:
    """The passages that a task brings, else those of the world."""
    own = fields.get("passages")
    return [str(one) for one in own] if isinstance(own, list) else list(textbook().values())


def beside(state: State, head: str, number: int) -> dict[str, JsonValue]:
    """What was found out about the student's words before they are judged."""
    events, told = state["events"], dict[str, JsonValue]()
    for one in usable(events, SEARCH.name):
        if one.parent == head:
            told["passages"] = [*picked(one.answer, _textbook(state.get("fields", {})), number)]
    for one in usable(events, COMPUTE.name):
        wanted = next(event for event in events if event.id == one.parent)
        if wanted.parent == head and one.answer["value"] is not None:
            made = {"calculation": wanted.answer["calculation"], "result": one.answer["value"]}
            told["computation"] = made
    return told


def searching(state: State, number: int) -> Sequence[Offer]:
    """A search for what the part and the student's words are about, for so many passages."""
    head, asked = str(state["notes"]["head"]), questions(state["events"][0])
    heard = next(str(one.answer["text"]) for one in state["events"] if one.id == head)
    told: dict[str, JsonValue] = {
        "query": f"{asked[int(state['notes'].get('index', 0))]} {heard}",
        "textbook": [*_textbook(state.get("fields", {}))],
        "number": number,
    }
    return [Offer(head, told)]


def computing(state: State) -> Sequence[Offer]:
    """The computation that was asked for, to be done."""
    head = str(state["notes"]["head"])
    asked = [one for one in usable(state["events"], WANTED.name) if one.parent == head]
    return [
        Offer(one.id, {"calculation": one.answer["calculation"]})
        for one in asked
        if one.answer["needed"] and one.answer["calculation"]
    ]


def retrieved(episode: Episode) -> Iterable[Decision]:
    """Which passages were found, beside which is the right one, where that is known."""
    fields = episode.task.fields
    book = _textbook(fields)
    right = episode.task.truth.get("passage") if "passages" in fields else None
    if "passages" not in fields and topic_of(episode) in textbook():
        right = list(textbook()).index(topic_of(episode))
    if not isinstance(right, int) or not 0 <= right < len(book):
        return
    number = int(str(episode.parameters.get("passages", 0)))
    for event in usable(episode.events, SEARCH.name):
        found = picked(event.answer, book, number)
        for text in found:
            yield Decision(kind="passage", said=True, true=text == book[right], event=event.id)
        if book[right] not in found:
            yield Decision(kind="passage", said=False, true=True, event=event.id)


def reckoned(episode: Episode, talk: Sequence[Exchange]) -> Iterable[Decision]:
    """Which computations were asked for and what they gave, beside what was due and what is right."""
    parts, heard = true_parts(episode), {one.heard: one for one in talk}
    results = {one.parent: one for one in usable(episode.events, COMPUTE.name)}
    for wanted in usable(episode.events, WANTED.name):
        about = heard.get(wanted.parent)
        if about is None or about.worth is None:
            continue
        yield Decision(
            kind="computation",
            said=bool(wanted.answer["needed"]),
            true=about.worth.code in ("a", "b"),
            event=wanted.id,
        )
        made = results.get(wanted.id)
        if made is not None and about.index < len(parts):
            result = made.answer["value"]
            right = result is not None and answers.equal(str(result), parts[about.index].answer)
            yield Decision(kind="computed", said=result is not None, true=right, event=made.id)
