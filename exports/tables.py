"""Tables: a run, live or over, in one call as a pandas frame, a networkx graph, or a data set of Hugging Face's `datasets`.

Knows nothing of trainers. pandas and datasets come with the extra `data`; a truth is in no table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maieutic import Episode, InputError, Tree, canonical, tree
from maieutic.exports import arrow
from maieutic.exports.catalogue import load
from maieutic.exports.entry import entries_of
from maieutic.exports.format import Row, Unfit
from maieutic.runs import Journal, checked_records, scenario_of
from maieutic.scenarios import assemble

if TYPE_CHECKING:
    import datasets
    import pandas


def frame(run: Path | str, rows: str = "turns") -> pandas.DataFrame:
    """A run as a pandas frame.

    Args:
        run: the run folder.
        rows: `turns`, one row each; `episodes`, one row each, its scores as columns `score.NAME`; or the name of an
            export format, such as `trl-preference`, one row for each that it makes.

    Raises:
        InputError: pandas is not installed, or no such rows.
        RunError: no run there.
    """
    try:
        import pandas
    except ImportError:
        raise InputError("pandas is not installed", remedy="pip install 'maieutic[data]'") from None
    return pandas.DataFrame(list(_rows(Path(run), rows)))


def dataset(run: Path | str, rows: str = "turns") -> datasets.Dataset:
    """A run as a data set; objects of no fixed shape (`answer`, `fields`) are JSON text.

    Args:
        run: the run folder.
        rows: as for `frame`.

    Raises:
        InputError: datasets is not installed, or no such rows.
        RunError: no run there.
    """
    flat = ({name: _flat(value) for name, value in row.items()} for row in _rows(Path(run), rows))
    return arrow.dataset_of(list(flat))


def graph(run: Path | str) -> Tree:
    """A run as one networkx graph: the trees of its episodes side by side.

    The node of an episode has its id for a name and `place`, `task`, `stop` and `scores` as attributes; that of a turn has
    `event`. Edges run from parent to child.

    Raises:
        RunError: no run there.
    """
    whole = Tree()
    with Journal(Path(run)) as journal:
        for place, episode in journal.episodes():
            whole.update(tree(episode.id, episode.events))
            whole.add_node(
                episode.id, place=place, task=episode.task.id, stop=episode.stop.value, scores=episode.scores
            )
    return whole


def _rows(folder: Path, what: str) -> Iterator[Row]:
    with Journal(folder) as journal:
        kinds: dict[str, Callable[[Journal], Iterable[Row]]] = {"turns": _turns, "episodes": _episodes}
        yield from kinds[what](journal) if what in kinds else _formatted(journal, what)


def _episodes(journal: Journal) -> Iterator[Row]:
    for place, one in journal.episodes():
        yield {
            "place": place,
            "episode": one.id,
            "scenario": one.scenario,
            "task": one.task.id,
            "seed": one.seed,
            "stop": one.stop.value,
            "failure": one.failure,
            "turns": len(one.events),
            "invalid": sum(event.invalid is not None for event in one.events),
            **one.usage.model_dump(),
            "fields": dict(one.task.fields),
            **{f"score.{name}": value for name, value in one.scores.items()},
        }


def _turns(journal: Journal) -> Iterator[Row]:
    for place, one in journal.episodes():
        times = journal.times(place)
        for number, event in enumerate(one.events):
            ended, took = times.get(event.id, (None, None))
            yield {
                "place": place,
                "episode": one.id,
                "task": one.task.id,
                "number": number,
                **event.model_dump(
                    mode="json", include={"id", "parent", "role", "index", "seat", "agent", "invalid", "raw"}
                ),
                "text": text if isinstance(text := event.answer.get("text"), str) else None,
                "answer": dict(event.answer),
                "private": dict(event.private),
                **event.usage.model_dump(),
                "ended": ended,
                "took": took,
            }


def _formatted(journal: Journal, name: str) -> Iterator[Row]:
    form, scenario = load(name), scenario_of(journal)
    company = assemble(scenario, parameters=journal.manifest["parameters"])
    for _, episode in journal.episodes():
        for entry in _entries(company, episode):
            if entry.record.kind in form.kinds:
                try:
                    yield from form.rows(entry)
                except Unfit:  # the format cannot carry it; `maieutic export` counts these
                    continue


def _entries(company: Any, episode: Episode) -> Iterable[Any]:
    return entries_of(checked_records(company, episode), episode, company.scenario.roles)


def _flat(value: Any) -> Any:
    return canonical(value).decode() if isinstance(value, dict) else value
