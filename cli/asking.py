"""Asking: one open turn on the terminal: what the role sees, and a prompt for each field of its answer.

Knows nothing of runs. Whatever is shown was written by others: control characters are spelled out, no markup is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import JsonValue
from rich.console import Console, Group
from rich.text import Text

from maieutic import InputError, canonical
from maieutic.agents.models.messages import in_words
from maieutic.roles import Role
from maieutic.runs import OpenTurn
from maieutic.runs.humans import checked, typed
from maieutic.traces.text import plain

HELP = 'Enter alone takes the default.  """ begins and ends several lines.  :back :skip :quit'
_ROW = '"""'


class Skip(Exception):
    """This turn later, the next one now."""


class Quit(Exception):
    """No more turns now."""


def question_view(one: OpenTurn, *, fields: bool = True) -> Group:
    """What a person is asked: the episode, the role, what the role sees, and the fields of the answer."""
    question = one.question
    head = Text.assemble(
        (plain(question.role), "bold"),
        (f"  turn {plain(question.turn[:12])}  episode {one.place} ({plain(one.episode[:12])})", "dim"),
    )
    lines = [head]
    for name, value in question.view.items():
        shown = _shown(value)
        between = "" if shown.startswith("\n") else "\n" if "\n" in shown else " "
        lines.append(Text.assemble((f"{plain(name)}:", "bold dim"), between, shown))
    if fields:
        lines.append(Text("answer", "bold dim"))
    for field in fields_of(question.form) if fields else ():
        lines.append(
            Text(f"  {plain(field['name'])} ({_hint(field)}) {plain(field['meaning'])}".rstrip(), "dim")
        )
    return Group(*lines, Text())


def fields_of(form: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields of an answer: name, kind and meaning in words, whether it is required, private, and its default; those
    that are read off a model's probabilities are left out."""
    return [
        {
            "name": name,
            "kind": _kind(name, part, form),
            "meaning": part.get("description", ""),
            "required": name in form.get("required", ()),
            "private": bool(part.get("private")),
            "default": part.get("default"),
        }
        for name, part in form.get("properties", {}).items()
        if not part.keys() & {"chance_of", "chances_of"}
    ]


def _kind(name: str, part: Mapping[str, Any], form: Mapping[str, Any]) -> str:
    """Such as `text, at most 300 characters`; fields of inner objects stand on lines of their own."""
    said = f": {part['description']}" if "description" in part else ""
    first, *inner = in_words({"properties": {name: part}, "$defs": form.get("$defs", {})}).split("\n  ")
    kind = first.removeprefix(f"- `{name}` (").removesuffix(said).removesuffix(")")
    return plain("\n    ".join([kind, *inner]))


def _shown(value: JsonValue) -> str:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list) and all(
        isinstance(one, dict) and {"speaker", "text"} == set(one) for one in value
    ):
        said = [f"  {one['speaker']}: {one['text']}" for one in value if isinstance(one, dict)]
        return "\n" + plain("\n".join(said)) if said else "(nothing yet)"
    return plain(canonical(value).decode())


def ask(
    role: Role,
    draft: dict[str, JsonValue],
    console: Console,
    read: Callable[[str], str] = input,
) -> dict[str, JsonValue]:
    """Ask a person for the fields of an answer, one after another.

    Args:
        role: whose answer it is.
        draft: fields that were given before; changed as more are given, so that an interrupt loses none.
        console: where it is said what is wrong.
        read: gives the line that is typed at a prompt.

    Raises:
        Skip, Quit: the person says so, or there is no more input.
    """
    form = {field["name"]: field for field in fields_of(role.answer.model_json_schema())}
    names = list(form)
    place = 0
    while True:
        if place == len(names):
            try:
                return checked(role, draft)
            except InputError as error:
                _wrong(console, error)
                place = names.index(error.key) if error.key in names else 0
                draft.pop(names[place], None)
        name = names[place]
        if name in draft:
            console.print(Text(f"{name}: {_shown(draft[name])} (as before; :back changes it)", "dim"))
            place += 1
            continue
        if form[name]["meaning"]:
            console.print(Text(plain(form[name]["meaning"]), "dim"))
        text = _line(f"{name} ({_hint(form[name])}): ", read)
        if text == ":back":
            place = max(0, place - 1)
            draft.pop(names[place], None)
        elif text == "" and not form[name]["required"]:
            draft[name] = form[name]["default"]
            place += 1
        else:
            try:
                draft[name] = typed(role.answer, name, text)
                place += 1
            except InputError as error:
                _wrong(console, error)


def _hint(field: Mapping[str, Any]) -> str:
    words = [str(field["kind"])]
    words += ["private"] if field["private"] else []
    if not field["required"]:
        words.append(f"default {_shown(field['default']) or 'nothing'}")
    return ", ".join(words)


def _line(prompt: str, read: Callable[[str], str]) -> str:
    """What is typed for one field; several lines between triple quotes."""
    try:
        text = read(prompt)
        if text.startswith(_ROW):
            lines = [text.removeprefix(_ROW)]
            while not lines[-1].rstrip().endswith(_ROW) or (len(lines) == 1 and text.strip() == _ROW):
                lines.append(read("... "))
            return "\n".join(lines).rstrip().removesuffix(_ROW).strip("\n")
    except EOFError:
        raise Quit from None
    word = text.strip()
    if word == ":skip":
        raise Skip
    if word == ":quit":
        raise Quit
    return word if word == ":back" else text


def _wrong(console: Console, error: InputError) -> None:
    console.print(Text(plain(str(error)), "red"))
