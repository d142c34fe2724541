"""Correlations of two measures, and what is gained by declining."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maieutic.runs.ranking import pearson, ranks, spearman, standings
from maieutic.runs.selective import area, curve, threshold

NUMBERS = st.lists(st.integers(-50, 50), min_size=2, max_size=12)
SCORED = st.lists(st.tuples(st.integers(0, 9), st.floats(0, 1)), min_size=1, max_size=12)


@given(NUMBERS)
def test_a_measure_goes_with_itself_and_against_its_negative_and_order_is_all_that_ranks_keep(values):
    if len(set(values)) == 1:
        assert pearson(values, values) is spearman(values, values) is None
        return
    assert pearson(values, values) == pytest.approx(1)
    assert spearman(values, [-one for one in values]) == pytest.approx(-1)
    assert spearman(values, [one**3 for one in values]) == pytest.approx(1)
    assert sum(ranks(values)) == pytest.approx(len(values) * (len(values) + 1) / 2)


@given(
    st.integers(1, 5).flatmap(
        lambda k: st.lists(st.lists(st.integers(0, 3), min_size=k, max_size=k), min_size=1)
    )
)
def test_standings_share_out_every_task_and_name_nobody_twice(tasks):
    found = standings(tasks)
    k = len(tasks[0])
    assert sum(one.first for one in found) == pytest.approx(1)
    assert sum(one.rank for one in found) == pytest.approx(k * (k + 1) / 2)
    assert all(1 <= one.rank <= k and one.n == len(tasks) for one in found)
    for place, one in enumerate(found):
        assert (one.first == 1) == (
            all(values[place] > max([-1, *values[:place], *values[place + 1 :]]) for values in tasks)
        )


def test_standings_need_one_value_each():
    assert standings([]) == []
    with pytest.raises(ValueError, match="got 1 for 2"):
        standings([[1, 2], [1]])


def test_the_published_win_rates_rank_methods_as_people_do_but_for_two_swaps():
    simulated = [79.0, 61.4, 46.8, 45.0, 41.9, 39.2, 36.7, 11.3]
    people = [69.8, 52.9, 55.1, 50.7, 45.7, 40.7, 44.3, 6.5]
    assert spearman(simulated, people) == pytest.approx(1 - 6 * 4 / (8 * 63))
    with pytest.raises(ValueError, match="one length"):
        spearman(simulated, people[:3])


@given(SCORED)
def test_coverage_rises_to_all_and_the_quality_of_all_is_the_mean(scored):
    points = curve(scored)
    assert [one.coverage for one in points] == sorted(one.coverage for one in points)
    assert points[-1].coverage == 1
    assert points[-1].quality == pytest.approx(sum(q for _, q in scored) / len(scored))
    for one in points:
        taken = [q for score, q in scored if score >= one.threshold]
        assert one.quality == pytest.approx(sum(taken) / len(taken))
    best = curve([(q, q) for _, q in scored])  # nobody can order them better than by their quality
    assert area(points) <= area(best) + 1e-9
    assert [one.quality for one in best] == sorted((one.quality for one in best), reverse=True)


@given(SCORED, st.floats(0, 1))
def test_a_threshold_accepts_as_much_as_the_quality_that_is_wanted_allows(scored, wanted):
    points = curve(scored)
    chosen = threshold(points, quality=wanted)
    good = [one for one in points if one.quality >= wanted]
    assert (chosen is None) is (not good)
    if good:
        assert chosen == max(good, key=lambda one: one.coverage).threshold
    assert threshold(points, coverage=1.0) == points[-1].threshold
    assert threshold([], quality=0.5) is None
    with pytest.raises(ValueError, match="no curve"):
        area([])
