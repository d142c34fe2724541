"""Drawn: whether records, measures and decisions of a written scenario can be drawn from its episodes.

Knows nothing of players.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from maieutic.scenarios.checks.names import Place, faults, near
from maieutic.scenarios.written.form import DialogueForm, JudgedForm, PairForm, StepwiseForm
from maieutic.scenarios.written.lines import Place as At

if TYPE_CHECKING:
    from maieutic.scenarios.checks.written import Draft

Fault = tuple[At, str, str]


def drawn_faults(draft: Draft) -> Iterator[Fault]:
    """All that is wrong with what is drawn."""
    form = draft.form
    for name, text in form.measures.items():
        yield from _expression(draft, ("measures", name), text, "number")
    for kind, one in form.decisions.items():
        at: At = ("decisions", kind)
        if one.of not in form.nodes:
            yield (*at, "of"), f"{one.of!r} is no node", near(one.of, form.nodes)
        words = ("turn", "parent")
        yield from _expression(draft, (*at, "said"), one.said, "boolean", words)
        yield from _expression(draft, (*at, "true"), one.true, "boolean", words)
    for number, record in enumerate(form.records):
        at = ("records", number)
        kinds = {
            key: made for key in ("pair", "dialogue", "judged", "stepwise") if (made := getattr(record, key))
        }
        if len(kinds) != 1:
            yield (
                at,
                f"a record is of one kind, this is of {len(kinds)}",
                "write pair:, dialogue:, judged: or stepwise:",
            )
            continue
        key, made = next(iter(kinds.items()))
        yield from _record(draft, (*at, key), made)


def _record(draft: Draft, at: At, made: Any) -> Iterator[Fault]:
    yield from _expression(draft, (*at, "if"), made.condition, "boolean")
    if not isinstance(made, DialogueForm):
        yield from _expression(draft, (*at, "prompt"), made.prompt, "value", ("turn", "parent"))
    match made:
        case PairForm():
            yield from _pair(draft, at, made)
        case DialogueForm():
            yield from _dialogue(draft, at, made)
        case JudgedForm():
            yield from _node(draft, (*at, "critique"), made.critique, made.text)
            yield from _expression(draft, (*at, "verdict"), made.verdict, "boolean", ("turn", "parent"))
        case StepwiseForm():
            yield from _expression(draft, (*at, "steps"), made.steps, "value")
            yield from _expression(draft, (*at, "labels"), made.labels, "value")


def _pair(draft: Draft, at: At, made: PairForm) -> Iterator[Fault]:
    yield from _expression(draft, (*at, "by"), made.by, "number", ("turn", "parent"))
    if made.between is not None:
        if made.chosen is not None or made.rejected is not None:
            yield at, "has `between` and also `chosen` or `rejected`", "drop one of the two"
        yield from _node(draft, (*at, "between"), made.between, made.text)
        fan = draft.shape.nodes[made.between]["fan"] if made.between in draft.form.nodes else 2
        if fan < 2:
            yield (
                (*at, "between"),
                f"{made.between!r} has one turn a visit: no two to choose between",
                "give it `times: 2`",
            )
        return
    if made.chosen is None or made.rejected is None:
        yield at, "names no two turns", "write between: NODE, or both chosen: and rejected:"
        return
    if made.chosen == made.rejected:
        yield (*at, "rejected"), "is the same turn as the chosen one", "name another"
    for key in ("chosen", "rejected"):
        text = getattr(made, key)
        yield from _expression(draft, (*at, key), text, "turn")
        if text in draft.form.nodes:
            yield from _node(draft, (*at, key), text, made.text)


def _dialogue(draft: Draft, at: At, made: DialogueForm) -> Iterator[Fault]:
    seats = list(dict.fromkeys(name.partition(".")[0] for name in draft.form.roles))
    for key in ("user", "assistant", "train"):
        for seat in getattr(made, key):
            if seat not in seats:
                yield (*at, key), f"no role has the seat {seat!r}", near(seat, seats)
    for seat in made.user:
        if seat in made.assistant:
            yield (*at, "user"), f"{seat!r} speaks both as the user and as the assistant", "drop it from one"
    for key in ("system", "opening"):
        yield from _expression(draft, (*at, key), getattr(made, key), "value")
    start = draft.form.nodes.get(draft.form.start)
    if made.opening is None and start is not None and start.ask.partition(".")[0] in made.assistant:
        yield at, "begins with the assistant, and trainers want a user first", "add opening: task.FIELD"


def _node(draft: Draft, at: At, name: str, text: str) -> Iterator[Fault]:
    if name not in draft.form.nodes:
        yield at, f"{name!r} is no node", near(name, draft.form.nodes)
        return
    role = draft.asked[name]
    if role is not None and text not in role.answer.model_fields:
        yield (
            at,
            f"{role.name} answers no field {text!r}",
            f"write text: FIELD; {near(text, role.answer.model_fields)}",
        )


def _expression(draft: Draft, at: At, text: Any, wanted: str, words: tuple[str, ...] = ()) -> Iterator[Fault]:
    place = Place(
        roles=draft.asked,
        fields=draft.fields,
        parameters=draft.parameters,
        wanted=wanted,
        ended=True,
        words=frozenset(words),
    )
    yield from ((at, what, cure) for what, cure in faults(text, place))
