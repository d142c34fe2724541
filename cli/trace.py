"""Trace on the command line: the episodes of a run, those looked for, one of them, or what comes in while it runs.

Knows nothing of pages. Whatever a player said is made plain before it reaches the terminal.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from maieutic import Episode, Event, InputError
from maieutic.cli.arguments import AsJson
from maieutic.runs import Journal, scenario_of
from maieutic.runs.news import follow
from maieutic.traces import episode_view
from maieutic.traces.search import Search, pattern, words
from maieutic.traces.text import plain, table

_AROUND = 60  # characters shown on each side of what was found
_BLOCK = 1000  # episodes listed at once: a reader who has seen enough waits for no more of them
_SHOWN = 3  # turns shown of each episode in which something was found


def trace(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")],
    episode: Annotated[str | None, typer.Argument(help="Place (0, 1, ...) or beginning of an id.")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Every turn in full, votes too.")] = False,
    grep: Annotated[
        str | None,
        typer.Option("--grep", "-g", metavar="PATTERN", help="Regular expression in a task or a turn."),
    ] = None,
    scenario: Annotated[str, typer.Option("--scenario", help="Name of the scenario.")] = "",
    stop: Annotated[str, typer.Option("--stop", help="Why the episode ended, such as solved.")] = "",
    role: Annotated[
        str, typer.Option("--role", help="Role or seat that spoke; with --grep, only its turns.")
    ] = "",
    verdict: Annotated[
        str, typer.Option("--verdict", metavar="[FIELD=]WORD", help="What was judged, such as leaks=yes.")
    ] = "",
    invalid: Annotated[bool, typer.Option("--invalid", help="Only with unusable turns.")] = False,
    score: Annotated[
        list[str] | None, typer.Option("--score", metavar="BOUND", help="Such as 'gain>=0.5'.")
    ] = None,
    most: Annotated[
        int | None,
        typer.Option("--n", "-n", min=1, help="Stop after that many episodes.", show_default="all"),
    ] = None,
    following: Annotated[
        bool, typer.Option("--follow", "-f", help="Show turns and episodes as they come, until the run ends.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the episodes of a run, or one of them: a dialogue as a conversation, a tree as a tree."""
    search = Search(
        text=None if grep is None else pattern(grep),
        scenario=scenario,
        stop=stop,
        role=role,
        verdict=verdict,
        invalid=invalid,
        scores=tuple(score or ()),
    )
    if episode is not None and (following or most is not None or search != Search()):
        raise InputError(
            "one episode is shown as it is", key="EPISODE", remedy="leave the episode out to search or follow"
        )
    if following:
        _follow(folder, search, most, as_json)
        return
    with Journal(folder) as journal:
        if episode is not None:
            _one(journal, episode, whole, as_json)
        else:
            _several(journal, search, most, as_json)


def _one(journal: Journal, name: str, whole: bool, as_json: bool) -> None:
    found = journal.find(name)
    if as_json:
        print(found.to_bytes().decode())
        return
    scenario = scenario_of(journal)
    Console().print(episode_view(found, list(scenario.records(found)), whole=whole))


def _several(journal: Journal, search: Search, most: int | None, as_json: bool) -> None:
    found = islice(((place, one) for place, one in journal.episodes() if search.finds(one)), most)
    if as_json:
        for place, one in found:
            print(json.dumps(facts(place, one, search), sort_keys=True))
        return
    console = Console()
    if search.text is not None:
        count = 0
        for place, one in found:
            count += 1
            console.print(_line(place, one))
            hits = [event for event in one.events if search.hits(event)]
            for event in hits[:_SHOWN]:
                console.print(_excerpt(event, search.text))
            if len(hits) > _SHOWN:
                console.print(Text(f"      and {len(hits) - _SHOWN} more turns", "dim"))
        console.print(Text(f"{count} of {journal.ended()} episodes{_cut(count, most)}", "dim"))
        return
    lines = (
        (str(place), one.id[:10], one.task.id, one.stop.value, str(len(one.events))) for place, one in found
    )
    columns, name = ("place", "id", "task", "stopped", "turns"), plain(str(journal.manifest["scenario"]))
    block = list(islice(lines, _BLOCK))
    if len(block) < _BLOCK:
        console.print(table(f"{name}: {len(block)} episodes{_cut(len(block), most)}", columns, block))
        if not block:
            typer.echo("no episode yet" if search == Search() else "no such episode", err=True)
        return
    count, title, headed = 0, name, True
    while block:
        count += len(block)
        listed = table(title, columns, block)
        listed.show_header, title, headed = headed, "", False
        console.print(listed)
        block = list(islice(lines, _BLOCK))
    console.print(Text(f"{count} of {journal.ended()} episodes{_cut(count, most)}", "dim"))


def _cut(count: int, most: int | None) -> str:
    return f"; it stopped after {most} (--n)" if count == most else ""


def facts(place: int, episode: Episode, search: Search) -> dict[str, object]:
    """An episode in a line for machines; with the turns in which words were found, where some were looked for."""
    told: dict[str, object] = {
        "place": place,
        "id": episode.id,
        "task": episode.task.id,
        "stop": episode.stop.value,
        "turns": len(episode.events),
        "scores": episode.scores,
    }
    if search.text is not None:
        told["found"] = [event.id for event in episode.events if search.hits(event)]
    return told


def _follow(folder: Path, search: Search, most: int | None, as_json: bool) -> None:
    console, count, any_news = Console(), 0, False
    quiet = search != Search()  # what is looked for is known when an episode has ended
    for news in follow(folder, turns=not quiet):
        if news is None:
            continue
        any_news = True
        if news.episode is not None:
            if not search.finds(news.episode):
                continue
            line = facts(news.place, news.episode, search)
            text = _line(news.place, news.episode)
            count += 1
        else:
            assert news.event is not None
            line = {"place": news.place, "turn": news.event.model_dump(mode="json")}
            text = _turn(news.place, news.event)
        if as_json:
            print(json.dumps(line, sort_keys=True), flush=True)
        else:
            console.print(text)
        if count == most:
            return
    if not any_news:
        typer.echo(f"nothing new came: nobody plays {folder} any more", err=True)


def _line(place: int, episode: Episode) -> Text:
    return Text.assemble(
        (f"{place:>6}  ", "bold"),
        (episode.stop.value, "bold green" if episode.failure is None else "bold red"),
        f"  {plain(episode.task.id)}  ",
        (f"{len(episode.events)} turns", "dim"),
    )


def _turn(place: int, event: Event) -> Text:
    said = event.invalid or event.answer.get("text")
    shown = said if isinstance(said, str) else "  ".join(f"{k}={v}" for k, v in event.answer.items())
    one_line = " ".join(plain(shown).split())
    return Text.assemble(
        (f"{place:>6}  ", "dim"),
        (f"{plain(event.role)}  ", "bold cyan" if event.invalid is None else "bold red"),
        one_line if len(one_line) <= 160 else f"{one_line[:157]}...",
    )


def _excerpt(event: Event, wanted: re.Pattern[str]) -> Text:
    text = Text.assemble("      ", (f"{plain(event.role)}  ", "cyan"))
    for said in words(event):
        if (hit := wanted.search(said)) is not None:
            before, after = said[: hit.start()], said[hit.end() :]
            for part, style in (
                ("..." * (len(before) > _AROUND) + before[-_AROUND:], ""),
                (hit[0][:200], "bold reverse"),
                (after[:_AROUND] + "..." * (len(after) > _AROUND), ""),
            ):
                text.append(re.sub(r"\s+", " ", plain(part)), style)
            break
    return text
