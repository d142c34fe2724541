"""No role sees a field that it does not list, in any pattern, whatever the pattern offers."""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maieutic import Stop, Task
from maieutic.agents import Move
from maieutic.graphs import Ask, Offer, Shape, Stage, State, bound, dialogue, refine, search, vote
from maieutic.roles import Answer, Role

FIELDS = ["question", "solution", "history", "secret", "draft", "target"]
TASK = Task(id="t", world="w", fields=dict.fromkeys(FIELDS, "task"), truth={"answer": 42, "steps": [1]})
EVERYTHING = dict.fromkeys([*FIELDS, "offered"], "pattern")


class Words(Answer):
    text: str = "words"
    yes: bool = False


@dataclass
class Spy:
    """Remembers every turn that it was given."""

    simulated: bool
    turns: list = field(default_factory=list)
    name: str = "spy"
    fingerprint: str = "spy"

    async def act(self, turn):
        self.turns.append(turn)
        return Move(Words(text=f"words {turn.seed % 7}", yes=turn.seed % 5 == 0))


def _all(state):
    head = state["events"][-1].id if state["events"] else None
    return [Offer(head, EVERYTHING, len(state["events"]))]


def _dialogue(one, two, three):
    return dialogue(
        speak={"ask": Ask(one, _all), "tell": Ask(one, _all)},
        listen=Ask(two, _all),
        screen=Ask(three, _all),
        passes=lambda event: event.answer["yes"],
        tries=2,
        assess={"check": Ask(three, _all)},
        prepare=Ask(three, _all),
        decide=lambda state: "ask",
        turns=3,
    )


def _refine(one, two, three):
    return refine(
        draft=Ask(one, _all),
        critique=Ask(two, _all),
        revise=Ask(three, _all),
        decide=lambda s: "revise",
        rounds=3,
    )


def _search(one, two, three):
    return search(
        draft=Ask(one, lambda state: [Offer(None, EVERYTHING, index) for index in range(3)], fan=3),
        judge=two,
        case=lambda state, event: EVERYTHING,
        verdict=lambda event: event.answer["yes"],
        expand=three,
        brief=lambda state, event, critique: EVERYTHING,
        text=lambda event: event.id,
        shape=Shape(votes=3, depth=2),
    )


def _vote(one, two, three):
    return vote(
        sample=Ask(one, lambda state: [Offer(None, EVERYTHING, index) for index in range(3)], fan=3),
        compare=Ask(two, lambda state: [Offer(event.id, EVERYTHING) for event in state["events"][:3]], fan=3),
        conclude=lambda state: ({}, Stop.SOLVED),
    )


seen = st.lists(st.sampled_from([*FIELDS, "offered", "steps", "answer"]), unique=True)


@pytest.mark.parametrize("pattern", [_dialogue, _refine, _search, _vote], ids=lambda one: one.__name__)
@pytest.mark.parametrize("simulated", [False, True])
@given(sees=st.tuples(seen, seen, seen), knows=seen, seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_no_role_sees_a_field_that_it_does_not_list(pattern, simulated, sees, knows, seed):
    roles = [Role(f"r{place}.x", tuple(listed), Words, tuple(knows)) for place, listed in enumerate(sees)]
    spies = {role.seat: Spy(simulated) for role in roles}
    graph = pattern(*roles)
    stage = Stage("episode", seed, TASK, spies)
    start = State(events=[], notes={}, stop=None)
    asyncio.run(graph.compile().ainvoke(start, {"recursion_limit": bound(graph)}, context=stage))
    assert spies["r0"].turns
    for role in roles:
        for turn in spies[role.seat].turns:
            assert turn.role == role
            assert set(turn.view) == set(role.sees) & EVERYTHING.keys()
            if simulated:
                assert set(turn.truth) == set(role.knows) & TASK.truth.keys()
            else:
                assert turn.truth is None
