"""Tasks come from JSONL, CSV, Parquet, a Hugging Face data set, a world or standard input, as streams."""

import csv
import io
import json
import sys
import tracemalloc

import pytest

from maieutic import InputError
from maieutic.runs import Source, parse_source
from maieutic.runs.records import records, spool
from maieutic.scenarios import Tasks
from maieutic.worlds import catalogue

WORLD = catalogue.load("records")
ROWS = [
    {"question": f"what is {n}, 'exactly'?\nSay, please.", "answer": str(n), "id": f"q{n}"} for n in range(5)
]


def tasks(text, **options):
    options = {"join": None, "seed": 0, "needs": ("prompt",), "mapped": {"prompt": "question"}, **options}
    source, number = parse_source(None if text is None else str(text), WORLD, **options)
    return list(source.tasks(number))


def jsonl(path):
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def as_csv(path, mark=","):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, ROWS[0], delimiter=mark)
        writer.writeheader()
        writer.writerows(ROWS)
    return path


def parquet(path):
    arrow = pytest.importorskip("pyarrow", reason="the extra 'parquet' is not installed")
    import pyarrow.parquet

    pyarrow.parquet.write_table(arrow.Table.from_pylist(ROWS), path, row_group_size=2)
    return path


def saved(path):
    datasets = pytest.importorskip("datasets", reason="the extra 'datasets' is not installed")
    datasets.disable_progress_bars()
    datasets.Dataset.from_list(ROWS).save_to_disk(str(path))
    return path


def saved_splits(path):
    datasets = pytest.importorskip("datasets", reason="the extra 'datasets' is not installed")
    datasets.disable_progress_bars()
    one = datasets.Dataset.from_list(ROWS)
    datasets.DatasetDict({"dev": one, "train": one.select([0])}).save_to_disk(str(path))
    return f"{path}:dev"


def cloned(path):
    """A data set as it lies on the hub: a card that names two configurations, and their files."""
    pytest.importorskip("datasets", reason="the extra 'datasets' is not installed")
    card = ["---", "configs:"]
    for config, rows in (("main", ROWS), ("other", ROWS[:1])):
        (path / config).mkdir(parents=True)
        jsonl(path / config / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        card += [
            f"- config_name: {config}",
            "  data_files:",
            f"  - {{split: test, path: {config}/test.jsonl}}",
        ]
    (path / "README.md").write_text("\n".join([*card, "---", ""]))
    return f"{path}:main:test"


def unnamed(path):
    """A folder with one Parquet file and no card."""
    pytest.importorskip("datasets", reason="the extra 'datasets' is not installed")
    path.mkdir()
    parquet(path / "train-00000-of-00001.parquet")
    return path


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def array(path):
    path.write_text(json.dumps(ROWS, indent=2))
    return path


def windows(path):
    path.write_bytes(b"\xef\xbb\xbf" + "".join(json.dumps(row) + "\r\n\r\n" for row in ROWS).encode())
    return path


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("t.jsonl", jsonl),
        ("t.json", array),
        ("windows.jsonl", windows),
        ("t.csv", as_csv),
        ("t.tsv", lambda path: as_csv(path, "\t")),
        ("t.parquet", parquet),
        ("t", saved),
        ("t", saved_splits),
        ("t", cloned),
        ("t", unnamed),
    ],
)
def test_every_form_gives_the_same_tasks(tmp_path, name, make):
    found = tasks(make(tmp_path / name))
    assert [task.fields["prompt"] for task in found] == [row["question"] for row in ROWS]
    assert [task.id.rpartition(":")[2] for task in found] == [row["id"] for row in ROWS]
    assert [task.fields["answer"] for task in found] == [row["answer"] for row in ROWS]


def test_standard_input_is_read_twice_and_told_apart(monkeypatch):
    class Stdin:
        buffer = io.BytesIO("".join(json.dumps(row) + "\n" for row in ROWS).encode())

    monkeypatch.setattr(sys, "stdin", Stdin)
    source, _ = parse_source("-", WORLD, join=None, seed=0, needs=("question",))
    assert str(source).startswith("standard input ")
    assert [task.id for task in source.tasks()] == [task.id for task in source.tasks()]
    assert spool([b'{"a": 1}'])[1] != spool([b'{"a": 2}'])[1]
    with pytest.raises(InputError, match="nothing came"):
        spool([])


def test_a_world_is_a_source_by_name_and_by_number():
    assert len(tasks("word-problems:3", needs=(), mapped=None)) == 3
    with pytest.raises(InputError, match="generates no tasks"):
        tasks("world:1")


def test_a_scenario_brings_tasks_with_their_own_keys_and_hides_the_truth(tmp_path):
    brought = Tasks(
        source=str(jsonl(tmp_path / "t.jsonl")),
        label="t.jsonl",
        renamed={"prompt": "question"},
        truth={"answer": "answer"},
    )
    one = tasks(None, brought=brought, mapped=None)[1]
    assert one.truth == {"answer": "1"}
    assert "answer" not in one.fields
    assert one.source == "t.jsonl"
    source, _ = parse_source(None, WORLD, join=None, seed=0, needs=("prompt",), brought=brought)
    assert str(source) == "t.jsonl, answer from answer, prompt from question"


