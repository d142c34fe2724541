"""Runs whose players are models, against the scripted server in a process of its own."""

import asyncio
import json
import sqlite3
import sys
import urllib.request
from pathlib import Path

import pytest
import toy

from maieutic.agents.models.budget import Budget, Price
from maieutic.agents.models.cache import Store
from maieutic.agents.models.engines import Engines, Terms
from maieutic.runs import Journal, Source, run
from maieutic.scenarios import assemble

for package in ("aiohttp", "json_repair"):
    pytest.importorskip(package, reason="needs pip install 'maieutic[served]'")

sys.path.insert(0, str(Path(__file__).parents[1] / "agents"))
import served_script

SPEC = "{}/v1#scripted?identity=here&backoff=0.01"


def ran(url, folder, n=10, terms=None, say=None, **options):
    spec = options.pop("spec", SPEC)
    engines = Engines(terms, say=say or (lambda text: None))
    cast = dict.fromkeys(("teacher", "student"), spec.format(url))
    company = assemble(toy.SCENARIO, cast=cast, engines=engines)
    return asyncio.run(run(company, Source(toy.WORLD), folder, n=n, engines=engines, **options))


def kept(folder):
    with Journal(folder) as journal:
        return [(place, episode.to_bytes()) for place, episode in journal.episodes()]


def tally(url):
    return json.loads(urllib.request.urlopen(f"{url}/tally").read())


def test_a_run_of_models_from_specs_is_played_and_its_engines_are_closed(tmp_path):
    with served_script.running() as url:
        ledger = ran(url, tmp_path / "run")
        assert (ledger.missing, ledger.done) == (0, 10)
        again = ran(url, tmp_path / "other")
        assert again.turns_taken == ledger.turns_taken
    assert kept(tmp_path / "run") == kept(tmp_path / "other")


def test_a_reply_that_was_paid_for_is_read_back_and_not_asked_for_again(tmp_path):
    with served_script.running() as url:
        ran(url, tmp_path / "run")
        whole, paid = kept(tmp_path / "run"), tally(url)["attempts"]
        for table in ("episodes", "turns"):  # as if killed before any turn was journalled
            with sqlite3.connect(tmp_path / "run" / "journal.db") as db:
                db.execute(f"DELETE FROM {table}")
        ledger = ran(url, tmp_path / "run")
        assert ledger.turns_taken > 20
        assert tally(url)["attempts"] == paid
    assert kept(tmp_path / "run") == whole


def test_a_bad_parse_never_pays_twice(tmp_path, monkeypatch):
    from maieutic.agents.models import served

    def clumsy(*args, **options):
        raise ZeroDivisionError("our own mistake")

    with served_script.running() as url:
        with monkeypatch.context() as broken:
            broken.setattr(served, "read_reply", clumsy)
            assert ran(url, tmp_path / "run", n=3).dropped == {"failed": 3}
        paid = tally(url)["attempts"]
        assert paid == 3
        ledger = ran(url, tmp_path / "run", n=3)
        assert ledger.done == 3
        seen = tally(url)
        assert seen["attempts"] == seen["bodies"]  # nothing was sent a second time


def test_a_budget_ends_the_run_in_good_order_and_holds_over_sessions(tmp_path):
    with served_script.running() as url:
        small = Terms(budget=Budget(tokens=1200))  # a call takes 120
        ledger = ran(url, tmp_path / "run", terms=small, concurrency=2)
        assert "budget of 1200 tokens is spent" in ledger.stopped
        assert ledger.missing > 0
        paid = tally(url)["attempts"]
        assert 10 <= paid <= 11
        assert ran(url, tmp_path / "run", terms=small, concurrency=2).stopped == ledger.stopped
        assert tally(url)["attempts"] == paid
        dear = Terms(budget=Budget(money=0.001), prices={"scripted": Price(prompt=1, completion=5)})
        assert "money" in ran(url, tmp_path / "dear", terms=dear, concurrency=1).stopped
        assert ran(url, tmp_path / "run").missing == 0


def test_a_cache_serves_another_run(tmp_path):
    with served_script.running() as url:
        terms = Terms(cache=str(tmp_path / "replies.db"))
        ran(url, tmp_path / "a", terms=terms)
        paid = tally(url)["attempts"]
        ran(url, tmp_path / "b", terms=terms)
        assert tally(url)["attempts"] == paid
        ran(url, tmp_path / "c", terms=terms.model_copy(update={"cache_mode": "refresh"}))
        assert tally(url)["attempts"] == 2 * paid
    assert kept(tmp_path / "a") == kept(tmp_path / "b") == kept(tmp_path / "c")


def test_a_cache_holds_no_more_than_it_may(tmp_path):
    with served_script.running() as url:
        for most in (3000, 1 << 20):
            file = tmp_path / f"{most}.db"
            ran(url, tmp_path / f"run-{most}", terms=Terms(cache=str(file), cache_bytes=most))
            store = Store(file)
            assert store.bytes > 0
            assert (store.bytes <= 3000) == (most == 3000)
            store.close()
