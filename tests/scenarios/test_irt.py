"""Item response theory: what was planted is found again, what was not answered does no harm, probes are read as written."""

import json
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maieutic import InputError
from maieutic.scenarios.arte import SCENARIO as ARTE
from maieutic.scenarios.learning_by_teaching import SCENARIO as TAUGHT
from maieutic.scenarios.probing.irt import Item, fit, rank_correlation
from maieutic.scenarios.probing.probes import Probe, read
from maieutic.scenarios.probing.probes import given as written


def answered(items, thetas, seed):
    chance = random.Random(seed)
    return [[chance.random() < item.chance(theta) for theta in thetas] for item in items]


def planted(n, seed):
    chance = random.Random(seed)
    return [Item(alpha=math.exp(0.6 * chance.gauss()), beta=chance.gauss()) for _ in range(n)]


def agreement(items, found, name):
    return rank_correlation([getattr(one, name) for one in items], [getattr(one, name) for one in found])


def test_planted_discriminations_and_difficulties_are_recovered():
    chance, items = random.Random(5), planted(40, 1)
    found = fit(answered(items, [chance.gauss() for _ in range(150)], 2))
    assert agreement(items, found, "alpha") > 0.85
    assert agreement(items, found, "beta") > 0.95
    errors = [math.log(a.alpha / b.alpha) for a, b in zip(items, found, strict=True)]
    assert abs(sum(errors)) / len(errors) < 0.15  # abilities were of the prior's scale, so is alpha


def test_more_respondents_recover_more():
    items, chance = planted(40, 3), random.Random(4)
    thetas = [chance.gauss() for _ in range(120)]
    few, many = (agreement(items, fit(answered(items, thetas[:n], 5)), "alpha") for n in (12, 120))
    assert few < many
    assert many > 0.8


def test_an_item_that_nobody_answered_is_as_the_prior_has_it():
    row = [True, False, True, False]
    unknown = fit([row, row, [None] * 4])[2]
    assert unknown == Item(alpha=1.0, beta=0.0)
    assert fit([]) == []


def test_an_item_that_goes_against_ability_is_the_least_telling():
    able = [True] * 10 + [False] * 10
    found = fit([able, able, able, able, [not one for one in able]])
    assert min(range(5), key=lambda place: found[place].alpha) == 4


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=1, max_size=5))
def test_any_matrix_gives_finite_items_and_more_right_answers_an_easier_one(matrix):
    found = fit(matrix)
    assert all(0 < one.alpha < 50 and abs(one.beta) < 10 for one in found)
    none, every = fit([[False] * 6, [True] * 6])
    assert none.beta > 0 > every.beta


def test_rows_of_different_lengths_and_priors_that_are_none_are_refused():
    with pytest.raises(ValueError, match="as many"):
        fit([[True], [True, False]])
    with pytest.raises(ValueError, match="above 0"):
        fit([[True]], spread=0)


@given(st.lists(st.integers(-5, 5), min_size=3, max_size=8))
def test_rank_correlation_is_one_with_any_growing_function_and_keeps_its_bounds(values):
    found = rank_correlation(values, [value**3 + 1 for value in values])
    assert (found is None) == (len(set(values)) == 1)
    assert found is None or found == pytest.approx(1)
    other = rank_correlation(values, values[::-1])
    assert other is None or -1.0000001 <= other <= 1.0000001


def test_probes_are_read_as_json_or_from_a_file(tmp_path):
    one = Probe(id="a", question="1 + 1?", answer="2")
    file = tmp_path / "probes.jsonl"
    file.write_text(one.model_dump_json() + "\n")
    assert read(str(file)) == [one]
    for name, scenario, given_as in (
        ("probe_items", ARTE, f"[{one.model_dump_json()}]"),
        ("bank", TAUGHT, str(file)),
    ):
        assert getattr(scenario.configure({name: given_as}), name) == (one,)
    assert written("") == ()
    assert written((one,)) == (one,)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"id": "a", "question": "1 + 1?"}, "answer"),
        ({"kind": "judged", "prompt": 3}, "judged|Field|valid"),
        ({"id": 3, "question": "1 + 1?", "answer": "2"}, "id"),
    ],
)
def test_a_file_that_holds_no_probes_is_an_error_with_its_line(tmp_path, row, said):
    file = tmp_path / "probes.jsonl"
    file.write_text('{"id": "b", "question": "2 + 2?", "answer": "4"}\n' + json.dumps(row) + "\n")
    with pytest.raises(InputError, match=said) as error:
        read(str(file))
    assert error.value.line == 2
