"""Statistics: figures that are known are found, biases that were put into judges are seen, and nothing is drawn of nothing."""

import asyncio
import json
import math
import random
from collections import Counter
from statistics import NormalDist

import pytest
from drawn_records import drawn, entries
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maieutic import Pair
from maieutic.agents.simulated.annotator import Annotator, Taste
from maieutic.agents.simulated.curriculum import Rater
from maieutic.exports import Judges, Plan, Statistics, asked_at_once, export, load
from maieutic.exports.agreement import Interval, Nominal, cohen_kappa
from maieutic.exports.judges import Line, slots
from maieutic.exports.statistics import quantile
from maieutic.roles import Answer, Role
from maieutic.runs.shown import shown
from maieutic.scenarios import assemble, catalogue

# four observers, twelve units, gaps: Krippendorff 2011, section C
PUBLISHED = ("12332141 2...", "123322412 5.3", ".333234225 1.", "1233244125 1.")
UNITS = [
    [one for one in unit if one != "."]
    for unit in zip(*(row.replace(" ", "") for row in PUBLISHED), strict=True)
]


def test_krippendorffs_alpha_is_the_published_one():
    names, numbers = Nominal(), Interval()
    for unit in UNITS:
        names.add(unit)
        numbers.add([float(one) for one in unit])
    assert names.value() == pytest.approx(0.743, abs=5e-4)
    assert numbers.value() == pytest.approx(0.849, abs=5e-4)


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=2, max_size=4), min_size=2, max_size=8))
def test_alpha_is_one_where_all_agree_and_does_not_depend_on_names_or_order(units):
    def alpha(several, kind=Nominal):
        found = kind()
        for unit in several:
            found.add(unit)
        return found.value()

    value = alpha(units)
    assert value is None or value <= 1
    assert (value == 1) == (value is not None and all(len(set(unit)) == 1 for unit in units))
    assert alpha([[{"a": "x", "b": "a", "c": "b"}[one] for one in unit[::-1]] for unit in units]) == value
    # of two names, their differences are those of the numbers 0 and 1
    two = [["a" if one == "c" else one for one in unit] for unit in units]
    other = alpha([[float(one == "a") for one in unit] for unit in two], Interval)
    assert other == (pytest.approx(alpha(two)) if other is not None else alpha(two))


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=4), min_size=1, max_size=9), st.booleans())
def test_the_interval_of_alpha_is_that_of_leaving_out_each_unit(units, named):
    def of(several):
        found = Nominal() if named else Interval()
        for unit in several:
            found.add([str(one) for one in unit] if named else unit)
        return found

    whole = of(units)
    several = [unit for unit in units if len(unit) > 1]
    left = [of(several[:place] + several[place + 1 :]).value() for place in range(len(several))]
    found, n = whole.interval(), len(several)
    assert whole.units == n
    if whole.value() is None or n < 3 or None in left:
        assert found is None
        return
    mean = sum(left) / n
    half = 1.96 * math.sqrt((n - 1) / n * sum((one - mean) ** 2 for one in left))
    assert found == pytest.approx((max(-1, whole.value() - half), min(1, whole.value() + half)), abs=1e-6)


def test_the_interval_of_alpha_holds_the_truth_nineteen_times_of_twenty():
    """Of three judges who are right with a = 0.85 on things of two kinds in equal parts, alpha is (2 a - 1) squared."""
    chance, hits = random.Random(5), 0
    for _ in range(400):
        alpha = Nominal()
        for _ in range(80):
            thing = chance.random() < 0.5
            alpha.add([str(thing == (chance.random() < 0.85)) for _ in range(3)])
        low, high = alpha.interval()
        hits += low <= 0.7**2 <= high
    assert 0.91 < hits / 400 < 0.98


@given(st.dictionaries(st.tuples(st.sampled_from("ab"), st.sampled_from("ab")), st.integers(0, 50)))
def test_kappa_is_the_same_from_either_side_and_never_above_one(counts):
    found = cohen_kappa(counts)
    turned = cohen_kappa({(other, one): count for (one, other), count in counts.items()})
    if found is None:
        assert turned is None
        return
    assert found == pytest.approx(turned)
    assert -1 <= found[0] <= 1 + 1e-12


def test_judges_without_regard_to_the_thing_agree_as_chance_has_it():
    chance = random.Random(1)
    counts = Counter((chance.choice("ab"), chance.choice("ab")) for _ in range(20_000))
    kappa, half = cohen_kappa(counts)
    assert abs(kappa) < 2 * half < 0.05


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(0, 1), st.floats(0, 1))
def test_quantiles_grow_and_stay_between_the_ends(values, one, other):
    ordered, (low, high) = sorted(values), sorted((one, other))
    assert ordered[0] <= quantile(ordered, low) <= ordered[-1]
    assert quantile(ordered, low) <= quantile(ordered, high) + 1e-6


