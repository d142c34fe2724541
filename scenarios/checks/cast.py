"""Cast: who sits where in a written scenario, and whether they can play.

Knows nothing of the graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from maieutic import MaieuticError
from maieutic.agents import Scripted
from maieutic.agents.casting import engaged
from maieutic.roles import Role
from maieutic.scenarios.checks.finding import finding_of
from maieutic.scenarios.checks.kinds import Kind, field_kind
from maieutic.scenarios.checks.names import Place, faults, near
from maieutic.scenarios.checks.players import free_text, unplayable
from maieutic.scenarios.written.build import player_of
from maieutic.scenarios.written.form import CastForm, RuleForm
from maieutic.scenarios.written.lines import Place as At

if TYPE_CHECKING:
    from maieutic.scenarios.checks.written import Draft

Fault = tuple[At, str, str]


def cast_faults(draft: Draft) -> Iterator[Fault]:
    """All that is wrong with the cast."""
    form = draft.form
    seats = {name.partition(".")[0]: name for name in reversed(form.roles)}
    for seat, name in seats.items():
        if seat not in form.cast and any(node.ask == name for node in form.nodes.values()):
            yield ("roles", name), f"nobody takes the seat {seat!r} by default", f"add {seat} to `cast`"
    for number, pair in enumerate(form.strangers):
        for seat in pair:
            if seat not in seats:
                yield ("strangers", number), f"no role has the seat {seat!r}", near(seat, seats)
    for seat, who in form.cast.items():
        at: At = ("cast", seat)
        if seat not in seats:
            yield at, f"no role has the seat {seat!r}", near(seat, seats)
            continue
        if any(name.partition(".")[0] == seat and name not in draft.roles for name in form.roles):
            continue  # a role of the seat cannot be built, which is said elsewhere
        mine = {name: role for name, role in draft.roles.items() if role.seat == seat}
        if isinstance(who, CastForm):
            if (who.script is None) == (who.program is None):
                yield at, "is neither a script nor a program", "write script: or program:, or one line"
                continue
            if who.program is not None:
                yield from _program(at, who.program, mine)
                continue
        try:
            player = engaged({}, {seat: player_of(seat, who, mine, draft.folder)})[seat]
        except MaieuticError as error:
            said = finding_of(error, "", None)
            yield at, said.what, said.remedy
            continue
        for what, cure in unplayable(player, mine.values()):
            yield (
                _line_of(at, player, what, isinstance(who, CastForm) and isinstance(who.script, list)),
                what,
                cure,
            )


def _line_of(at: At, player: Any, what: str, plain: bool) -> At:
    """The place of the line of a script that is at fault."""
    words = what.split()
    if isinstance(player, Scripted) and words[:1] == ["line"]:
        role = what.partition(" for ")[2].partition(" ")[0]
        return (*at, "script", *([] if plain else [role]), int(words[1]) - 1)
    return at


def _program(at: At, program: Mapping[str, Mapping[str, Any]], roles: Mapping[str, Role]) -> Iterator[Fault]:
    for name, role in roles.items():
        if name not in program:
            words = free_text(role.answer)
            asked = f"free text ({', '.join(words)})" if words else "an answer"
            yield (
                at,
                f"{name} asks a program that has no rules for it for {asked}",
                "add them, or cast a model",
            )
    for name, fields in program.items():
        here: At = (*at, "program", name)
        if name not in roles:
            yield here, f"{name!r} is no role of this seat", near(name, roles)
            continue
        answer = roles[name].answer
        for field, known in answer.model_fields.items():
            if field not in fields and known.is_required():
                text = field in free_text(answer)
                what = (
                    f"a program is asked for free text: {name} answers {field!r}"
                    if text
                    else f"says nothing of {field!r}"
                )
                yield (
                    here,
                    what,
                    f"add {field}:, or cast a model" if not text else "cast a model, a person or a script",
                )
        for field, said in fields.items():
            kind = field_kind(answer, field)
            if kind is None:
                yield (*here, field), f"{name} answers no field {field!r}", near(field, answer.model_fields)
                continue
            yield from _rule((*here, field), said, kind, roles[name])


def _rule(at: At, said: str | list[RuleForm], kind: Kind, role: Role) -> Iterator[Fault]:
    view = Place(roles={}, view=dict.fromkeys(role.sees, Kind("any")))
    if isinstance(said, str):
        wanted = kind.name if kind.name in ("boolean", "number") else "any"
        place = Place(roles={}, view=view.view, wanted=wanted)
        yield from ((at, what, cure) for what, cure in faults(said, place))
        return
    for number, rule in enumerate(said):
        here: At = (*at, number)
        if kind.choices and rule.say not in kind.choices:
            yield here, f"{rule.say!r} is none of {', '.join(map(str, kind.choices))}", "say one of them"
        if rule.condition is not None:
            place = Place(roles={}, view=view.view, wanted="boolean")
            yield from ((here, what, cure) for what, cure in faults(rule.condition, place))
    if said and said[-1].condition is not None:
        yield at, "says nothing when none of its conditions holds", "add a last rule without a condition"
