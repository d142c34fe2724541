"""Files and folders: whole or not at all, never over what is there, no task on two sides."""

import json
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from drawn_records import drawn, entries
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maieutic import InputError, Judged
from maieutic.exports import Format, Plan, Split, export, load, parse_split
from maieutic.exports.write import MARK

ROWS = Format(
    name="rows", summary="x", kinds=("judged",), rows=lambda entry: [{"task": entry.origin.content}]
)


def rows_below(folder):
    return {
        side.name: [
            json.loads(line)
            for file in sorted(side.glob("*.jsonl"))
            for line in file.read_text().splitlines()
        ]
        for side in sorted(folder.iterdir())
        if side.is_dir()
    }


def test_no_task_is_on_two_sides_and_shares_are_met_on_average():
    split = parse_split("train=0.9,test=0.1", 5)
    sides = [split.side(f"task {number}") for number in range(4000)]
    assert sides == [split.side(f"task {number}") for number in range(4000)]
    assert 0.08 < sides.count("test") / 4000 < 0.12
    assert sides != [Split(shares=split.shares, seed=6).side(f"task {number}") for number in range(4000)]


def test_rows_of_a_task_stay_together(tmp_path):
    several = [entry for entry in drawn("spar") if isinstance(entry.record, Judged)]
    counts = export(several, Plan(ROWS, tmp_path / "out", split=parse_split("a=0.5,b=0.5", 1), shard_rows=5))
    where = defaultdict(set)
    for side, rows in rows_below(tmp_path / "out").items():
        for row in rows:
            where[row["task"]].add(side)
    assert all(len(sides) == 1 for sides in where.values())
    assert {side for sides in where.values() for side in sides} == {"a", "b"}
    assert counts.rows.total() == len(several)


def sides_of(folder):
    return {row["task"]: side for side, rows in rows_below(folder).items() for row in rows}


def test_sides_have_exactly_the_numbers_of_tasks_and_are_the_same_in_every_format(tmp_path):
    several, n = list(drawn("spar")), len({entry.record.task for entry in drawn("spar")})
    wanted = f"sft=2,preference=1,test={n - 4}"  # one task is beyond them
    made = {}
    for kind in ("judged", "pair"):
        form = replace(ROWS, kinds=(kind,))
        plan = Plan(form, tmp_path / kind, split=parse_split(wanted, 7))
        counts, made[kind] = export(several, plan), sides_of(tmp_path / kind)
        assert f"{n - 4}" in (tmp_path / kind / "README.md").read_text()
    assert Counter(made["judged"].values()) == {"sft": 2, "preference": 1, "test": n - 4}
    assert made["pair"].items() <= made["judged"].items()
    assert counts.beyond == sum(one.record.kind == "pair" for one in several) - counts.rows.total()
    with pytest.raises(InputError, match=f"{n + 2} tasks are asked for, {n} have records"):
        export(several, Plan(ROWS, tmp_path / "few", split=parse_split(f"a=2,b={n}", 7)))
    assert not (tmp_path / "few").exists()


def test_shards_hold_so_many_rows_and_their_names_say_how_many_there_are(tmp_path):
    several = [entry for entry in drawn("spar") if isinstance(entry.record, Judged)]
    export(several, Plan(ROWS, tmp_path / "out", shard_rows=5))
    files = sorted((tmp_path / "out" / "train").iterdir())
    sizes = [len(file.read_text().splitlines()) for file in files]
    assert sizes[:-1] == [5] * (len(files) - 1)
    assert sum(sizes) == len(several)
    assert files[0].name == f"00000-of-{len(files):05d}.jsonl"


@pytest.mark.parametrize("reason", [RuntimeError, KeyboardInterrupt])  # a fault, and Ctrl-C
@pytest.mark.parametrize("name", ["out", "out.jsonl", "out.parquet"])
def test_an_export_that_breaks_leaves_nothing_behind(name, reason, tmp_path):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    several = drawn("spar")

    def breaks():
        yield from several
        raise reason("the power went off")

    with pytest.raises(reason):
        export(breaks(), Plan(load("jsonl"), tmp_path / name))
    assert list(tmp_path.iterdir()) == []
    export(several, Plan(load("jsonl"), tmp_path / name))
    before = contents(tmp_path / name)
    with pytest.raises(reason):
        export(breaks(), Plan(load("jsonl"), tmp_path / name, force=True))
    assert contents(tmp_path / name) == before
    assert [one.name for one in tmp_path.iterdir()] == [name]


def contents(place):
    if place.is_file():
        return place.read_bytes()
    return {str(file.relative_to(place)): file.read_bytes() for file in place.rglob("*") if file.is_file()}


@pytest.mark.parametrize("name", ["out", "out.jsonl"])
def test_what_is_there_is_replaced_only_by_force(name, tmp_path):
    plan = Plan(load("jsonl"), tmp_path / name)
    export(drawn("spar"), plan)
    with pytest.raises(InputError, match="exists already"):
        export(drawn("tree-instruct"), plan)
    before = contents(tmp_path / name)
    export(drawn("tree-instruct"), replace(plan, force=True))
    assert contents(tmp_path / name) != before


