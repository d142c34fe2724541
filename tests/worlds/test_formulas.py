"""Formulas: units, quantities as they are written, a comparer that knows what it cannot tell, steps that are worked out again."""

import itertools
import re
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from shared_data import shared

from maieutic import InputError
from maieutic.worlds import Row, rows
from maieutic.worlds.formulas import (
    KINDS,
    READERS,
    WORLD,
    chain,
    compared,
    first_fault,
    is_choice,
    mistakes,
    parse_unit,
    read,
    sound,
    stated,
    told,
    verdict,
)
from maieutic.worlds.formulas.arithmetic import comes_out, equations
from maieutic.worlds.formulas.laws import FAMILIES
from maieutic.worlds.formulas.quantities import decimal, forms, reference, scientific
from maieutic.worlds.formulas.working import lines
from maieutic.worlds.word_problems import READERS as WORDED

UNITS = ["m", "kg", "s", "N", "J", "W", "m/s", "m/s^2", "Pa", "V", "A", "Ω", "mol", "mol/L", "g", "J/(kg*K)"]


def task_of(record):
    reader = next(one for one in READERS if one.keys <= record.keys())
    return reader.read(Row(record, "records.jsonl", 3))


# units


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("N", "kg m s^-2"),
        ("N", "kg·m/s²"),
        ("J", "N·m"),
        ("kW", "kJ/s"),
        ("Pa", "N/m^2"),
        ("L", "dm^3"),
        ("mL", "cm³"),
        ("V/A", "Ω"),
        ("metres per second", "m/s"),
        ("kilometers", "km"),
        ("kJ mol^{-1}", "kJ/mol"),
        ("J/(kg*K)", "J kg^-1 K^-1"),
        ("$\\mathrm{m} / \\mathrm{s}^2$", "m/s^2"),
    ],
)
def test_one_unit_is_read_in_its_many_spellings(one, other):
    assert parse_unit(one) is not None
    assert parse_unit(one) == parse_unit(other)


@pytest.mark.parametrize("text", ["apples", "", "x^2", "m/", "kg kg apples", "½", "m" * 100, "m//s", "4 m"])
def test_what_is_no_unit_is_none(text):
    assert parse_unit(text) is None


