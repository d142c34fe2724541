"""Inbox: what people are asked in a run and what they answered, in `humans.db` in the run folder.

Knows nothing of terminals and pages. A question stands there while its episode waits, an answer until its turn is in the
journal. Any process may list and answer, whether the run is running or not; the run picks answers up as they come.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from maieutic import Frozen, RunError, canonical
from maieutic.agents.human import Find, Human, Question
from maieutic.scenarios import Company, Waiting

VERSION = 1  # of the file, in SQLite's user_version
_TABLES = """
CREATE TABLE IF NOT EXISTS questions (
    number INTEGER PRIMARY KEY,  -- order in which they were asked
    turn TEXT NOT NULL UNIQUE,  -- id of the event that the answer will become
    place INTEGER NOT NULL,  -- index of the task in the run
    episode TEXT NOT NULL,
    shown TEXT NOT NULL,  -- digest of what the person is shown
    payload TEXT NOT NULL,  -- the question
    asked INTEGER NOT NULL  -- milliseconds since 1970
) STRICT;
CREATE INDEX IF NOT EXISTS questions_of ON questions (place);
CREATE TABLE IF NOT EXISTS answers (
    turn TEXT NOT NULL,
    shown TEXT NOT NULL,
    payload TEXT NOT NULL,
    given INTEGER NOT NULL,
    PRIMARY KEY (turn, shown)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS drafts (
    turn TEXT PRIMARY KEY,
    payload TEXT NOT NULL  -- fields that a person has filled in, when interrupted
) STRICT, WITHOUT ROWID;
"""
_OPEN = "questions LEFT JOIN answers USING (turn, shown)"


class OpenTurn(Frozen):
    """A turn that waits for a person.

    Attributes:
        place: index of the task in the run.
        episode: id of the episode.
        question: what is asked.
    """

    place: int
    episode: str
    question: Question


@dataclass(frozen=True)
class Inbox:
    """The questions and answers of one run folder. Each call is one transaction of its own, safe beside others'."""

    folder: Path

    @property
    def file(self) -> Path:
        """Where they are kept; missing until somebody has been asked."""
        return self.folder / "humans.db"

    def ask(self, place: int, waiting: Waiting) -> None:
        """Keep what the episode of task `place` waits for, in place of what it waited for before."""
        now = time.time_ns() // 1_000_000
        lines = [
            (one.turn, place, waiting.episode, one.shown, one.model_dump_json(), now)
            for one in waiting.questions
        ]
        with self._open(make=True) as db:
            db.execute("DELETE FROM questions WHERE place = ?", (place,))
            db.executemany(
                "INSERT INTO questions (turn, place, episode, shown, payload, asked) VALUES (?, ?, ?, ?, ?, ?)",
                lines,
            )

    def answer(self, question: Question, answer: Mapping[str, JsonValue]) -> None:
        """Keep an answer that was checked.

        Raises:
            RunError: it has been answered, perhaps by somebody else at the same time.
        """
        row = (question.turn, question.shown, canonical(dict(answer)).decode(), time.time_ns() // 1_000_000)
        with self._open(make=True) as db:
            if db.execute("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?)", row).rowcount == 0:
                raise RunError(
                    f"{self.folder}: turn {question.turn} has been answered; `maieutic fork` says it otherwise"
                )
            db.execute("DELETE FROM drafts WHERE turn = ?", (question.turn,))

    def find(self, question: Question) -> dict[str, JsonValue] | None:
        """The answer to a question, if it has one."""
        rows = self._read(
            "SELECT payload FROM answers WHERE turn = ? AND shown = ?", question.turn, question.shown
        )
        return next((json.loads(payload) for (payload,) in rows), None)

    def answers(self, place: int) -> list[tuple[str, str, dict[str, JsonValue]]]:
        """What people have said in the episode of task `place`: turn, digest of what was shown, answer."""
        rows = self._read(
            "SELECT turn, shown, answers.payload FROM questions JOIN answers USING (turn, shown) WHERE place = ?",
            place,
        )
        return [(turn, shown, json.loads(payload)) for turn, shown, payload in rows]

    def put_aside(self, turn: str, fields: Mapping[str, JsonValue]) -> None:
        """Keep the fields of an answer that is not finished; none, to forget what was kept."""
        with self._open(make=True) as db:
            db.execute("DELETE FROM drafts WHERE turn = ?", (turn,))
            if fields:
                db.execute("INSERT INTO drafts VALUES (?, ?)", (turn, canonical(dict(fields)).decode()))

    def draft(self, turn: str) -> dict[str, JsonValue]:
        """The fields of an answer that were put aside."""
        rows = self._read("SELECT payload FROM drafts WHERE turn = ?", turn)
        return next((json.loads(payload) for (payload,) in rows), {})

    def open(self, turn: str = "", most: int = -1) -> list[OpenTurn]:
        """The turns that wait, in the order of the tasks.

        Args:
            turn: beginning of the id; empty for all.
            most: how many at most; -1 for all.
        """
        rows = self._read(
            f"SELECT place, episode, questions.payload FROM {_OPEN} WHERE answers.payload IS NULL "
            "AND substr(turn, 1, ?) = ? ORDER BY place, number LIMIT ?",
            *(len(turn), turn, most),
        )
        return [
            OpenTurn(place=place, episode=episode, question=Question.model_validate_json(payload))
            for place, episode, payload in rows
        ]

    def count(self) -> int:
        """How many turns wait."""
        rows = self._read(f"SELECT count(*) FROM {_OPEN} WHERE answers.payload IS NULL")
        return next((int(count) for (count,) in rows), 0)

    def places(self, *, answered: bool) -> set[int]:
        """The tasks whose episode waits for an answer still, or those where all that was asked is answered."""
        test = "count(*) = count(answers.payload)"
        rows = self._read(f"SELECT place FROM {_OPEN} GROUP BY place HAVING ({test}) = ?", answered)
        return {int(place) for (place,) in rows}

    def forget(self, place: int) -> None:
        """The episode of task `place` has ended, and the journal has all that was said in it."""
        if self.file.exists():
            with self._open(make=True) as db:
                db.execute(
                    "DELETE FROM answers WHERE turn IN (SELECT turn FROM questions WHERE place = ?)", (place,)
                )
                db.execute(
                    "DELETE FROM drafts WHERE turn IN (SELECT turn FROM questions WHERE place = ?)", (place,)
                )
                db.execute("DELETE FROM questions WHERE place = ?", (place,))

    def _read(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        if self.file.exists():
            with self._open(make=False) as db:
                if db.execute("PRAGMA user_version").fetchone() == (VERSION,):  # else it is just being made
                    yield from db.execute(query, values).fetchall()

    @contextmanager
    def _open(self, *, make: bool) -> Iterator[sqlite3.Connection]:
        try:
            uri = f"{self.file.resolve().as_uri()}?mode={'rwc' if make else 'ro'}"
            with closing(sqlite3.connect(uri, uri=True, timeout=30)) as db, db:
                (version,) = db.execute("PRAGMA user_version").fetchone()
                if version not in (0, VERSION):
                    raise RunError(f"{self.file}: of format {version}, this maieutic reads {VERSION}")
                if make and version == 0:
                    db.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT")
                yield db
        except sqlite3.Error as error:
            raise RunError(
                f"{self.file}: {error}; see that the folder can be written and the disk has space"
            ) from None


def seated(company: Company[Any], inbox: Inbox) -> tuple[Company[Any], bool]:
    """The company with its people looking into `inbox` too for their answers; and whether there are any people."""

    def either(own: Find) -> Find:
        return lambda question: inbox.find(question) if (found := own(question)) is None else found

    people = {
        seat: replace(agent, find=either(agent.find))
        for seat, agent in company.cast.items()
        if isinstance(agent, Human)
    }
    return replace(company, cast={**company.cast, **people}), bool(people)
