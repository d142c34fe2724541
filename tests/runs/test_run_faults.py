"""Whole runs against a server that misbehaves in every known way: all is done once, or listed with its reason."""

import json
import sys
import urllib.request
from pathlib import Path

import pytest
import whole_runs

from maieutic import faults
from maieutic.agents.models.engines import Engines

for package in ("aiohttp", "json_repair"):
    pytest.importorskip(package, reason="needs pip install 'maieutic[served]'")

sys.path.insert(0, str(Path(__file__).parents[1] / "agents"))
import served_script

SPINE = {"socratic-math": 40, "tree-instruct": 30, "spar": 16, "alpaca-farm": 20}  # tasks of each
OTHERS = 2
FAULTS = {kind: 0.3 / len(served_script.FAULTS) for kind in served_script.FAULTS}


def tally(url):
    return json.loads(urllib.request.urlopen(f"{url}/tally").read())


def runs(url, folder):
    """A run of every scenario in every mode, all seats taken by the model behind `url`."""
    for name, mode in whole_runs.variants():
        engines = Engines(say=lambda text: None)
        spec = f"{url}/v1#scripted?backoff=0.005&start=256&identity=here"
        made, n = whole_runs.company(name, spec, mode, engines), SPINE.get(name, OTHERS)
        place = folder / f"{name}-{mode}"
        yield made, n, *whole_runs.play(made, place, n, concurrency=64, engines=engines)


def test_two_thousand_calls_with_thirty_percent_faults_end_with_every_task_done_once_or_listed(tmp_path):
    records = []
    with served_script.running(faults=FAULTS, delay=0.002, lateness=0.1) as url:
        for made, n, ledger, episodes in runs(url, tmp_path):
            assert ledger.missing == 0
            assert len({episode.id for episode in episodes}) == len(episodes) == n
            assert ledger.done + sum(ledger.dropped.values()) == n
            for episode in episodes:
                assert episode.failure or episode.stop.value not in ledger.dropped, "dropped without a reason"
                drawn = list(made.scenario.records(episode))
                assert [fault for record in drawn for fault in faults(record, episode)] == []
                records += [record.model_dump_json() for record in drawn]
            if made.scenario.name in SPINE:
                turns = whole_runs.asked(made, episodes)
                assert sum(turn.invalid is not None for turn in turns) < 0.05 * len(turns)
        seen = tally(url)
    assert len(records) > 100
    assert len(set(records)) == len(records)
    assert seen["bodies"] >= 2000
    assert set(served_script.FAULTS) <= set(seen["fates"])
    assert 0.25 < 1 - seen["fates"]["good"] / seen["attempts"] < 0.35
    assert max(seen["done"].values()) == 1  # nothing was asked for again that had been answered