@given(st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_a_product_of_units_has_their_factors_and_dimensions(one, other):
    a, b, both = parse_unit(one), parse_unit(other), parse_unit(f"{one}*{other}")
    if "/" in one:
        return  # what stands behind a fraction bar is read as usual: `m/s*kg` is (m/s) kg
    assert both.factor == a.factor * b.factor
    assert both.dimension == tuple(x + y for x, y in zip(a.dimension, b.dimension, strict=True))


# answers


@pytest.mark.parametrize(
    ("said", "answer", "wanted"),
    [
        ("12 N", "12 N", "same"),
        ("12.0 N", "12 N", "same"),
        ("F = 12 N", "12 N", "same"),
        ("0.012 kN", "12 N", "same"),
        ("12 kg·m/s²", "12 N", "same"),
        ("1.2 × 10^1 N", "12 N", "same"),
        ("1.2e1 N", "12 N", "same"),
        ("$1.2 \\times 10^{1} \\mathrm{~N}$", "12 N", "same"),
        ("12 J", "12 N", "different"),
        ("12 newtons", "12 N", "same"),
        ("12", "12 N", "unclear"),
        ("13", "12 N", "different"),
        ("-12 N", "12 N", "different"),
        ("72 km/h", "20 m/s", "same"),
        ("72 m/s", "20 m/s", "different"),
        ("25 °C", "298.15 K", "same"),
        ("16.67 m/s", "16.7 m/s", "same"),
        ("16.6 m/s", "16.7 m/s", "different"),
        ("17 m/s", "16.7 m/s", "different"),
        ("9.8 m/s^2", "9.81 m/s^2", "different"),
        ("0.333 m", "1/3 m", "same"),
        ("0.33 m", "1/3 m", "different"),
        ("1/4 m", "0.25 m", "same"),
        ("1196 m", "1200 m", "different"),
        ("2.18 × 10^4 J", "21827.4 J", "same"),
        ("2.2 × 10^4 J", "2.18 × 10^4 J", "different"),
        ("90 minutes", "1.5 h", "same"),
        ("one and a half hours", "90 min", "same"),
        ("75 %", "0.75", "same"),
        ("$18", "18", "same"),
        ("18 dollars", "18", "same"),
        ("$12.54", "$12.50", "different"),
        ("50 cents", "$0.50", "same"),
        ("18 eggs", "18 apples", "unclear"),
        ("18 apples", "18", "same"),
        ("19 apples", "18", "different"),
        ("1,200", "1200", "same"),
        ("(B)", "B", "same"),
        ("B) 4 N", "B", "same"),
        ("C", "B", "different"),
        ("A and D", "AD", "same"),
        ("Because of friction", "B", "unclear"),
        ("x^2/2 + x", "x + 0.5x^2", "same"),
        ("it depends", "12 N", "unclear"),
        (None, "12 N", "unclear"),
        ("12 N", " ", "unclear"),
    ],
)
def test_answers_are_compared_by_what_they_are_worth(said, answer, wanted):
    assert verdict(said, answer) == wanted


def test_digits_and_tolerance_loosen_the_comparison():
    assert verdict("9.8 m/s^2", "9.81 m/s^2", digits=2) == "same"
    assert verdict("16.3 m", "16.7 m", tolerance=0.05) == "same"
    assert verdict("15 m", "16.7 m", tolerance=0.05) == "different"


numbers = st.builds(
    lambda top, power: Fraction(top) * Fraction(10) ** power, st.integers(1, 9999), st.integers(-3, 3)
)


@given(numbers, st.sampled_from(UNITS))
@example(Fraction(1, 4), "m")
def test_a_quantity_is_the_same_in_each_of_its_forms(number, unit):
    answer = f"{reference(number)} {unit}"
    assert verdict(answer, answer) == "same"
    for form in forms(answer):
        assert verdict(form, answer) == verdict(answer, form) == "same"


@given(numbers, st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_another_dimension_is_another_quantity(number, unit, other):
    assume(parse_unit(unit).dimension != parse_unit(other).dimension)
    assert verdict(f"{decimal(number)} {other}", f"{decimal(number)} {unit}") == "different"


@given(numbers, st.floats(0.02, 5), st.sampled_from(UNITS))
def test_what_is_off_by_more_than_rounding_is_different(number, share, unit):
    wrong = number * (1 + Fraction(share))
    told = reference(number)  # 0.15 may have been rounded to 0.1, which has one digit only
    assume("×" in told or abs(wrong - number) > Fraction(10) ** -len(told.partition(".")[2]) / 2)
    assert verdict(f"{scientific(wrong, 5)} {unit}", f"{reference(number)} {unit}") == "different"


@given(numbers)
def test_a_reference_stands_for_the_number_that_it_was_rounded_from(number):
    again = read(reference(number))
    assert abs(again.number - number) <= abs(number) / 200
    assert verdict(f"{scientific(number, 5)} J", f"{reference(number)} J") == "same"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The answer is 12 N.", "12 N"),
        ("Answer: 9.8 m/s². Then I checked.", "9.8 m/s²"),
        ("the answer is 3. No: the answer is 4 m.", "4 m"),
        ("**Final answer:** 3 N", "3 N"),
        ("a\n#### 18", "18"),
        ("so \\boxed{12\\text{ N}}", "12\\text{ N}"),
        ("It comes to 12 N.", None),
        ("", None),
        ("The answer is", None),
    ],
)
def test_an_answer_is_what_is_called_one(text, wanted):
    assert stated(text) == wanted


@pytest.mark.parametrize("text", ["C", "(a)", "AB", "12 C", "Carbon", "I", ""])
def test_choices_are_single_capitals(text):
    assert is_choice(text) is (text in ("C", "AB"))


