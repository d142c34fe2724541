"""Humans: list what people are asked in a run, and answer it; for the command line, a page or a program.

Knows nothing of terminals and pages, and not whether the run is running: it picks answers up as they come, or goes on with
them when it is started again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import JsonValue, TypeAdapter, ValidationError

from maieutic import InputError, RunError, UnknownNameError, canonical
from maieutic.agents.human import Question
from maieutic.roles import Answer, Role
from maieutic.runs.inbox import Inbox, OpenTurn
from maieutic.runs.journal import Journal
from maieutic.runs.run import scenario_of
from maieutic.scenarios import Scenario


def waiting(folder: Path, most: int = -1) -> list[OpenTurn]:
    """The turns of a run that wait for people, in the order of the tasks; also while it is running.

    Raises:
        RunError: no run there.
    """
    with Journal(folder):
        return Inbox(folder).open(most=most)


def answer(
    folder: Path,
    turn: str,
    fields: Mapping[str, JsonValue],
    *,
    scenario: Scenario[Any] | None = None,
) -> OpenTurn:
    """Answer a turn of a run that waits; durable on return. The run picks it up, or goes on with it when started again.

    Args:
        folder: the run folder.
        turn: id of the turn, or its beginning.
        fields: of the answer; those that have defaults may be left out.
        scenario: the run's, where it is not an installed one.

    Raises:
        RunError: no run there, no such turn or several, or it has been answered.
        UnknownNameError, InputError: a field that the answer does not have, lacks, or that has a value it cannot have; nothing
            was kept.
    """
    asked = find(folder, turn)
    role = role_of(folder, asked.question, scenario)
    Inbox(folder).answer(asked.question, checked(role, fields))
    return asked


def find(folder: Path, turn: str) -> OpenTurn:
    """The open turn whose id begins with `turn`.

    Raises:
        RunError: none, or several.
    """
    with Journal(folder):
        found = Inbox(folder).open(turn, most=2)
    if len(found) != 1 or not turn:
        what = "no turn" if not found else "several turns"
        raise RunError(
            f"{folder}: {what} {turn!r} that waits for an answer; `maieutic waiting {folder}` lists them"
        )
    return found[0]


def role_of(folder: Path, question: Question, scenario: Scenario[Any] | None = None) -> Role:
    """The role that a question is put to.

    Raises:
        RunError: the scenario has no such role any more.
    """
    if scenario is None:
        with Journal(folder) as journal:
            scenario = scenario_of(journal)
    for role in scenario.roles:
        if role.name == question.role:
            return role
    raise RunError(f"{folder}: {scenario.name} has no role {question.role!r} (any more)")


def checked(role: Role, fields: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """An answer of `role` with all its fields, defaults filled in.

    Raises:
        UnknownNameError: a field that the answer does not have.
        InputError: a field is missing or has a value that it cannot have.
    """
    for name in fields:
        if name not in role.answer.model_fields:
            raise UnknownNameError(f"field of {role.name}", name, role.answer.model_fields)
    try:
        made = role.answer.model_validate(dict(fields)).model_dump(mode="json")
        canonical(made).decode()  # halves of surrogate pairs and infinities are no JSON
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InputError(
            f"answer of {role.name}: {first['msg']}",
            key=".".join(str(part) for part in first["loc"]) or None,
        ) from None
    except ValueError:
        raise InputError(f"answer of {role.name}: text must be whole characters, numbers finite") from None
    return made


def typed(answer: type[Answer], name: str, text: str) -> JsonValue:
    """What a person means who typed `text` for the field `name` of an answer: words, a number, yes, or JSON.

    Raises:
        UnknownNameError: the answer has no such field.
        InputError: the field cannot have that value.
    """
    info = answer.model_fields.get(name)
    if info is None:
        raise UnknownNameError("field of the answer", name, answer.model_fields)
    form: Any = Annotated[info.annotation, info]  # the type with its bounds
    field = TypeAdapter(form)
    readings: list[Any] = [text]
    try:
        read = json.loads(text)
        readings = [None, text] if read is None else [text, read]
    except ValueError:
        pass
    problem = ""
    for reading in readings:
        try:
            value: JsonValue = field.dump_python(field.validate_python(reading), mode="json")
            return value
        except ValidationError as error:
            problem = problem or str(error.errors(include_url=False, include_input=False)[0]["msg"])
    raise InputError(f"{problem}, got {text!r:.80}", key=name)