def test_a_key_on_a_path_reaches_into_a_record(tmp_path):
    file = tmp_path / "t.jsonl"
    file.write_text(json.dumps({"messages": [{"content": "hello"}]}) + "\n")
    assert tasks(file, mapped={"prompt": "messages.0.content"})[0].fields["prompt"] == "hello"
    with pytest.raises(InputError, match=r"t\.jsonl:1: key 'messages\.1\.content': missing"):
        tasks(file, mapped={"prompt": "messages.1.content"})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "question,b\n1,2\n1\n", r"a\.csv:3: has 1 cell, the header has 2"),
        ("a.csv", "question,b\n1,2,3\n", r"a\.csv:2: has 3 cells"),
        ("a.csv", "a,a\n1,2\n", r"a\.csv:1: key 'a': two columns"),
        ("a.csv", 'question,b\n"x"y,2\n', r"a\.csv:2: not CSV"),
        ("a.csv", "a,b\n", "holds no record"),
        ("a.jsonl", '{"question": "1"}\n{"a": \n', r"a\.jsonl:2: not JSON"),
        ("a.json", "[]", "holds no record"),
        ("a.json", '[{"question": "1"}, 2]', r"a\.json:2: expected a JSON object, got int"),
        ("a.json", '[{"question": "1"},\n {"a":]', r"a\.json:2: not JSON"),
        ("a.jsonl", '{"a": 1}\n', r"a\.jsonl:1: key 'question': missing \(the record has a\).*map the field"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=said):
        tasks(tmp_path / name)


def test_a_file_that_is_no_parquet_and_a_folder_that_is_no_data_set_are_clear_errors(tmp_path):
    pytest.importorskip("pyarrow", reason="the extra 'parquet' is not installed")
    (tmp_path / "a.parquet").write_bytes(b"nothing of the kind")
    with pytest.raises(InputError, match="not Parquet"):
        tasks(tmp_path / "a.parquet")
    pytest.importorskip("datasets", reason="the extra 'datasets' is not installed")
    with pytest.raises(InputError, match="cannot be had as a data set"):
        tasks(tmp_path)
    (tmp_path / "state.json").write_text("{}")
    with pytest.raises(InputError, match="not a saved data set"):
        tasks(tmp_path)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_configurations_and_splits_that_there_are_not_are_told_with_those_that_there_are(tmp_path):
    cloned(tmp_path / "t")
    for end, said in [
        ("", r"Config name is missing.*'main', 'other'"),
        (":nothing:test", r"'nothing' not found.*'main', 'other'"),
        (":main:train", "has no split 'train'; it has test"),
    ]:
        with pytest.raises(InputError, match=said):
            tasks(f"{tmp_path / 't'}{end}")
    saved_splits(tmp_path / "s")
    with pytest.raises(InputError, match=r"has no split 'train2'; write .*:dev\|train"):
        tasks(f"{tmp_path / 's'}:train2")
    with pytest.raises(InputError, match="has no configuration 'main'"):
        tasks(f"{tmp_path / 's'}:main:dev")


def test_a_data_set_of_the_hub_is_named_with_its_configuration_and_may_break_off(monkeypatch):
    datasets = pytest.importorskip("datasets", reason="the extra 'datasets' is not installed")
    asked = []

    def breaks():
        yield from ROWS
        raise ConnectionError("the line went dead")

    def load_dataset(name, config, *, streaming):
        asked.append((name, config, streaming))
        if name == "nobody/nothing":
            raise ConnectionError("Couldn't reach it\non the Hub")
        return {"train": ROWS[:2], "test": ROWS, "cut": breaks()}

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    assert len(tasks("hf:openai/gsm8k:main:test")) == 5
    assert len(tasks("hf:openai/gsm8k")) == 2
    assert {asked[0], asked[-1]} == {("openai/gsm8k", "main", True), ("openai/gsm8k", None, True)}
    with pytest.raises(InputError, match="gsm8k:cut:6: breaks off: ConnectionError: the line went dead"):
        tasks("hf:openai/gsm8k:cut")
    with pytest.raises(InputError, match="has no split 'dev'; it has cut, test, train"):
        tasks("hf:openai/gsm8k:dev")
    with pytest.raises(InputError, match=r"Couldn't reach it on the Hub.*the network"):
        tasks("hf:nobody/nothing")
    with pytest.raises(InputError, match="names no data set"):
        tasks("hf:a:b:c:d")


@pytest.mark.parametrize(("name", "package"), [("t.parquet", "pyarrow"), ("folder", "datasets")])
def test_a_missing_package_is_named_with_its_extra(tmp_path, monkeypatch, name, package):
    path = tmp_path / name
    path.mkdir() if name == "folder" else path.write_bytes(b"")
    for module in [one for one in sys.modules if one.split(".")[0] == package]:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(
        InputError, match=rf"needs {package}, which is not installed; pip install 'maieutic\["
    ):
        next(iter(records(path)))


def test_a_file_is_read_as_a_stream(tmp_path):
    file = tmp_path / "large.csv"
    with open(file, "w") as out:
        out.write("question,id\n")
        out.writelines(f"{'x' * 100_000},{number}\n" for number in range(400))  # 40 MB
    source = Source(WORLD, file, needs=("question",))
    tracemalloc.start()
    try:
        assert sum(1 for _ in source.tasks()) == 400
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_a_world_in_a_file_is_a_source_too(tmp_path, monkeypatch):
    (tmp_path / "mine_world.py").write_text(
        "from maieutic import Task\nfrom maieutic.worlds import World\n"
        "WORLD = World('mine', 'of mine', lambda s, i: Task(id=f'm{i}', world='mine', fields={'prompt': 'p'}), ())\n"
    )
    monkeypatch.chdir(tmp_path)
    assert [task.id for task in tasks("mine_world.py:WORLD:3", mapped=None)] == ["m0", "m1", "m2"]