# steps


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("F = m * a = 3 kg * 4 m/s^2 = 12 N", True),
        ("F = m * a = 3 kg * 4 m/s^2 = 12 J", False),
        ("E = 0.5 * 2 kg * (3 m/s)^2 = 9 J", True),
        ("E = 1/2 × 4 × 3² = 18 J", True),
        ("v = √(2*9.8*10) = 14 m/s", True),
        ("v = \\sqrt{2*9.8*10} = 15 m/s", False),
        ("0.5 km = 500 m", True),
        ("0.5 km = 50 m", False),
        ("10 / 3 = 3.33", True),
        ("10 / 3 = 3.4", False),
        ("123 + 456 = 580", False),
        ("2*3 + 4 = 6 + 4 = 10", True),
        ("He has 3 x 4 = 12 apples and 12 + 5 = 18 left.", False),
        ("12 apples * $2/apple = $24", True),
        ("40% of 50 = 20", True),
        ("5 minutes * 60 seconds/minute = 300 seconds", True),
        ("3 hours*60 minutes = 180 minutes", True),
        ("36 / (4 + 5) = 4 boxes", True),
    ],
)
def test_an_equation_comes_out_or_not(line, right):
    found = equations(line)
    assert found
    assert all(map(comes_out, found)) is right


@pytest.mark.parametrize(
    "line", ["x = 3y + 4 = 10", "2L + 8 = 22", "v0 = 3", "F = m * a", "Of 20 there are = 12"]
)
def test_nothing_is_said_of_what_is_no_arithmetic(line):
    assert equations(line) == ()


@pytest.mark.parametrize(
    "text",
    [
        "=" * 5000,
        "(" * 300 + "=1",
        "9" * 5000 + " = 1",
        "((((9^9)^9)^9)^9)^9 = 1",
        "10^999 * 10^999 = 1e999",
        "1e999 * 2 = 3",
        "1 / 0 = 0 = 0^-1",
        "sqrt(-4) = 2",
        "- " * 200 + "= 1",
        "1 m/" * 80 + "= 3",
        "The answer is " + "9" * 5000,
        "The answer is " + "m/s " * 2000,
        "The answer is 1e999 N",
        "½ = \x00 = ⁷⁷⁷ = −−−",
    ],
)
def test_hostile_text_is_only_text(text):
    of = chain(WORLD.generate(0, 0).truth)
    assert first_fault(text, of, "3 N") is not None
    assert compared({"response": text, "answer": "3 N"})["verdict"] in ("unclear", "different")


# tasks


@pytest.mark.parametrize("seed", range(60))
def test_a_generated_solution_is_sound_and_its_equations_come_out(seed):
    task = WORLD.generate(seed, seed)
    text, of, answer = str(task.fields["solution"]), chain(task.truth), str(task.truth["answer"])
    assert task == WORLD.generate(seed, seed)
    assert sound(text, of, answer)
    assert len(equations(text)) >= len(of.steps) == len(of.units) == len(of.laws)
    assert all(parse_unit(unit) for unit in of.units)
    assert answer not in str(task.fields["question"])
    last = read(f"{scientific(of.steps[-1].value, 6)} {of.units[-1]}")
    assert abs(last.base - read(answer).base) <= abs(last.base) / 200


def test_every_family_is_generated():
    topics = {WORLD.generate(0, index).fields["topic"] for index in range(200)}
    assert topics == {family.__name__ for family in FAMILIES}


def planted(tasks):
    """Each mistake that is known for a task and spoils its answer: the chain, the right answer, the mistake, the wrong one."""
    for task in tasks:
        of, answer = chain(task.truth), str(task.truth["answer"])
        for place, kind in itertools.product(range(len(of.steps)), KINDS):
            for one in mistakes(of, place, kind):
                done = lines(of, one)
                wrong = None if done is None else f"{decimal(done[-1][1])} {of.units[-1]}"
                if wrong is not None and verdict(wrong, answer) != "same":
                    yield of, answer, one, wrong


def test_a_planted_mistake_is_told_at_its_place_by_its_kind():
    seen, right = Counter(), Counter()
    for of, answer, one, wrong in planted(WORLD.generate(5, index) for index in range(12)):
        fault = first_fault(f"{told(of, one)}\nThe answer is {wrong}.", of, answer)
        assert fault is not None
        seen[one.kind] += 1
        right[one.kind] += (fault.line, fault.kind) == (one.place, one.kind)
    for kind in KINDS:
        assert seen[kind] > 50
        assert right[kind] > 0.9 * seen[kind]


def test_a_right_answer_does_not_hide_a_mistake():
    hidden = count = 0
    for of, answer, one, _ in planted(WORLD.generate(6, index) for index in range(12)):
        text = f"{told(of, one)}\nThe answer is {answer}."
        assert compared({"response": text, "answer": answer})["verdict"] == "same"
        count += 1
        hidden += sound(text, of, answer)
    assert count > 200
    assert hidden < 0.02 * count


