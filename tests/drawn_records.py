"""Strategies for records of every kind, as scenarios could draw them, and entries of a small run."""

from __future__ import annotations

import asyncio
from functools import cache

from hypothesis import strategies as st

from maieutic import Dialogue, Judged, Message, Pair, Stepwise, Tool, ToolCall
from maieutic.exports import Entry, Origin, Tally, entries_of
from maieutic.scenarios import assemble, catalogue

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
SAID = TEXT.filter(str.strip)
NAME = st.text("abcdef0123456789", min_size=1, max_size=12)
SCALAR = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | TEXT
META = st.dictionaries(
    NAME, SCALAR | st.lists(SCALAR, max_size=2) | st.dictionaries(NAME, SCALAR, max_size=2), max_size=3
)
TOOL = st.builds(
    Tool,
    name=NAME,
    description=TEXT,
    parameters=st.fixed_dictionaries(
        {
            "type": st.just("object"),
            "properties": st.dictionaries(NAME, st.just({"type": "string"}), max_size=2),
        }
    ),
)


@st.composite
def exchanges(draw, trained=True, calls=True):
    """What an assistant says to a user, perhaps after calling tools."""
    said = [Message(role="user", content=draw(SAID))]
    if calls and draw(st.booleans()):
        ids = draw(st.lists(NAME, min_size=1, max_size=2, unique=True))
        made = tuple(
            ToolCall(id=one, name=draw(NAME), arguments=draw(st.dictionaries(NAME, SCALAR, max_size=2)))
            for one in ids
        )
        content = draw(st.just("") | SAID)
        said.append(
            Message(role="assistant", content=content, calls=made, train=draw(st.booleans()) and trained)
        )
        said += [Message(role="tool", content=draw(TEXT), answers=one) for one in ids]
    said.append(Message(role="assistant", content=draw(SAID), train=draw(st.booleans()) and trained))
    return said


@st.composite
def prompts(draw):
    """A prompt: perhaps a system message and earlier exchanges, then a question."""
    said = [Message(role="system", content=draw(SAID))] if draw(st.booleans()) else []
    for exchange in draw(st.lists(exchanges(trained=False), max_size=2)):
        said += exchange
    return (*said, Message(role="user", content=draw(SAID)))


def _common(draw, kind):
    return {
        "episode": draw(NAME),
        "task": draw(NAME),
        "purpose": draw(st.sampled_from(["tutor", "judge"])),
        "meta": draw(META),
        "kind": kind,
    }


@st.composite
def dialogues(draw):
    """Alternating, with something to train on, perhaps ending with the user."""
    said = [Message(role="system", content=draw(SAID))] if draw(st.booleans()) else []
    for exchange in draw(st.lists(exchanges(), min_size=1, max_size=3)):
        said += exchange
    said[-1] = said[-1].model_copy(update={"train": True})
    if draw(st.booleans()):
        said.append(Message(role="user", content=draw(SAID)))
    return Dialogue(
        **_common(draw, "dialogue"),
        messages=tuple(said),
        events=tuple(draw(st.lists(NAME, min_size=1, max_size=3))),
        tools=tuple(draw(st.lists(TOOL, max_size=2))),
    )


@st.composite
def pairs(draw):
    """Two texts of which neither begins with the other."""
    chosen, rejected = draw(
        st.tuples(SAID, SAID).filter(
            lambda two: not two[0].startswith(two[1]) and not two[1].startswith(two[0])
        )
    )
    low, high = sorted(draw(st.lists(st.floats(0, 1), min_size=2, max_size=2, unique=True)))
    return Pair(
        **_common(draw, "pair"),
        prompt=draw(prompts()),
        chosen=chosen,
        rejected=rejected,
        chosen_event=draw(NAME),
        rejected_event=draw(NAME),
        chosen_verdict=high,
        rejected_verdict=low,
    )


@st.composite
def judgements(draw):
    """A judged response."""
    return Judged(
        **_common(draw, "judged"),
        prompt=draw(prompts()),
        response=draw(SAID),
        critique=draw(SAID),
        verdict=draw(st.booleans()),
        response_event=draw(NAME),
        critique_event=draw(NAME),
    )


@st.composite
def workings(draw):
    """Labelled steps."""
    steps = draw(st.lists(SAID, min_size=1, max_size=4))
    return Stepwise(
        **_common(draw, "stepwise"),
        prompt=draw(prompts()),
        steps=tuple(steps),
        labels=tuple(draw(st.lists(st.booleans(), min_size=len(steps), max_size=len(steps)))),
        events=tuple(draw(st.lists(NAME, min_size=1, max_size=2))),
    )


@st.composite
def origins(draw):
    """Where a record came from."""
    return Origin(
        scenario=draw(NAME),
        seed=draw(st.integers(0, 2**63 - 1)),
        cast=draw(st.dictionaries(NAME, TEXT, max_size=2)),
        source=draw(TEXT),
        licence=draw(TEXT),
        content=draw(NAME),
        votes=tuple(
            draw(st.lists(st.builds(Tally, event=NAME, said=NAME, count=st.integers(1, 9)), max_size=2))
        ),
    )


RECORDS = {"dialogue": dialogues(), "pair": pairs(), "judged": judgements(), "stepwise": workings()}


def entries(kind):
    """Entries of a kind."""
    return st.builds(Entry, record=RECORDS[kind], origin=origins())


@cache
def drawn(name, count=6):
    """The entries of the first episodes of a built-in scenario."""
    company = assemble(catalogue.load(name))
    episodes = [
        asyncio.run(company.play(company.scenario.world.generate(4, place), place)) for place in range(count)
    ]
    return [
        entry
        for episode in episodes
        for entry in entries_of(company.scenario.records(episode), episode, company.scenario.roles)
    ]
