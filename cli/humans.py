"""Waiting and answer on the command line: people take their turns in a run.

Knows nothing but how to show, to prompt and to call `maieutic.runs`. An answer is on disk when its line is acknowledged;
fields of one that is interrupted are put aside and offered again.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from maieutic import InputError
from maieutic.cli.arguments import AsJson, pairs
from maieutic.cli.asking import HELP, Quit, Skip, ask, fields_of, question_view
from maieutic.cli.command import kept
from maieutic.cli.progress import carry_out, exit_code, ledger_line
from maieutic.runs import OpenTurn, waiting
from maieutic.runs.humans import checked, find, role_of, typed
from maieutic.runs.inbox import Inbox
from maieutic.runs.status import in_use

Run = Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")]


def list_waiting(
    folder: Run,
    n: Annotated[int, typer.Option("--n", "-n", min=1, help="Show so many at most.")] = 10,
    as_json: AsJson = False,
) -> None:
    """List the turns that wait for people: what the role sees, and what its answer has."""
    found = waiting(folder)
    if as_json:
        print(json.dumps([_facts(one) for one in found], ensure_ascii=False))
        return
    console = Console(highlight=False)
    for one in found[:n]:
        console.print(question_view(one), markup=False)
    told = "turn waits" if len(found) == 1 else "turns wait"
    more = f", {n} shown; --n shows more" if len(found) > n else ""
    print(f"{len(found)} {told}{more}" + (f"; answer: maieutic answer {folder}" if found else ""))


def _facts(one: OpenTurn) -> dict[str, Any]:
    question = one.question
    return {
        "turn": question.turn,
        "place": one.place,
        "episode": one.episode,
        "role": question.role,
        "sees": question.view,
        "fields": fields_of(question.form),
        "form": question.form,
    }


def answer_turn(
    folder: Run,
    turn: Annotated[
        str | None, typer.Argument(help="Beginning of the turn's id [one after another].")
    ] = None,
    text: Annotated[str | None, typer.Option("--text", help="The answer's field `text`.")] = None,
    field: Annotated[
        list[str] | None, typer.Option("--field", "-f", metavar="NAME=VALUE", help="A field of the answer.")
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "--json", metavar="FILE", help="The answer as a JSON object; - reads it from standard input."
        ),
    ] = None,
    go_on: Annotated[
        bool, typer.Option("--go-on", help="Then go on with the run, as its command would.")
    ] = False,
) -> None:
    """Answer a turn that waits, or one after another at a prompt."""
    given = pairs(field, "--field") | ({} if text is None else {"text": text})
    if turn is None:
        if given or file is not None:
            raise InputError("an answer needs its turn", remedy=f"`maieutic waiting {folder}` lists them")
        _one_after_another(folder, go_on=go_on)
        return
    one = find(folder, turn)
    role = role_of(folder, one.question)
    if given or file is not None:
        said = {} if file is None else _object(file)
        said |= {name: typed(role.answer, name, value) for name, value in given.items()}
        Inbox(folder).answer(one.question, checked(role, said))
        print(f"answered {one.question.turn[:12]} ({role.name}, episode {one.place})")
    else:
        try:
            _at_prompt(folder, one, Console(highlight=False))
        except (Skip, Quit):
            return
    if go_on:
        _go_on(folder, last=True)


def _object(file: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        found = json.loads(text)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=file) from None
    except UnicodeDecodeError:
        raise InputError("not UTF-8", file=file) from None
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg}", file=file, line=error.lineno) from None
    if not isinstance(found, dict):
        raise InputError(f"expected a JSON object, got {type(found).__name__}", file=file)
    return found


def _one_after_another(folder: Path, *, go_on: bool) -> None:
    console, passed, count = Console(highlight=False), set[str](), 0
    queue = deque(waiting(folder))
    if queue:
        console.print(HELP, style="dim", markup=False)
    try:
        while queue:
            one = queue.popleft()
            try:
                count += _at_prompt(folder, one, console)
            except Skip:
                passed.add(one.question.turn)
                continue
            if go_on and not any(other.place == one.place for other in queue):
                _go_on(folder, last=False)
                queue = deque(new for new in waiting(folder) if new.question.turn not in passed)
    except Quit:
        pass
    except KeyboardInterrupt:
        print(file=sys.stderr)
        _tally(folder, count)
        raise
    _tally(folder, count)
    if go_on:
        _go_on(folder, last=True)


def _tally(folder: Path, count: int) -> None:
    left = Inbox(folder).count()
    goes = f"; `maieutic answer {folder}` goes on" if left else ""
    print(f"{count} answered, {left} waiting{goes}", file=sys.stderr)


def _at_prompt(folder: Path, one: OpenTurn, console: Console) -> bool:
    """Ask for one answer and keep it; what was filled in is put aside when the person goes away in the middle."""
    inbox, turn = Inbox(folder), one.question.turn
    role = role_of(folder, one.question)
    console.print(question_view(one, fields=False), markup=False)
    draft = inbox.draft(turn)
    try:
        said = ask(role, draft, console)
    except (Skip, Quit, KeyboardInterrupt):
        inbox.put_aside(turn, draft)
        raise
    inbox.answer(one.question, said)
    console.print("kept", style="dim")
    return True


def _go_on(folder: Path, *, last: bool) -> None:
    """Go on with the run, unless a process is at it, which picks the answers up by itself."""
    if in_use(folder):
        if last:
            print("the run is running, and picks the answers up", file=sys.stderr)
        return
    company, _, ledger = carry_out(kept(folder), folder)
    if last:
        print(ledger_line(company.scenario.name, ledger))
        if code := exit_code(ledger):
            raise typer.Exit(code)
