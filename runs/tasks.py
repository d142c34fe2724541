"""Tasks of a run: from a file of records, or from a world's endless stream.

Knows nothing of episodes. Files are read as streams, twice: once to find every fault before the first turn,
once to play. What a record means is its world's affair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path

from maieutic import InputError, Task, UnknownNameError, digest, doors
from maieutic.runs.records import exists, records, renamed, spool, value
from maieutic.scenarios import Tasks
from maieutic.worlds import World, catalogue
from maieutic.worlds.row import Reader, Row

Entry = tuple[int, Callable[[], Task]]  # a place, and the task there, made or read when it is asked for
Generated = tuple[
    str, int, str
]  # name of a world, seed, and a digest of the first tasks that it makes with it


@dataclass(frozen=True)
class Source:
    """Where tasks come from; `str` of it names the source in the run's manifest.

    Attributes:
        world: the world that generates the tasks, or whose readers are tried first.
        file: a file, folder or data set that `maieutic.runs.records` reads, or None for generated tasks.
        join: a second one, whose records are merged into those of the first that share a key.
        seed: of generated tasks.
        needs: fields that the scenario needs; records of no known kind that have them all are taken as they are.
        renamed: field of a task -> key of a record.
        truth: what the world is to know of a task -> key of a record; nobody is shown it.
        label: what the file is called in manifests and tasks, where that is not its path.
    """

    world: World
    file: Path | str | None = None
    join: Path | str | None = None
    seed: int = 0
    needs: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    truth: Mapping[str, str] = field(default_factory=dict)
    label: str | None = None

    def __str__(self) -> str:
        if self.file is None:
            return f"{self.world.name}, seed {self.seed}"
        mapped = [f"{name} from {key}" for name, key in sorted([*self.renamed.items(), *self.truth.items()])]
        return (
            (self.label or f"{self.file}")
            + (f" joined with {self.join}" if self.join else "")
            + (f", {', '.join(mapped)}" if mapped else "")
        )

    def tasks(self, n: int | None = None) -> Iterator[Task]:
        """The first `n` tasks; all of a file when None.

        Raises:
            InputError: a record that cannot be read, an unknown kind of record, or fewer records than `n`.
        """
        if self.file is None:
            if n is None:
                raise InputError("an endless stream of tasks needs a number", remedy="give --n or world:N")
            yield from (self.world.generate(self.seed, index) for index in range(n))
            return
        count = 0
        reader: Reader | None = None
        seen: dict[str, int] = {}
        for row in islice(self._rows(), n):
            count += 1
            if reader is None or not reader.keys <= row.data.keys():
                reader = self._reader(row)
            task = self._told(reader.read(row), row)
            if task.id in seen:
                raise row.error(
                    f"task {task.id!r} stands on line {seen[task.id]} already", remedy="drop one of them"
                )
            seen[task.id] = row.line
            yield task
        if n is not None and count < n:
            raise InputError(
                f"holds {count} records, {n} were asked for", file=str(self.file), remedy=f"give --n {count}"
            )

    @property
    def generated(self) -> Generated | None:
        """What tells whether another process makes the same tasks; None where they come from a file."""
        return None if self.file is not None else generated(self.world, self.seed)

    def entries(self, n: int | None, first: Sequence[int], over: Sequence[int]) -> Iterator[Entry]:
        """The first `n` tasks with their places.

        Args:
            n: number of tasks; all of a file when None.
            first: places of the tasks that come before all others, in this order.
            over: of each task, whether to leave it out.
        """
        early = dict.fromkeys(first)
        if self.file is None:
            fresh = (place for place in range(n or 0) if not over[place] and place not in early)
            for place in chain(early, fresh):
                yield place, partial(self.world.generate, self.seed, place)
            return
        if early:
            found = {place: task for place, task in enumerate(self.tasks(n)) if place in early}
            yield from ((place, partial(_read, found[place])) for place in early)
        for place, task in enumerate(self.tasks(n)):
            if not over[place] and place not in early:
                yield place, partial(_read, task)

    def _rows(self) -> Iterator[Row]:
        assert self.file is not None
        found = records(self.file) if self.join is None else _joined(self.file, self.join)
        return renamed(found, self.renamed)

    def _reader(self, row: Row) -> Reader:
        plain = Reader("plain", frozenset(self.needs), self._plain)
        mapped = bool(self.renamed or self.truth or not self.world.readers)
        # other worlds are loaded only where the scenario's own does not know the record
        others = (reader for name in catalogue.names() for reader in catalogue.load(name).readers)
        own = Reader("maieutic", frozenset({"id", "world", "fields"}), _own)
        for reader in chain(
            [own], self.world.readers, [plain] if mapped else others, [plain] if self.needs else []
        ):
            if reader.keys <= row.data.keys():
                return reader
        raise _unknown(row, self.world, self.needs)

    def _plain(self, row: Row) -> Task:
        name = row.data.get("id", row.data.get("task_id", row.line))
        source = self.label or row.file
        hidden = set(self.truth.values()) - {*self.needs, *self.renamed}
        stated = row.data.get("licence") or row.data.get("license")
        return Task(
            id=f"{Path(source).stem}:{name}",
            world=self.world.name,
            fields={key: one for key, one in row.data.items() if key not in hidden},
            source=source,
            licence=str(stated or "unknown"),
        )

    def _told(self, task: Task, row: Row) -> Task:
        if not self.truth:
            return task
        known = {name: value(row, key) for name, key in self.truth.items()}
        return task.model_copy(update={"truth": {**task.truth, **known}})


def _read(task: Task) -> Task:
    return task


def generated(world: World, seed: int) -> Generated:
    """A world's name, the seed, and a digest of the first tasks that it makes with it."""
    first = [world.generate(seed, index).model_dump(mode="json") for index in range(4)]
    return world.name, seed, digest(first)