def test_a_folder_that_no_export_made_is_never_replaced(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="made by no export"):
        export(drawn("spar"), Plan(load("jsonl"), tmp_path / "mine", force=True))
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
    (tmp_path / "empty").mkdir()
    export(drawn("spar"), Plan(load("jsonl"), tmp_path / "empty"))
    assert (tmp_path / "empty" / MARK).exists()


def test_provenance_beside_has_a_line_for_each_row(tmp_path):
    export(drawn("spar"), Plan(load("openai-chat"), tmp_path / "out", shard_rows=4))
    rows = sorted((tmp_path / "out" / "train").iterdir())
    beside = sorted((tmp_path / "out" / "provenance" / "train").iterdir())
    assert [file.name for file in rows] == [file.name for file in beside]
    for one, other in zip(rows, beside, strict=True):
        assert len(one.read_text().splitlines()) == len(other.read_text().splitlines())
        assert set(json.loads(one.read_text().splitlines()[0])) <= {"messages", "tools"}


def test_the_same_entries_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        export(drawn("spar"), Plan(load("llama-factory-preference"), tmp_path / name / "set", shard_rows=3))
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_the_card_is_yaml_that_says_what_was_counted(tmp_path):
    yaml = pytest.importorskip("yaml")
    several = drawn("spar")
    counts = export(
        several,
        Plan(load("trl-preference"), tmp_path / "pairs", split=parse_split("train=0.5,test=0.5", 0)),
        manifest={"scenario": "spar", "parameters": {"depth": 3}, "cast": {"actor": "a|b <script>"}},
    )
    text = (tmp_path / "pairs" / "README.md").read_text()
    header = yaml.safe_load(text.split("---\n")[1])
    assert header["license"] == "apache-2.0"
    assert header["size_categories"] == ["n<1K"]
    assert {"synthetic", "dpo"} <= set(header["tags"])
    files = header["configs"][0]["data_files"]
    assert {one["split"] for one in files} == set(counts.rows)
    for one in files:
        assert list((tmp_path / "pairs").glob(one["path"]))
    assert f"| train | {counts.rows['train']} |" in text
    assert "not for this format" in text
    assert "<script>" not in text


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(entries("dialogue"), max_size=4))
def test_axolotl_configuration_and_card_name_files_that_are_there(tmp_path_factory, several):
    yaml = pytest.importorskip("yaml")
    home = tmp_path_factory.mktemp("home")
    counts = export(
        several, Plan(load("axolotl-sft"), home / "set", split=parse_split("train=0.6,test=0.4", 0))
    )
    if not counts.rows:
        assert not (home / "set").exists()
        return
    found = yaml.safe_load((home / "set" / "axolotl.yml").read_text())
    for one in [*found.get("datasets", ()), *found.get("test_datasets", ())]:
        assert list((home / one["path"]).glob(one["data_files"]))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("train=0.9", "sum to 0.9"),
        ("train", "NAME=SHARE"),
        ("train=0.5,train=0.5", "each name once"),
        ("train=1.5,test=-0.5", "between 0 and 1"),
        ("Train=1", "NAME=SHARE"),
        ("a=nan,b=1", "NAME=SHARE"),
        ("a=200,b=0.1", "do not go together"),
        ("a=200.5,b=3", "NAME=NUMBER"),
    ],
)
def test_a_split_that_makes_no_sense_is_refused(text, words):
    with pytest.raises(InputError, match=words):
        parse_split(text, 0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"split": Split(shares={"a": 0.5, "b": 0.5})}, "one file cannot hold"),
        ({"shard_rows": 3}, "one file cannot hold"),
        ({"container": "parquet"}, "the name says jsonl"),
        ({"shard_rows": 0, "out": Path("folder")}, "1 row or more"),
        ({"out": Path("pairs.json")}, "ends in .json is not written; give a name in .jsonl or .parquet"),
        ({"out": Path("pairs.jsonl.gz")}, "ends in .gz is not written"),
    ],
)
def test_a_plan_that_cannot_be_done_is_refused_before_anything_is_read(changes, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def never():
        raise AssertionError("read")
        yield

    with pytest.raises(InputError, match=words):
        export(never(), replace(Plan(load("jsonl"), Path("out.jsonl")), **changes))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("container", ["jsonl", "parquet"])
def test_columns_have_the_same_types_where_all_rows_are_empty(container, tmp_path):
    if container == "parquet":
        pytest.importorskip("pyarrow")
    types = set()
    for name in ("socratic-math", "spar"):  # dialogues have no verdicts, pairs have
        export(drawn(name), Plan(load("jsonl"), tmp_path / name, container=container))
        for table in json.loads((tmp_path / name / "export.json").read_text())["layout"]["features"].values():
            types.add(json.dumps(next(one for one in table if one["name"] == "provenance")))
        if container == "parquet":
            from pyarrow import parquet

            for file in (tmp_path / name).rglob("*.parquet"):
                types.add(str(parquet.read_schema(file).field("provenance").type))
    assert len(types) == (2 if container == "parquet" else 1)