def test_a_line_is_a_line():
    line = Line()
    for x in range(10):
        line.add(x, 3 - 2 * x)
    assert line.value() == (-1, -1, -1)
    flat = Line()
    for x in range(10):
        flat.add(x, 1)
    assert flat.value() is None


def judged(count=32, **taste):
    """What thirteen annotators with the same taste say of pairs of outputs, and the judges' statistics of it."""
    annotator = Annotator(tastes=(Taste(slope=0, **taste),) * 13)
    company = assemble(catalogue.load("alpaca-farm"), parameters={"labels": 5}, cast={"annotator": annotator})
    judges = Judges(company.scenario.roles)
    for place in range(count):
        episode = asyncio.run(company.play(company.scenario.world.generate(3, place), place))
        views = asyncio.run(shown(company.scenario, episode))
        assert views.problem is None
        judges.add(episode, {name: turn.view for name, turn in views.turns.items()})
    return judges.comparisons["annotator.compare"]


def share(counted):
    hits, n = counted
    return hits / n


def test_judges_who_prefer_the_first_place_are_seen_and_those_who_do_not_are_not():
    swayed, fair = judged(slot=1.5), judged()
    assert swayed.first[1] > 100
    assert 0.72 < share(swayed.first) < 0.92  # 1 / (1 + exp(-1.5)) is 0.82
    assert 0.38 < share(fair.first) < 0.62
    assert 0.35 < share(swayed.longer) < 0.65  # the order is drawn, so that places do not sway towards length
    assert abs(fair.alpha.value()) < 0.15  # they throw coins


def test_judges_who_prefer_length_are_seen():
    swayed = judged(length=20)
    assert share(swayed.longer) > 0.8
    assert 0.35 < share(swayed.first) < 0.65
    assert swayed.alpha.value() > 0.3


@pytest.mark.parametrize("bonus", [0.0, 0.5, 1.5])
def test_a_judge_who_rates_both_texts_shows_how_the_place_sways_it(bonus):
    """With equal quality, the first is rated higher with p = Phi(bonus / (noise sqrt 2)), and in both orders the same
    text with 2 p (1 - p)."""
    rater = Rater(right=5.5, wrong=5.5, noise=0.5, bonus=bonus)
    company = assemble(catalogue.load("tapir"), cast={"judge": rater})
    judges = Judges(company.scenario.roles)
    for place in range(100):
        episode = asyncio.run(company.play(company.scenario.world.generate(3, place), place))
        views = asyncio.run(shown(company.scenario, episode))
        judges.add(episode, {name: turn.view for name, turn in views.turns.items()})
    found = judges.comparisons["judge.rate"]
    p = NormalDist().cdf(bonus / (0.5 * math.sqrt(2)))
    n = found.first[1]
    assert n > 100
    assert found.ties == 0
    assert abs(share(found.first) - p) < 4 * math.sqrt(p * (1 - p) / n) + 1e-9
    same, pairs = 2 * p * (1 - p), found.both[1]
    assert pairs > 50
    assert abs(share(found.both) - same) < 4 * math.sqrt(same * (1 - same) / pairs) + 1e-9


def test_of_equal_texts_and_of_equal_ratings_none_is_preferred():
    company = assemble(catalogue.load("tapir"))
    episode = asyncio.run(company.play(company.scenario.world.generate(3, 0), 0))
    first = episode.by_role("judge.rate")[0]
    events = [
        first.model_copy(update={"id": name, "answer": {"score_1": one, "score_2": other}})
        for name, one, other in (("equal", 3, 9), ("tie", 4, 4), ("second", 2, 6))
    ]
    view = {"question": "q", "response_1": "one", "response_2": "another one"}
    judges = Judges(company.scenario.roles)
    views = {"equal": {**view, "response_2": "one"}, "tie": view, "second": view}
    judges.add(episode.model_copy(update={"events": tuple(events)}), views)
    found = judges.comparisons["judge.rate"]
    assert (found.first, found.ties, found.longer) == ((0, 1), 1, (1, 1))


def test_a_player_asked_in_both_orders_is_held_against_itself():
    class Said(Answer):
        better: str = "a"

    class Better(Answer):
        better: bool

    assert slots(Role("judge.x", ("answer_a", "answer_b"), Said, brief="x")) is None
    assert slots(Role("judge.x", ("one", "other"), Better, brief="x")) is None
    company = assemble(catalogue.load("alpaca-farm"))
    for place in range(9):
        episode = asyncio.run(company.play(company.scenario.world.generate(3, place), place))
        if episode.by_role("annotator.compare"):  # no coin was thrown in its place
            break
    (first, *_) = episode.by_role("annotator.compare")
    again = first.model_copy(update={"id": "again"})
    both = episode.model_copy(update={"events": (first, again)})
    view = {"prompt": "p", "output_1": "short", "output_2": "a longer text"}
    turned = {**view, "output_1": view["output_2"], "output_2": view["output_1"]}
    judges = Judges(company.scenario.roles)
    judges.add(both, {first.id: view, "again": turned})  # the same place twice: another text
    judges.add(both, {first.id: view, "again": view})  # not another order
    found = judges.comparisons["annotator.compare"]
    assert found.both == (0, 1)
    assert found.first[1] == found.longer[1] == 4


