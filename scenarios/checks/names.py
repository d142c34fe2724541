"""Names: whether every name in an expression stands for something that is there, early enough, and may be used.

Knows nothing of YAML; it says what is wrong with an expression, and its caller where that stands.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from maieutic import InputError
from maieutic.roles import Role, private_fields
from maieutic.scenarios.checks.kinds import Kind, Names, comparison_fault, kind
from maieutic.scenarios.written.expression import (
    TURN,
    Call,
    Compare,
    Expression,
    Join,
    Literal,
    Not,
    Ref,
    parse,
    walk,
)
from maieutic.scenarios.written.scope import PLAIN, over_which

Fault = tuple[str, str]  # what, remedy
_NODES = {"count", "visits", "first", "latest", "best", "worst"}  # functions whose first argument is a node
_OVER = {"share", "mean", "min", "max", "all", "any", "list"}  # functions that go over the turns of a node
_ASKING = {"share", "all", "any"}  # of them, those that ask whether something holds


@dataclass(frozen=True)
class Place:
    """Where an expression stands, and what may be used there.

    Attributes:
        roles: node -> the role that it asks, None where that is unknown.
        given: nodes that have been visited before; None where all have (after the end).
        fields: of the tasks; None where they are not known.
        parameters: name -> kind.
        wanted: what it must give: `boolean`, `number`, `turn` or `any`.
        shown: the role that is shown the value, if one is.
        ended: whether the episode is over, so that `stop` and the truth can be named.
        words: further names that stand for a turn here, such as `each`, `turn`, `parent`.
        view: the fields that a program sees; then nothing else can be named.
        ranges: least and greatest value of `count(...)`, for each node.
    """

    roles: Mapping[str, Role | None]
    given: frozenset[str] | None = None
    fields: frozenset[str] | None = None
    parameters: Mapping[str, Kind] = field(default_factory=dict)
    wanted: str = "any"
    shown: Role | None = None
    ended: bool = False
    words: frozenset[str] = frozenset()
    view: Mapping[str, Kind] | None = None
    ranges: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def near(name: str, known: Iterable[str]) -> str:
    """A hint at the nearest of the known names."""
    listed = list(known)
    found = difflib.get_close_matches(name, listed, n=1)
    return f"did you mean {found[0]!r}?" if found else f"known: {', '.join(listed) or 'none'}"


def faults(text: Any, place: Place) -> Iterator[Fault]:
    """All that is wrong with one expression."""
    if not isinstance(text, str):
        return
    try:
        tree = parse(text)
    except InputError as error:
        yield error.problem, error.remedy or "mend it"
        return
    found = list(_all(tree, place, text))
    yield from found
    if found:
        return
    names = _names(place)
    given = kind(tree, names)
    if place.wanted == "boolean" and given.name not in ("boolean", "any"):
        yield f"{text!r} is no condition: it gives {given}", "compare it with something, such as == 'yes'"
    if place.wanted == "number" and given.name not in ("number", "boolean", "any"):
        yield f"{text!r} gives {given}, a number is wanted", "count something, or compare it"
    if place.wanted == "turn" and given.name not in ("turn", "any"):
        yield (
            f"{text!r} gives {given}, a turn is wanted",
            "name a node, first(NODE), latest(A, B) or best(NODE, BY)",
        )
    if place.wanted == "value" and given.name == "turn":
        yield f"{text!r} is a turn, not one of its fields", "name a field, such as NODE.text"


def _names(place: Place) -> Names:
    answers = {node: None if role is None else role.answer for node, role in place.roles.items()}
    answers |= dict.fromkeys(place.words)
    return Names(answers, place.view or {})


def _all(tree: Expression, place: Place, text: str) -> Iterator[Fault]:
    nodes = set()
    for one in walk(tree):
        match one:
            case Call():
                yield from _call(one, place)
                if one.function in _ASKING:
                    yield from _condition(one.arguments[0], place, text)
                if one.function in _NODES:
                    nodes |= {id(argument) for argument in one.arguments if isinstance(argument, Ref)}
            case Ref():
                yield from _name(one, place, bare=id(one) in nodes)
            case Not() | Join():
                parts = (one.one,) if isinstance(one, Not) else one.parts
                yield from (fault for part in parts for fault in _condition(part, place, text))
            case Compare():
                fault = comparison_fault(one, _names(place)) or _never(one, place)
                if fault is not None:
                    yield f"{text!r} {fault}", "compare what can differ"


def _condition(part: Expression, place: Place, text: str) -> Iterator[Fault]:
    """What stands where only true or false makes sense, and is neither."""
    given = kind(part, _names(place))
    if given.name not in ("boolean", "any"):
        yield (
            f"{text!r} takes for true or false what is {given}",
            "compare it with something, such as == 'yes'",
        )


def _call(call: Call, place: Place) -> Iterator[Fault]:
    first = call.arguments[0]
    if place.view is not None and (call.function in _NODES or call.function in _OVER):
        yield (
            f"{call.function}(...) goes over turns, which a program does not see",
            "use the fields that the role sees",
        )
    elif call.function in _NODES:
        several = call.arguments if call.function == "latest" else (first,)
        for one in several:
            if not isinstance(one, Ref) or one.field is not None:
                yield f"{call.function}(...) wants the name of a node", f"write {call.function}(NODE)"
    elif call.function in _OVER and not over_which(call.arguments[0]):
        yield f"{call.function}(...) names no node to go over", f"write {call.function}(NODE.field ...)"
    if call.field is not None and call.function in TURN:
        for one in call.arguments:
            if isinstance(one, Ref) and one.field is None:
                yield from _name(Ref(one.name, call.field), place, bare=False)
    elif call.field is not None:
        yield f"{call.function}(...) is a value and has no field {call.field!r}", "drop the field"


def _name(ref: Ref, place: Place, *, bare: bool) -> Iterator[Fault]:
    said = ref.name if ref.field is None else f"{ref.name}.{ref.field}"
    if place.view is not None:
        if ref.field is not None or ref.name not in place.view:
            yield f"the role does not see {said!r}", near(ref.name, place.view)
        return
    if ref.name in ("task", "parameters", "truth"):
        yield from _special(ref, place, said)
    elif ref.name in PLAIN:
        if ref.field is not None:
            yield f"{ref.name!r} has no field {ref.field!r}", f"write {ref.name}"
        elif ref.name == "stop" and not place.ended:
            yield (
                "'stop' is not known before the end of the episode",
                "use it in records, measures and decisions",
            )
    elif ref.name not in place.words:
        yield from _turn(ref, place, said, bare=bare)


def _special(ref: Ref, place: Place, said: str) -> Iterator[Fault]:
    if ref.field is None:
        yield f"{ref.name!r} needs a field", f"write {ref.name}.FIELD"
    elif ref.name == "parameters":
        if ref.field not in place.parameters:
            yield f"there is no parameter {ref.field!r}", near(ref.field, place.parameters)
    elif ref.name == "truth":
        if not place.ended:
            who = f"{place.shown.name} would see" if place.shown else "this would follow"
            yield (
                f"{who} the truth, {said}, which nobody in an episode knows",
                "use it in measures and decisions only",
            )
    elif place.fields is not None and ref.field not in place.fields:
        yield f"no task has the field {ref.field!r}", near(ref.field, sorted(place.fields))
    elif place.shown is not None and ref.field in getattr(place.shown, "hidden", ()):
        yield f"{place.shown.name} would see {said}, which is hidden from it", "do not show it"


def _turn(ref: Ref, place: Place, said: str, *, bare: bool) -> Iterator[Fault]:
    if ref.name not in place.roles:
        yield f"{ref.name!r} is no node", near(ref.name, place.roles)
        return
    role = place.roles[ref.name]
    if role is not None and ref.field is not None:
        known = role.answer.model_fields
        if ref.field not in known:
            yield f"{role.name} answers no field {ref.field!r}", near(ref.field, known)
        elif place.shown is not None and ref.field in private_fields(role.answer):
            yield (
                f"{place.shown.name} would see {said}, which is private to {role.name}",
                "show a field that is not",
            )
    if place.given is not None and ref.name not in place.given and not bare:
        yield f"{said!r} is asked for before {ref.name!r} can have been visited", "ask an earlier node"


def _never(tree: Compare, place: Place) -> str | None:
    """Why a comparison with a number cannot hold, by the range of what is compared."""
    if not isinstance(tree.right, Literal) or isinstance(tree.right.value, bool):
        return None
    limit = tree.right.value
    span = _range(tree.left, place)
    if span is None or not isinstance(limit, int | float):
        return None
    least, most = span
    tests: dict[str, Callable[[], bool]] = {
        ">": lambda: most <= limit,
        ">=": lambda: most < limit,
        "<": lambda: least >= limit,
        "<=": lambda: least > limit,
        "==": lambda: not least <= limit <= most,
    }
    if tree.sign in tests and tests[tree.sign]():
        return f"can never hold: it is from {least:g} to {most:g}"
    return None


def _range(tree: Expression, place: Place) -> tuple[float, float] | None:
    match tree:
        case Call("share"):
            return 0.0, 1.0
        case Call("count", (Ref(name, None),)) if name in place.ranges:
            return place.ranges[name]
        case Ref(name, str(part)) if (
            role := place.roles.get(name)
        ) is not None and part in role.answer.model_fields:
            found: dict[str, float] = {}
            for rule in role.answer.model_fields[part].metadata:
                found |= {key: float(getattr(rule, key)) for key in ("ge", "le") if hasattr(rule, key)}
            return (found["ge"], found["le"]) if len(found) == 2 else None
    return None
