"""What an export wrote gives back equal records, for every format that carries them whole."""

import json
from contextlib import suppress

import pytest
from drawn_records import drawn, entries
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from maieutic.exports import KINDS, Plan, Unfit, entry_of, export, load, names, parse_split, provenance, read

LOSSLESS = [(name, kind) for name in names() for kind in load(name).lossless]
NAMES = ["alpaca-farm", "socratic-math", "spar", "tree-instruct"]


@pytest.mark.parametrize(("name", "kind"), LOSSLESS)
def test_a_row_and_its_provenance_give_back_the_record(name, kind):
    form = load(name)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(entries(kind))
    def holds(entry):
        rows = []
        with suppress(Unfit):
            rows = list(form.rows(entry))
        if not rows:
            assert name.startswith("llama-factory")  # whose rules are stricter than a record's
            return
        (row,) = rows
        row, source = json.loads(json.dumps([row, provenance(entry)]))
        assert entry_of(form, row, source) == entry

    holds()


def test_every_kind_is_carried_whole_by_some_format():
    assert {kind for _, kind in LOSSLESS} == set(KINDS)


@pytest.mark.parametrize("container", ["jsonl", "parquet", "datasets"])
@pytest.mark.parametrize("kind", KINDS)
def test_files_give_back_what_was_written(kind, container, tmp_path_factory):
    if container != "jsonl":
        pytest.importorskip("pyarrow")
    if container == "datasets":
        pytest.importorskip("datasets")

    @settings(max_examples=4, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.lists(entries(kind), min_size=1, max_size=6))
    def holds(several):
        out = tmp_path_factory.mktemp("export") / "out"
        export(several, Plan(load("jsonl"), out, container=container, split=parse_split("a=0.5,b=0.5", 3)))
        assert sorted(read(out), key=repr) == sorted(several, key=repr)

    holds()


@pytest.mark.parametrize("scenario", NAMES)
@pytest.mark.parametrize("name", ["jsonl", "trl-preference", "openai-chat", "axolotl-sft", "trl-stepwise"])
def test_records_of_every_scenario_come_back_in_order(scenario, name, tmp_path):
    form, several = load(name), drawn(scenario)
    wanted = [entry for entry in several if entry.record.kind in form.lossless]
    counts = export(several, Plan(form, tmp_path / "out", shard_rows=7))
    if not counts.rows:
        assert not wanted or counts.unfit
        assert not (tmp_path / "out").exists()
        return
    found = list(read(tmp_path / "out"))
    if name == "jsonl":  # a table for each kind
        wanted.sort(key=lambda entry: entry.record.kind)
    assert len(found) == len(wanted) - counts.unfit.total()
    if not counts.unfit:
        assert found == wanted


@pytest.mark.parametrize("end", ["jsonl", "parquet"])
@pytest.mark.parametrize("name", ["jsonl", "trl-preference", "openai-chat"])
def test_a_single_file_is_read_back_by_its_format(name, end, tmp_path):
    if end == "parquet":
        pytest.importorskip("pyarrow")
    form, several = load(name), drawn("spar")
    export(several, Plan(form, tmp_path / f"out.{end}"))
    found = list(read(tmp_path / f"out.{end}", form))
    assert found == [entry for entry in several if entry.record.kind in form.lossless]
