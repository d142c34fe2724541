"""A sweep: its cells, and what its settings say beside each other."""

import asyncio
import math
import statistics

import pytest
import toy
from hypothesis import given, settings
from hypothesis import strategies as st

from maieutic import InputError
from maieutic.runs import Journal, Source, run
from maieutic.runs.contrast import Setting, ranking, shares_of
from maieutic.runs.sweep import Cell, Plan, checked_plan, is_plan, label, read_plan
from maieutic.scenarios import assemble

AXES = st.dictionaries(
    st.sampled_from(["a", "b", "c"]), st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True)
)


@settings(deadline=None)
@given(param=AXES, seed=st.lists(st.integers(0, 99), min_size=1, max_size=3, unique=True))
def test_the_cells_are_all_choices_each_once(param, seed):
    cells = Plan(scenario="x", param=param, seed=seed).cells()
    assert len(cells) == math.prod(len(values) for values in param.values()) * len(seed)
    assert len({cell.model_dump_json() for cell in cells}) == len(cells)
    for cell in cells:
        assert all(cell.param[name] in values for name, values in param.items())


@settings(deadline=None)
@given(param=AXES, seed=st.lists(st.integers(0, 99), min_size=1, max_size=3, unique=True))
def test_labels_tell_cells_apart(param, seed):
    plan = Plan(scenario="x", param=param, seed=seed)
    labels = [label(cell, plan.varied) for cell in plan.cells()]
    assert len(set(labels)) == len(labels)


def test_a_name_with_a_scenario_before_it_holds_for_that_scenario_alone():
    plan = Plan(scenario=["spar", "toy"], param={"spar.depth": [1, 2], "turns": [3]})
    assert [(cell.scenario, cell.param) for cell in plan.cells()] == [
        ("spar", {"depth": 1, "turns": 3}),
        ("spar", {"depth": 2, "turns": 3}),
        ("toy", {"turns": 3}),
    ]
    assert [label(cell, plan.varied) for cell in plan.cells()] == ["spar depth=1", "spar depth=2", "toy"]


def test_a_plan_is_read_from_yaml_and_toml(tmp_path):
    one, two = tmp_path / "s.yaml", tmp_path / "s.toml"
    one.write_text("scenario: spar\nparam:\n  depth: [1, 2]\n  order: depth\nseed: 3\nn: 4\n")
    two.write_text('scenario = "spar"\nseed = [3]\nn = 4\n[param]\ndepth = [1, 2]\norder = "depth"\n')
    assert read_plan(one) == read_plan(two)
    assert read_plan(one).cells()[1] == Cell(scenario="spar", param={"depth": 2, "order": "depth"}, seed=3)
    assert is_plan(one)
    assert is_plan(two)
    one.write_text("name: mine\nroles: {}\n")
    assert not is_plan(one)
    assert not is_plan(tmp_path / "spar")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("scenario: spar\nparm: {}\n", r"s.yaml:2: key 'parm': .* a sweep has scenario, param"),
        (
            "scenario: spar\nparam:\n  depth: [1, 1]\n",
            r"s.yaml:2: key 'param': depth: a value is given twice",
        ),
        ("scenario: spar\nparam:\n  depth: []\n", r"depth: no value is given"),
        ("scenario: spar\nseed: [a]\n", r"s.yaml:2: key 'seed.0'"),
        ("scenario: spar\nn: 0\n", r"s.yaml:2: key 'n'"),
        ("scenario: []\n", r"s.yaml:1: key 'scenario'"),
        ("scenario: spar\nscenario: toy\n", r"s.yaml:2: key 'scenario': stands twice"),
        ("scenario: [spar\n", r"s.yaml:\d: not YAML"),
        ("- spar\n", r"s.yaml"),
    ],
)
def test_what_is_wrong_in_a_plan_is_named_with_its_line(tmp_path, text, words):
    file = tmp_path / "s.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        read_plan(file)
    assert "\n" not in str(caught.value)


def test_toml_that_is_none_is_named(tmp_path):
    (tmp_path / "s.toml").write_text("scenario = \n")
    with pytest.raises(InputError, match=r"s.toml: not TOML: .* line 1"):
        read_plan(tmp_path / "s.toml")
    with pytest.raises(InputError, match="cannot be read"):
        read_plan(tmp_path / "none.toml")
    with pytest.raises(InputError, match="key 'scenario'"):
        checked_plan({})


def test_settings_pool_their_seeds_and_differ_task_by_task(tmp_path):
    found, scores = [], []
    for learn in (0.2, 0.9):
        company = assemble(toy.SCENARIO, cast={"student": toy.Pupil(learn=learn)})
        setting, of = Setting(), {}
        for seed in (1, 2):
            folder = tmp_path / f"{learn}-{seed}"
            asyncio.run(run(company, Source(toy.WORLD, seed=seed), folder, n=20, seed=seed))
            with Journal(folder) as journal:
                setting.add(company, journal, seed, 20, found[0] if found else None)
                of |= {(seed, place): episode.scores for place, episode in journal.episodes()}
        found.append(setting)
        scores.append(of)
    first, second = found
    assert shares_of(found) == {"right"}
    turns = [one["turns"] for one in scores[1].values()]
    told = second.estimate("turns", share=False)
    assert told.n == 40
    assert told.mean == pytest.approx(statistics.mean(turns))
    assert told.high - told.mean == pytest.approx(1.96 * statistics.stdev(turns) / math.sqrt(40))
    right = first.estimate("right", share=True)
    assert 0 <= right.low <= right.mean <= right.high <= 1
    apart = [scores[1][key]["turns"] - scores[0][key]["turns"] for key in scores[0]]
    difference = second.difference("turns")
    assert difference.mean == pytest.approx(statistics.mean(apart))
    assert difference.high - difference.mean == pytest.approx(1.96 * statistics.stdev(apart) / math.sqrt(40))
    assert difference.high < 0
    assert first.difference("turns") is None
    one, other = ranking(found, "turns")
    pairs = [(scores[0][key]["turns"], scores[1][key]["turns"]) for key in scores[0]]
    assert one.first == pytest.approx(statistics.mean((a > b) + (a == b) / 2 for a, b in pairs))
    assert (one.n, one.first + other.first, one.rank) == (40, pytest.approx(1), pytest.approx(2 - one.first))
    assert ranking(found[:1], "turns") == ranking(found, "no such score") == []


def test_episodes_beyond_what_was_asked_are_left_out(tmp_path):
    company = assemble(toy.SCENARIO)
    asyncio.run(run(company, Source(toy.WORLD), tmp_path, n=9))
    setting = Setting()
    with Journal(tmp_path) as journal:
        setting.add(company, journal, 0, 4, None)
    assert setting.estimate("turns", share=False).n == 4
    assert Setting.estimate(setting, "right", share=True).n == 4
