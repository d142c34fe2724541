"""Reviews: a person's decisions about pairs are kept in the journal, and an export honours them."""

import asyncio
import json
import sqlite3
import threading

import pytest
from typer.testing import CliRunner

from maieutic import InputError, Pair
from maieutic.cli.app import app
from maieutic.runs import Journal, Source, checked_records, run
from maieutic.runs.reviews import Review, keep, review_of, reviewed, reviews
from maieutic.scenarios import assemble, catalogue


@pytest.fixture(scope="module")
def company():
    return assemble(catalogue.load("spar"))


@pytest.fixture
def folder(company, tmp_path):
    asyncio.run(run(company, Source(company.scenario.world), tmp_path / "run", n=6, seed=1))
    return tmp_path / "run"


def pairs(company, folder):
    with Journal(folder) as journal:
        return [
            (place, record)
            for place, episode in journal.episodes()
            for record in checked_records(company, episode)
            if isinstance(record, Pair)
        ]


def exported(folder, form="dpo"):
    done = CliRunner().invoke(app, ["export", str(folder), "--as", form])
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_export_leaves_out_what_was_rejected_and_gives_what_was_edited(company, folder):
    before, found = exported(folder), pairs(company, folder)
    (one, first), (two, second), (three, third) = found[:3]
    keep(folder, one, first, Review(verdict="reject", by="ada"))
    keep(folder, two, second, Review(verdict="edit", chosen="Better words."))
    keep(folder, three, third, Review(verdict="accept"))
    after = exported(folder)
    assert len(after) == len(before) - 1
    assert after[0]["chosen"][0]["content"] == "Better words."
    assert after[0]["rejected"] == before[1]["rejected"]
    assert [row["chosen"] for row in after[1:]] == [row["chosen"] for row in before[2:]]
    meta = [row["meta"].get("review") for row in exported(folder, "jsonl") if row["kind"] == "pair"]
    assert [one and one["verdict"] for one in meta[:2]] == ["edit", "accept"]


def test_the_last_review_counts_and_all_are_kept_as_events(company, folder):
    place, pair = pairs(company, folder)[0]
    events = [
        keep(folder, place, pair, Review(verdict=verdict, by="ada"))
        for verdict in ("reject", "accept", "reject")
    ]
    assert len({event.id for event in events}) == 3
    last = reviews(folder)[place][pair.chosen_event, pair.rejected_event]
    assert last == events[-1]
    assert (last.role, last.agent, last.parent) == ("reviewer.pair", "human:ada", pair.chosen_event)
    assert review_of(last) == Review(verdict="reject", by="ada")
    keep(folder, place, pair, Review(verdict="accept"))
    assert reviewed([pair], reviews(folder)[place])[0].chosen == pair.chosen


@pytest.mark.parametrize("change", [{}, {"chosen": "  "}, {"rejected": None, "chosen": "same"}])
def test_an_edit_that_cannot_be_used_is_refused_and_nothing_kept(company, folder, change):
    place, pair = pairs(company, folder)[0]
    if change.get("chosen") == "same":
        change = {"chosen": pair.rejected}
    with pytest.raises(InputError):
        keep(folder, place, pair, Review(verdict="edit", **change))
    assert reviews(folder) == {}


def test_reviews_and_a_running_run_write_the_same_journal_without_loss(company, folder):
    place, pair = pairs(company, folder)[0]
    problems = []

    def review():
        try:
            for _ in range(20):
                keep(folder, place, pair, Review(verdict="accept"))
        except Exception as error:  # noqa: BLE001 - looked at below
            problems.append(error)

    person = threading.Thread(target=review)
    person.start()
    ledger = asyncio.run(run(company, Source(company.scenario.world), folder, n=30, seed=1))
    person.join()
    assert not problems
    assert ledger.complete
    with sqlite3.connect(folder / "journal.db") as db:
        assert db.execute("SELECT count(*) FROM reviews").fetchone() == (20,)
    db.close()


def test_a_run_without_reviews_has_none(folder):
    assert reviews(folder) == {}
    assert reviewed([], {}) == []
