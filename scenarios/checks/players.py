"""Players: whether whoever sits at a seat can give what its roles ask.

Knows nothing of files. What cannot be told without asking is not held against a player.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import BaseModel, ValidationError

from maieutic.agents import Agent, Program, Scripted
from maieutic.roles import Role
from maieutic.scenarios.checks.kinds import kind_of_type


def free_text(answer: type[BaseModel]) -> list[str]:
    """The fields of an answer that want words of one's own."""
    kinds = ((name, kind_of_type(one.annotation)) for name, one in answer.model_fields.items())
    return [name for name, kind in kinds if kind.name == "text" and not kind.choices]


def unplayable(agent: Agent, roles: Iterable[Role]) -> Iterator[tuple[str, str]]:
    """What a player cannot do of what its roles ask, and the remedy."""
    for role in roles:
        if isinstance(agent, Program) and role.name not in agent.functions:
            words = free_text(role.answer)
            asked = f"free text ({', '.join(words)})" if words else "an answer"
            yield (
                f"{role.name} asks {agent.name}, a program without a function for it, for {asked}",
                "cast a model, a simulated person or a script, or give the program a function",
            )
        elif isinstance(agent, Scripted):
            yield from _script(agent, role)
        else:
            plays = getattr(agent, "plays", None)
            if plays is not None and role.name not in plays:
                yield (
                    f"{agent.name} does not play {role.name}",
                    f"it plays {', '.join(sorted(plays))}; cast another",
                )


def _script(agent: Scripted, role: Role) -> Iterator[tuple[str, str]]:
    if not agent.lines.get(role.name):
        yield (
            f"the script of {agent.name} has no line for {role.name}",
            f"it has {', '.join(sorted(agent.lines)) or 'none'}",
        )
        return
    for number, line in enumerate(agent.lines[role.name], start=1):
        if isinstance(line, Exception):
            continue
        try:
            role.answer.model_validate(dict(line))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "answer"
            yield (
                f"line {number} of the script for {role.name} is no answer: {where}: {first['msg']}",
                f"the answer has {', '.join(role.answer.model_fields)}",
            )
