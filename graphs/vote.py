"""Vote: sample several answers, have them compared or scored, and conclude.

Knows nothing of who votes. Best-of-n, consensus, and pairs in both orders are offers of `compare`; what has to be
settled before anybody compares (a coin, a reference answer) is asked in between.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from maieutic import Event, Stop
from maieutic.graphs.seat import Ask, Graph, Notes, State, add_seat, new_graph, unusable

T = TypeVar("T", bound=Hashable)


def vote(
    *,
    sample: Ask,
    compare: Ask,
    conclude: Callable[[State], tuple[Notes, Stop]],
    between: Ask | Sequence[Ask] | None = None,
) -> Graph:
    """Sampling and comparing as a LangGraph state graph; each happens once, side by side.

    Args:
        sample: the candidates; an unusable one takes no part, and when all are the episode stops as invalid.
        compare: the comparisons, as offers over the candidates; none (a single candidate, or all the same)
            goes straight to the conclusion.
        conclude: reads the comparisons; what to write down, and why it ended.
        between: asked after the candidates are known and before they are compared, several in their order; one may
            offer nothing. When it is asked, is needed and no answer is usable, the episode stops as invalid.

    >>> from maieutic.roles import Answer, Role
    >>> ask = Ask(Role("annotator", (), Answer), lambda state: [])
    >>> sorted(vote(sample=ask, compare=ask, conclude=lambda state: ({}, Stop.SOLVED)).nodes)
    ['compare', 'sample']
    """
    graph = new_graph()

    asks = [between] if isinstance(between, Ask) else list(between or ())
    names = ["between", *(f"between_{place}" for place in range(2, len(asks) + 1))][: len(asks)]
    after = [*names, "compare"]

    def sampled(state: State) -> str | Stop:
        return Stop.INVALID if unusable(state, sample) or not state["events"] else after[0]

    def settled(state: State, ask: Ask, then: str) -> str | Stop:
        return Stop.INVALID if unusable(state, ask) else then

    def compared(state: State, events: Sequence[Event]) -> Notes:
        notes = compare.note(state, events)
        told: State = {**state, "notes": {**state["notes"], **notes}}
        return {**notes, **conclude(told)[0]}

    add_seat(graph, "sample", sample, sampled, after[:1], visits=1)
    for name, ask, then in zip(names, asks, after[1:], strict=True):
        add_seat(graph, name, ask, partial(settled, ask=ask, then=then), [then], visits=1)
    add_seat(
        graph, "compare", replace(compare, note=compared), lambda state: conclude(state)[1], [], visits=1
    )
    graph.set_entry_point("sample")
    return graph


def majority(votes: Iterable[T]) -> T | None:
    """What was voted most often; None where two were, or where nobody voted.

    >>> majority([1, 2, 2]), majority([1, 2]), majority([])
    (2, None, None)
    """
    ranked = Counter(votes).most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


def leave_one_out(votes: Iterable[Sequence[Hashable]]) -> float | None:
    """Agreement of voters: how often one says what most of the others say (AlpacaFarm, 2023).

    Args:
        votes: for each example, what each voter said; examples with fewer than two voters are passed over.

    Returns:
        The mean over all votes, from 0 to 1, where a tie among the others counts half (a fair coin between
        two); None when there is nothing to compare.

    >>> leave_one_out([[1, 1, 1, 2]]), leave_one_out([[1, 2]]), leave_one_out([[1]])
    (0.75, 0.0, None)
    """
    hits: list[float] = []
    for said in votes:
        for place, one in enumerate(said if len(said) > 1 else ()):
            others = majority([*said[:place], *said[place + 1 :]])
            hits.append(0.5 if others is None else float(others == one))
    return sum(hits) / len(hits) if hits else None


def derangement(count: int, chance: random.Random) -> list[int]:
    """A random order of `count` things, at least 2, in which none keeps its place; all such orders are as likely.

    Pairing each thing with what stands in its place never pairs it with itself.

    >>> from maieutic import rng
    >>> derangement(2, rng(0)), sorted(derangement(5, rng(0)))
    ([1, 0], [0, 1, 2, 3, 4])
    """
    if count < 2:
        raise ValueError(f"only 2 or more things can all change places, got {count}")
    while True:  # about one order in e (of two things, one in two) is one, so a few draws do
        order = chance.sample(range(count), count)
        if all(place != thing for place, thing in enumerate(order)):
            return order