def test_an_answer_without_a_working_is_asserted():
    task = WORLD.generate(0, 1)
    answer = str(task.truth["answer"])
    fault = first_fault(f"The answer is {answer}.", chain(task.truth), answer)
    assert fault is not None
    assert fault.kind == "false-reasoning"
    assert sound(f"The answer is {answer}.", chain({}), answer)


# records


def test_records_of_science_questions_are_tasks():
    bench = {
        "problem_text": "How long?",
        "answer_number": "1.5",
        "answer_latex": "1.5",
        "unit": " $10^{-3} \\mathrm{~s}$",
        "problemid": " 3",
        "solution": "",
    }
    assert task_of(bench).truth["answer"] == "1.5 × 10^-3 s"
    assert verdict("1.5 ms", task_of(bench).truth["answer"]) == "same"
    plain = task_of({"question": "How far?", "answer": 12, "unit": "km"})
    assert plain.fields["answer"] == "12 km"
    assert task_of({"question": "How far?", "answer": "9.8 m/s^2"}).fields["answer"] == "9.8 m/s^2"
    letters = {"text": ["up", "down", "left"], "label": ["1", "2", "3"]}
    chosen = task_of({"id": "q7", "question": "Where to?", "choices": letters, "answerKey": "2"})
    assert chosen.fields["answer"] == "B"
    assert "B) down" in chosen.fields["question"]
    assert chosen.truth["choices"] == 3
    made = task_of({"content": "How much?", "summary": "2 * 3 = 6 N\nThe answer is 6 N."})
    assert (made.fields["answer"], made.fields["solution"][:5]) == ("6 N", "2 * 3")
    worded = task_of({"question": "2 bags of 3?", "answer": "2*3=<<2*3=6>>6\n#### 6"})
    assert (worded.world, worded.fields["answer"]) == ("word-problems", "6")


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"problem_text": "How long?", "answer_number": "soon", "unit": "s"}, "answer_number"),
        ({"problem_text": " ", "answer_number": "3", "unit": "s"}, "problem_text"),
        ({"question": "Where?", "choices": ["a", "b"], "answerKey": "A"}, "choices"),
        ({"question": "Where?", "choices": {"text": ["a"], "label": ["A"]}, "answerKey": "A"}, "choices"),
        (
            {"question": "Where?", "choices": {"text": ["a", "b"], "label": ["A", "B"]}, "answerKey": "C"},
            "answerKey",
        ),
        ({"content": "How much?", "summary": "It is clear."}, "summary"),
        ({"question": "How far?", "answer": None}, "answer"),
        ({"question": "How far?", "answer": 3, "unit": 4}, "unit"),
    ],
)
def test_a_record_that_cannot_be_used_is_an_error_with_its_place(record, words):
    with pytest.raises(InputError) as caught:
        task_of(record)
    assert words in str(caught.value)
    assert "records.jsonl" in str(caught.value)


@pytest.mark.parametrize(("name", "least"), [("gsm8k/train.jsonl", 0.97), ("svamp/problems.jsonl", 1.0)])
def test_real_solutions_are_sound(name, least):
    held = count = 0
    for row in itertools.islice(rows(shared(name)), 150):
        task = next(one for one in WORDED if one.keys <= row.data.keys()).read(row)
        of, answer = chain(task.truth), str(task.truth["answer"])
        if of.steps:
            count += 1
            held += sound(f"{task.fields['solution']}\nThe answer is {answer}.", of, answer)
    assert count > 100
    assert held >= least * count


def test_of_real_model_solutions_the_wrong_ones_have_a_fault_and_nearly_all_right_ones_none():
    counts = {True: [0, 0], False: [0, 0]}
    for row in itertools.islice(rows(shared("gsm8k/model_solutions.jsonl")), 100):
        task = next(one for one in WORDED if one.keys <= row.data.keys()).read(row)
        of, answer = chain(task.truth), str(task.truth["answer"])
        for one in task.truth["solutions"]:
            text = re.sub("<<[^<>]*>>", "", one["text"])
            counts[one["correct"]][0] += sound(text, of, answer)
            counts[one["correct"]][1] += 1
    assert counts[True][0] > 0.9 * counts[True][1] > 50
    assert counts[False][0] < 0.05 * counts[False][1]