def parse_source(
    text: str | None,
    world: World,
    *,
    join: str | None,
    seed: int,
    needs: tuple[str, ...],
    mapped: Mapping[str, str] | None = None,
    brought: Tasks | None = None,
) -> tuple[Source, int | None]:
    """Read where tasks come from; a source, and N where given.

    Args:
        text: `FILE`, `-` (standard input), `FOLDER` or `hf:NAME` (a Hugging Face data set, each with `:SPLIT` or
            `:CONFIG:SPLIT`),
            `WORLD`, `WORLD:N` (a name, `path.py:NAME` or `module:NAME`), `world:N` (the scenario's own), or None for the tasks that the scenario brings.
        world: of the scenario.
        join: a second file.
        seed: of generated tasks.
        needs: fields that the scenario needs.
        mapped: field of a task -> key of a record.
        brought: the tasks that the scenario brings.

    Raises:
        InputError: neither a file nor a world, or a number that is none.
    """
    brought = brought or Tasks()
    label = None
    if text is None and brought.source is not None:
        text, label = brought.source, brought.label
        mapped = {**brought.renamed, **(mapped or {})}
    truth = dict(brought.truth)
    if text is None or text == "world":
        return Source(world, seed=seed, needs=needs), None
    name, colon, number = text.partition(":")
    known = catalogue.names()
    if not exists(text):  # a world in a file or a module has colons of its own
        before, _, last = text.rpartition(":")
        door, mark, count = (before, ":", last) if last.isdecimal() else (text, "", "")
        if doors.is_door(door):
            name, colon, number = door, mark, count
    if name in ("world", *known) or doors.is_door(name):
        if colon and not (number.isdecimal() and int(number) > 0):
            raise InputError(f"expected {name}:N with a whole number N > 0, got {text!r}", key="--tasks")
        return Source(
            world if name in ("world", world.name) else catalogue.load(name), seed=seed, needs=needs
        ), int(number) if colon else None
    file: str | Path = text
    if text == "-":
        file, label = spool()
    elif not exists(text):
        raise InputError(
            "no such file, and no world of that name",
            file=text,
            remedy=f"give a file of records, or one of {', '.join(f'{one}:N' for one in sorted(known))}",
        )
    return Source(world, file, join or None, seed, needs, dict(mapped or {}), truth, label), None


def _unknown(row: Row, world: World, needs: tuple[str, ...]) -> InputError:
    """What to say of a record that no reader takes."""
    if not world.readers:
        lacking = next((key for key in needs if key not in row.data), None)
        return row.error(
            f"missing; the record has {', '.join(sorted(row.data)) or 'no keys'}",
            key=lacking,
            remedy=f"give records with the keys {', '.join(needs)}, or name them: --map {lacking}=KEY",
        )
    nearest = min(world.readers, key=lambda reader: len(reader.keys - row.data.keys()))
    missing = sorted(nearest.keys - row.data.keys())
    return row.error(
        f"missing; the record has {', '.join(sorted(row.data)) or 'no keys'}, nearest known kind is {nearest.name} "
        f"({', '.join(sorted(nearest.keys))})",
        key=missing[0],
        remedy=f"give records of a kind that {world.name} reads ({', '.join(r.name for r in world.readers)})"
        + (f", or with the keys {', '.join(needs)}" if needs else ""),
    )


def _own(row: Row) -> Task:
    try:
        task = Task.model_validate(row.data)
    except ValueError as error:
        raise row.error(
            f"not a task: {str(error).splitlines()[-1].strip()}", remedy="see maieutic.Task"
        ) from None
    if task.world not in catalogue.names():
        raise row.error(str(UnknownNameError("world", task.world, catalogue.names())), key="world")
    return task


def _joined(file: Path | str, other: Path | str) -> Iterator[Row]:
    first, second = next(records(file)), next(records(other))
    shared = [key for key in first.data if key in second.data]
    key = next((key for key in ("key", "id", "task_id") if key in shared), shared[0] if shared else None)
    if key is None:
        raise second.error(
            f"shares no key with {file} ({', '.join(sorted(first.data))})",
            remedy="give a file with a common key",
        )
    by_key: dict[str, Row] = {}
    for row in records(other):
        value = repr(row.data.get(key))
        if key not in row.data:
            raise row.error("missing, but the files are joined by it", key=key)
        if value in by_key:
            raise row.error(
                f"{value:.60} stands on line {by_key[value].line} already", key=key, remedy="drop one of them"
            )
        by_key[value] = row
    for row in records(file):
        partner = by_key.get(repr(row.data.get(key)))
        if partner is None:
            raise row.error(
                f"{row.data.get(key)!r:.60} is not in {other}",
                key=key,
                remedy="join files of the same records",
            )
        yield Row({**partner.data, **row.data}, row.file, row.line)
