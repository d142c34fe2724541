"""Whatever an installed scenario draws, in each of its modes, goes into the formats, and comes back from those that keep it."""

import asyncio
import json
from collections import defaultdict

import pytest
from whole_runs import small, tasks, variants

from maieutic.exports import Judges, Statistics, Unfit, asked_at_once, entries_of, load, names, provenance
from maieutic.runs.shown import shown
from maieutic.scenarios import assemble, catalogue

AS_THEY_ARE = {"datasets", "jsonl", "parquet"}


@pytest.mark.parametrize(("name", "mode"), list(variants()))
def test_records_go_into_every_format_of_their_kind_and_have_statistics(name, mode):
    scenario = catalogue.load(name)
    company = assemble(scenario, parameters=small(scenario, mode))
    graph = scenario.graph(company.parameters)
    statistics = Statistics(judges=Judges(scenario.roles, asked_at_once(graph)))
    entries = []
    for place, task in enumerate(tasks(company).tasks(8)):
        episode = asyncio.run(company.play(task, place))
        views = asyncio.run(shown(scenario, episode)).turns if statistics.curious else {}
        statistics.look(episode, scenario.decisions(episode), {one: turn.view for one, turn in views.items()})
        entries += statistics.watch(entries_of(scenario.records(episode), episode, scenario.roles))
    json.dumps(statistics.facts(), allow_nan=False)
    usual = getattr(company.scenario.configure({}), "mode", None)
    assert entries or mode != usual  # other modes may only measure
    carried = defaultdict(set)
    for one in names():
        form = load(one)
        for entry in entries:
            if entry.record.kind not in form.kinds:
                continue
            try:
                rows = list(form.rows(entry))
            except Unfit:
                continue
            carried[entry.record.kind].add(one)
            assert rows
            for row in rows:
                assert json.loads(json.dumps(row, allow_nan=False)) == row
                if form.read is not None and entry.record.kind in form.lossless:
                    assert form.read(row, provenance(entry)) == entry.record
    for entry in entries:
        taking = {one for one in names() if entry.record.kind in load(one).kinds}
        assert carried[entry.record.kind] >= taking - {"llama-factory-sft"}, entry.record.kind
        assert taking - AS_THEY_ARE
