"""Agreement on scales: the published example, laws of the measures, and what a known split of variance gives."""

import math

import pytest

from maieutic import rng
from maieutic.runs.agreement import Agreed, icc, weighted_kappa
from maieutic.runs.tutoring import LENIENT, code_accuracy, code_macro_f1, student_drift, tutoring
from maieutic.scenarios import Lesson

PUBLISHED = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_the_correlation_of_the_published_table_is_the_published_one():
    assert icc([[one] for one in PUBLISHED]).mean == pytest.approx(
        0.17, abs=0.005
    )  # Shrout and Fleiss, table 4


def test_a_known_split_of_variance_is_found_and_lies_in_its_interval():
    chance = rng("scales")
    lots = [
        [[true + 0.5 * chance.gauss() for _ in range(2 + place % 3)]]
        for place in range(400)
        for true in [chance.gauss()]
    ]
    found, pooled = icc(lots), weighted_kappa(lots)
    assert found.low < 1 / 1.25 < found.high
    assert pooled.mean == pytest.approx(found.mean, abs=0.05)


def test_on_two_values_the_weighted_kappa_is_the_plain_one():
    lots = [[[1, 1], [0, 1]], [[0, 0, 1]], [[1, 1]], [[0, 0], [1]]]
    plain = Agreed()
    for things in lots:
        things = [one for one in things if len(one) > 1]
        pairs = [(a, b) for one in things for i, a in enumerate(one) for b in one[i + 1 :]]
        plain.pairs.append((float(sum(a == b for a, b in pairs)), float(len(pairs))))
        plain.values.append({value: sum(one.count(value) for one in things) for value in (0, 1)})
    found = weighted_kappa(lots)
    assert found.mean == pytest.approx(plain.kappa.mean)
    assert (found.low, found.high) == pytest.approx((plain.kappa.low, plain.kappa.high))


def test_a_far_miss_weighs_more_than_near_ones_and_no_spread_is_no_agreement():
    near = weighted_kappa([[[1, 2]], [[5, 4]], [[3, 3]]])
    far = weighted_kappa([[[1, 5]], [[5, 4]], [[3, 3]]])
    assert far.mean < near.mean
    assert weighted_kappa([[[3, 3]], [[3, 3]]]) is None
    assert icc([[[3, 3]], [[3, 3]]]) is None
    assert weighted_kappa([[[4]], []]) is icc([[[4], [5]]]) is None


def test_drift_is_the_slope_of_the_surplus_and_no_constant_bias():
    def lesson(rates):
        return Lesson(abided=tuple((1 - rate, True) for rate in rates))

    steady = lesson([0.4, 0.4, 0.4, 0.4])
    assert student_drift([steady, lesson([0.9, 0.9])]).mean == pytest.approx(0)
    found = student_drift([lesson([0.1, 0.2, 0.3]), lesson([0.5, 0.6]), lesson([0.9])])
    assert found.mean == pytest.approx(0.1)
    assert found.n == 2
    assert math.isclose(found.low, found.high)
    assert student_drift([lesson([0.9])]) is None
    assert student_drift([lesson([0.0, 0.3]), lesson([0.0, 0.1, 0.2])]).mean == pytest.approx(
        (0.15 + 0.2) / (0.5 + 2)
    )


def test_a_lenient_score_takes_half_a_yes_for_one():
    said = (("yes", "to some extent"), ("to some extent", "yes"), ("no", "no"), ("no", "to some extent"))
    lessons = [Lesson(codes={"guidance": said})]
    assert code_accuracy(lessons, "guidance").mean == 1 / 4
    assert code_accuracy(lessons, "guidance", LENIENT).mean == 3 / 4
    assert code_macro_f1(lessons, "guidance", LENIENT).mean == pytest.approx((4 / 5 + 2 / 3) / 2)
    named = tutoring(lessons)
    assert (named["guidance_accuracy"].mean, named["guidance_accuracy_lenient"].mean) == (1 / 4, 3 / 4)
    assert "guidance_accuracy_lenient" not in tutoring([Lesson(codes={"guidance": (("yes", "no"),)})])