def test_a_draft_after_one_that_was_held_back_is_no_second_judgement():
    company = assemble(catalogue.load("socratic-math"))
    several = asked_at_once(company.scenario.graph(company.parameters))
    assert several == set()
    spar = assemble(catalogue.load("spar"))
    assert "refiner.judge" in asked_at_once(spar.scenario.graph(spar.parameters))
    judges = Judges(company.scenario.roles, several)
    for place in range(12):
        judges.add(asyncio.run(company.play(company.scenario.world.generate(0, place), place)))
    found = judges.verdicts["teacher.turn", "move"]
    assert found.said.total() > 12
    assert found.alpha.units == 0


def test_judgements_of_several_parts_of_a_text_are_no_disagreement():
    company = assemble(catalogue.load("spar"))
    played = asyncio.run(company.play(company.scenario.world.generate(1, 1), 1))
    response, votes = played.by_role("actor.respond")[0], played.by_role("refiner.judge")[:4]
    said = ("yes", "yes", "no", "no")
    events = [
        one.model_copy(update={"parent": response.id, "answer": {"text": "x", "verdict": word}})
        for one, word in zip(votes, said, strict=True)
    ]
    episode = played.model_copy(update={"events": (response, *events)})
    views = [{"part": "first"}] * 2 + [{"part": "second"}] * 2
    judges = Judges(company.scenario.roles)
    assert judges.curious
    judges.add(episode, {one.id: view for one, view in zip(events, views, strict=True)})
    found = judges.verdicts["refiner.judge", "verdict"]
    assert (found.alpha.units, found.alpha.value()) == (2, 1.0)
    assert found.said == {"yes": 2, "no": 2}


def test_a_judge_of_known_accuracy_agrees_with_itself_as_it_must():
    # two judges who are right with probability a agree with a² + (1 - a)²; with balanced truth, alpha is (2a - 1)²
    from maieutic import Episode, Event

    role = next(one for one in catalogue.load("spar").roles if one.name == "refiner.judge")
    judges, chance, accuracy = Judges([role]), random.Random(3), 0.8
    company = assemble(catalogue.load("spar"))
    played = asyncio.run(company.play(company.scenario.world.generate(1, 1), 1))
    response = played.by_role("actor.respond")[0]
    template = played.by_role("refiner.judge")[0]

    def vote(number, right):
        said = "yes" if (chance.random() < accuracy) == right else "no"
        return Event.model_validate(
            {
                **template.model_dump(),
                "id": f"v{number}",
                "parent": response.id,
                "answer": {"text": "x", "verdict": said},
            }
        )

    for place in range(1500):
        votes = tuple(vote(number, place % 2 == 0) for number in range(5))
        episode: Episode = played.model_copy(update={"events": (response, *votes)})
        judges.add(episode)
    found = judges.verdicts["refiner.judge", "verdict"]
    assert found.alpha.units == 1500
    assert found.alpha.value() == pytest.approx((2 * accuracy - 1) ** 2, abs=0.03)
    assert found.said.total() == 7500


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(st.lists(entries("pair") | entries("judged") | entries("dialogue") | entries("stepwise"), max_size=8))
def test_any_records_have_statistics_whose_counts_add_up(several):
    pytest.importorskip("rapidfuzz")
    statistics = Statistics()
    assert list(statistics.watch(several)) == several
    facts = statistics.facts()
    json.dumps(facts)
    lengths = [row["n"] for row in facts["quantities"] if row["quantity"] == "length"]
    assert sum(lengths) == len(several)
    assert sum(row["n"] for row in facts["classes"] if row["class"] == "scenario") == len(several)
    assert sum(row["n"] for row in facts["chosen is longer"]) <= sum(
        isinstance(one.record, Pair) for one in several
    )
    for table in statistics.tables():
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_statistics_go_into_the_card_and_are_drawn(tmp_path):
    pytest.importorskip("rapidfuzz")
    pytest.importorskip("matplotlib")
    from maieutic.exports import plots

    statistics = Statistics()
    export(drawn("spar"), Plan(load("jsonl"), tmp_path / "out", statistics=statistics))
    card = (tmp_path / "out" / "README.md").read_text()
    assert "## Statistics: quantities" in card
    assert "| pair/prefer | edit_distance |" in card
    made = plots.draw(statistics, tmp_path / "plots")
    assert sorted(file.name for file in made) == [
        "labels.png",
        "quantities-dialogue-refine.png",
        "quantities-judged-judge.png",
        "quantities-pair-prefer.png",
        "shares.png",
    ]
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in made)
    assert plots.draw(Statistics(), tmp_path / "none") == []
