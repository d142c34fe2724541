import re
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from in_process import here_and_elsewhere
from shared_data import shared

from maieutic import InputError, UnknownNameError
from maieutic.worlds import Row, rows
from maieutic.worlds.word_problems import (
    LIBRARY,
    READERS,
    Step,
    applicable,
    by_name,
    equal,
    explain,
    filled,
    final_answer,
    generate,
    numbers_in,
    parse_number,
    reveals,
    spell,
    value,
)
from maieutic.worlds.word_problems.steps import SKILLS, skill_of
from maieutic.worlds.word_problems.worked import chained

# calculations


@st.composite
def expressions(draw, depth=3):
    if depth == 0 or draw(st.booleans()):
        text = draw(st.sampled_from(["3", "40", "2.5", "0.75", "1,200", "17", "8%", "100"]))
        return text, Fraction(text.replace(",", "").rstrip("%")) / (100 if "%" in text else 1)
    (left, a), (right, b) = draw(expressions(depth=depth - 1)), draw(expressions(depth=depth - 1))
    sign = draw(st.sampled_from("+-*/"))
    assume(sign != "/" or b)
    worth = {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else None}[sign]
    return f"({left}) {sign} ({right})", worth


@given(expressions())
def test_an_expression_is_worked_out_exactly(pair):
    text, worth = pair
    assert value(text) == worth


def test_precedence_and_earlier_results():
    assert value("2 + 3 * 4 - 6 / 3") == 12
    assert value("2(3 + 4)") == 14
    assert value("-3 + #1 * 2", [Fraction(9), Fraction(1, 2)]) == -2


@pytest.mark.parametrize(
    "text", ["", "2 +", "(2", "2)", "a + 1", "2 ** 3", "__import__('os')", "2 2", "(" * 200]
)
def test_what_is_no_arithmetic_is_an_error(text):
    with pytest.raises(InputError):
        value(text)


def test_a_result_that_is_not_there_and_division_by_nought_are_errors():
    with pytest.raises(InputError, match="before it is worked out"):
        value("#2", [Fraction(1)])
    with pytest.raises(ZeroDivisionError):
        value("1 / (2 - 2)")


@given(st.fractions(max_denominator=50))
def test_a_step_and_a_spelled_number_survive_their_spelling(number):
    step = Step(expr="1", value=number, skill="addition")
    assert Step.model_validate_json(step.model_dump_json()) == step
    assert parse_number(spell(number)) == number


# answers

whole = st.integers(0, 999_999)


@given(whole, st.integers(0, 99))
def test_numbers_are_read_in_every_spelling(dollars, cents):
    number = Fraction(f"{dollars}.{cents:02d}")
    for text in (
        f"{dollars}.{cents:02d}",
        f"${dollars:,}.{cents:02d}",
        f"{dollars:,}.{cents:02d} dollars",
        f"x = {dollars}.{cents:02d}",
        f"**{dollars}.{cents:02d}**",
    ):
        assert parse_number(text) == number, text
        assert equal(text, str(number))
    assert not equal(str(number + 1), str(number))


ONES = ["", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
ONES += ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def in_words(n):
    if n < 20:
        return ONES[n]
    if n < 100:
        return TENS[n // 10] + (f"-{ONES[n % 10]}" if n % 10 else "")
    if n < 1000:
        return f"{ONES[n // 100]} hundred" + (f" and {in_words(n % 100)}" if n % 100 else "")
    return f"{in_words(n // 1000)} thousand" + (f" {in_words(n % 1000)}" if n % 1000 else "")


@given(st.integers(2, 99_999))
def test_numbers_are_read_in_words(n):
    assert parse_number(in_words(n)) == n
    assert parse_number(f"minus {in_words(n)}") == -n
    assert numbers_in(f"There were {in_words(n)} of them.") == [n]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("twenty-one and a half", Fraction(43, 2)),
        ("three quarters", Fraction(3, 4)),
        ("two and three quarters", Fraction(11, 4)),
        ("7 2/5", Fraction(37, 5)),
        ("-7/2", Fraction(-7, 2)),
        ("2½", Fraction(5, 2)),
        ("44%", Fraction(11, 25)),
        (".5", Fraction(1, 2)),
        ("$3.65", Fraction(73, 20)),
        ("35 pens", 35),
        ("\\frac{3}{4}", Fraction(3, 4)),
        ("about 12", 12),
        ("4x", None),
        ("3 > 2", None),
        ("12 or 13", None),
        ("none", None),
        ("", None),
    ],
)
def test_what_is_a_number_and_what_is_not(text, number):
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("answer", "gold", "same"),
    [
        ("70%", "70", True),
        ("70%", "0.7", True),
        ("5/4", "1.25", True),
        ("4/4", "1", True),
        ("12.0", "12", True),
        ("12.01", "12", False),
        ("-2", "2", False),
        ("4x", "x*4", True),
        ("x^4", "4x", False),
        ("y - 1", "-1 + y", True),
        ("x", "y - 1", False),
        ("3 + 4", "7", True),
        ("never true", "Sometimes true", False),
        ("Sometimes  true.", "sometimes true", True),
        ("6S=P", "S=6P", False),
        ("P = 6S", "6S = P", True),
        ("y = 2x + 1", "2x + 1 = y", True),
        ("", "", False),
    ],
)
def test_answers_are_compared_by_what_they_mean(answer, gold, same):
    assert equal(answer, gold) is same


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("a\n#### 1,200", "1,200"),
        ("so 4\nA: 70000", "70000"),
        ("The answer is $18.50.", "$18.50"),
        ("so \\boxed{3/4}", "3/4"),
        ("x = -3", "-3"),
        ("2 + 2 = 4 apples", "4"),
        ("6S = P", "6S = P"),
        ("no idea", None),
    ],
)
def test_the_final_answer_is_found(text, answer):
    assert final_answer(text) == answer


@given(st.integers(100, 9999), st.integers(2, 99), st.integers(2, 99))
def test_a_text_gives_an_answer_away_in_any_spelling(gold, a, b):
    question = f"{a} and {b}?"
    assume(gold not in (a, b))
    for text in (
        f"It is {gold}.",
        f"You get {gold:,}, right?",
        f"That makes {in_words(gold)}.",
        f"So {gold - 1} + 1 it is.",
    ):
        assert reveals(text, str(gold), question), text
    for text in (
        f"What is {a} times {b}?",
        "Think about the second step.",
        f"It is not {gold + 1}.",
        f"Is it {gold}0?",
    ):
        if numbers_in(text) != [gold]:
            assert not reveals(text, str(gold), question), text


def test_a_number_of_the_question_is_no_leak_unless_it_is_called_the_answer():
    assert not reveals("Start from the 12 pens.", "12", "There are 12 pens.")
    assert reveals("The answer is 12.", "12", "There are 12 pens.")
    assert reveals("Write 4x then.", "4x", "four times a number")


# misconceptions


def test_the_library_is_large_named_once_and_sourced():
    assert len(LIBRARY) >= 25
    assert len({one.name for one in LIBRARY}) == len(LIBRARY)
    for one in LIBRARY:
        assert one.statement.endswith(".")
        assert any(character.isdigit() for character in one.source), one.name
        assert set(one.skills) <= set(SKILLS), one.name
        assert by_name(one.name) is one
    with pytest.raises(UnknownNameError, match="smaller-from-larger"):
        by_name("smaller-from-lager")


literals = st.one_of(
    st.integers(0, 2000).map(str),
    st.decimals(0, 200, places=2).map(str),
    st.tuples(st.integers(1, 12), st.integers(2, 12)).map(lambda pair: f"({pair[0]}/{pair[1]})"),
    st.integers(1, 99).map(lambda n: f"{n}%"),
    st.integers(-50, -1).map(lambda n: f"({n})"),
)
sums = st.one_of(
    st.tuples(literals, st.sampled_from("+-*/"), literals).map(" ".join),
    st.tuples(literals, st.sampled_from("+-"), literals, st.sampled_from("*/"), literals).map(" ".join),
    st.tuples(literals, st.sampled_from("+-"), literals).map(lambda t: f"3 * ({' '.join(t)})"),
)


@given(sums)
@settings(max_examples=400)
def test_a_misconception_that_applies_gives_a_wrong_value_and_explains_it(expr):
    try:
        right = value(expr)
    except ZeroDivisionError:
        return
    for name in applicable(expr):
        wrong = by_name(name).wrong(expr)
        assert wrong != right
        assert name in explain(expr, wrong)
    assert explain(expr, right) == ()


EXAMPLES = {
    "smaller-from-larger": ("253 - 179", "126"),
    "borrow-without-paying": ("62 - 38", "34"),
    "nought-less-is-the-digit": ("40 - 17", "37"),
    "nought-less-is-nought": ("40 - 17", "30"),
    "borrow-across-nought": ("305 - 128", "277"),
    "forgets-to-carry": ("68 + 57", "115"),
    "writes-whole-column-sums": ("68 + 57", "1115"),
    "forgets-to-shift": ("23 * 14", "115"),
    "multiplies-by-columns": ("23 * 12", "26"),
    "drops-carries-in-product": ("47 * 6", "242"),
    "times-nought-is-the-digit": ("305 * 4", "1260"),
    "adds-for-times": ("10 * 13", "23"),
    "adds-for-less": ("100 - 40", "140"),
    "reversed-difference": ("8 - 3", "-5"),
    "larger-by-smaller": ("3 / 12", "4"),
    "drops-the-remainder": ("7 / 2", "3"),
    "remainder-behind-the-point": ("7 / 2", "3.1"),
    "omits-nought-in-quotient": ("612 / 6", "12"),
    "point-parts-apart": ("6.7 + 8.5", "14.12"),
    "aligned-at-the-right": ("6.7 + 0.85", "1.52"),
    "decimals-brought-down": ("60 - 1.35", "59.35"),
    "product-keeps-the-point": ("21.8 * .4", "87.2"),
    "point-dropped": ("4.5 * 0.1", "45"),
    "times-must-make-more": ("12 * 0.5", "24"),
    "sharing-must-make-less": ("6 / 0.5", "3"),
    "across": ("1/4 + 2/3", "3/7"),
    "tops-kept": ("3/5 + 1/3", "4/15"),
    "whole-into-both": ("2/3 * 3", "6/9"),
    "crosswise-product": ("2/3 * 4/5", "10/12"),
    "first-upside-down": ("(2/3) / (3/8)", "9/16"),
    "not-upside-down": ("(2/3) / (3/8)", "6/24"),
    "whole-as-top-and-bottom": ("8 - 3/5", "5/3"),
    "percent-as-number": ("20% * 40", "800"),
    "divides-by-percent": ("88/100 * 50", "625/11"),
    "ratio-by-difference": ("6 * 5/3", "8"),
    "converts-the-wrong-way": ("3 * 60", "1/20"),
    "signs-passed-over": ("-4 + -3", "7"),
    "less-a-negative-is-less": ("5 - -3", "2"),
    "minus-of-result-lost": ("-8 + 6", "2"),
    "adds-carry-first": ("47 * 6", "482"),
    "crosswise-as-whole": ("4/5 * 3/4", "166"),
    "bottom-kept": ("2/5 * 3/5", "6/5"),
    "percent-as-tenths": ("5% * 40", "20"),
    "nought-at-the-end": ("2.5 * 10", "2.5"),
    "mixed-parts-apart": ("(5 + 3/8) - (2 + 2/3)", "16/5"),
    "percentage-of-instead": ("28/40 * 100", "11.2"),
    "left-to-right": ("17 - 3 * 5", "70"),
    "first-only": ("2 * (3 + 4)", "10"),
    "parentheses-ignored": ("(2 + 3) * 4", "14"),
}


@pytest.mark.parametrize("name", [one.name for one in LIBRARY])
def test_each_misconception_gives_the_value_of_its_textbook_example(name):
    expr, wrong = EXAMPLES[name]
    assert by_name(name).wrong(expr) == Fraction(wrong)


# generated tasks


@pytest.mark.parametrize("index", range(150))
def test_a_generated_task_is_true_to_itself(index):
    task = generate(3, index)
    steps = [Step.model_validate(step) for step in task.truth["steps"]]
    gold = task.fields["answer"]
    assert 2 <= len(steps) <= 6
    results = []
    for step in steps:
        assert value(step.expr, results) == step.value
        assert step.skill in SKILLS
        assert step.says
        results.append(step.value)
    assert equal(gold, results[-1])
    assert not equal(str(results[-1] + 1), gold)
    assert not equal(str(results[-1] - 1), gold)
    assert equal(final_answer(task.fields["solution"]), gold)
    assert reveals(f"You should get {gold}.", gold, "")
    for name in task.truth["misconceptions"]:
        assert any(by_name(name).wrong(filled(step.expr, results)) is not None for step in steps)
    given = {str(abs(number)) for number in numbers_in(task.fields["question"])} | {"60", "1000", "100"}
    given |= set(re.findall(r"\d+", task.fields["question"]))
    for step in steps:
        for literal in re.findall(r"(?<![#\d.])[\d.]+", step.expr):
            parts = {str(Fraction(literal)), str(Fraction(literal) / 100)}
            shares = {part for number in given for part in number.split("/")}
            assert parts & (given | shares), f"{literal} is calculated with but not in the text"


def test_generated_tasks_differ_and_cover_the_skills():
    tasks = [generate(0, index) for index in range(400)]
    assert len({task.fields["question"] for task in tasks}) > 390
    assert len({task.fields["topic"] for task in tasks}) >= 12
    skills = {step["skill"] for task in tasks for step in task.truth["steps"]}
    assert {"percent", "unit-conversion", "ratio", "signed-numbers", "order-of-operations"} <= skills
    assert any("decimal" in skill for skill in skills)
    assert any("fraction" in skill for skill in skills)


def test_generation_is_the_same_in_every_process(tmp_path):
    program = "from maieutic.worlds.word_problems import generate; print([generate(9, i).model_dump_json() for i in range(9)])"
    here, elsewhere = here_and_elsewhere(tmp_path, program, 12345)
    assert here == elsewhere
    assert here.count('"id"') == 9


# records


def read(data, line=3):
    reader = next(reader for reader in READERS if reader.keys <= data.keys())
    return reader.read(Row(data, "file.jsonl", line))


def test_annotations_become_a_chain_through_which_a_wrong_value_runs():
    steps = chained([("48/2", "24", "half"), ("48+24", "72", "both")], "Natalia sold 48 clips", "72")
    assert [step.expr for step in steps] == ["48/2", "48+#0"]
    assert chained([("80000*.5", "40000.0", "")], "", "40000")[0].value == 40000
    assert chained([("10/3", "3.33", ""), ("3.33*3", "10", "")], "", "10")[-1].value == 10
    assert chained([("2*3", "6", "")], "", "7") == []
    assert chained([("2*x", "6", "")], "", "6") == []


def test_a_gsm8k_record_reads():
    task = read({"question": "2 bags of 3 and 1?", "answer": "2*3=<<2*3=6>>6\nso 6+1=<<6+1=7>>7\n#### 7"}, 12)
    assert task.id == "gsm8k:12"
    assert task.fields["solution"] == "2*3=6\nso 6+1=7"
    assert [step["expr"] for step in task.truth["steps"]] == ["2*3", "#0+1"]
    socratic = read({"question": "q?", "answer": "How many? ** 2*3=<<2*3=6>>6\n#### 6"})
    assert socratic.truth["steps"][0]["says"] == "How many?"


def test_calculations_without_annotation_odd_ones_and_percent_are_read():
    plain = read({"question": "5 and 15 of 20?", "answer": "She has 5*3 = 15.\nThat is 20/4 = $5\n#### 5"})
    assert [step["expr"] for step in plain.truth["steps"]] == ["5*3", "20/4"]
    odd = read({"question": "q?", "answer": "<<2*x=4>>4 <<7=7>>7 <<1/0=1>>1 <<2+2=4>>4 <<9+9=18>>18\n#### 4"})
    assert [step["expr"] for step in odd.truth["steps"]] == ["2+2"]
    percent = read({"question": "q?", "answer": "It is <<5/20*100%=25%>>25%\n#### 25"})
    assert percent.truth["steps"][0]["value"] == "25"
    alone = read({"question": "How much is left?", "answer": "$4.50"})
    assert (alone.fields["answer"], alone.fields["solution"], alone.truth["answer"]) == ("4.5", "", "4.5")
    assert read({"question": "q?", "answer": "<<20%*50=10>>10\n#### 10%"}).fields["answer"] == "10%"


@pytest.mark.parametrize(
    ("asked", "right", "wrong", "expr"),
    [
        ("Subtract 3/5 from 8", "7 2/5", "5/3", "8 - 3/5"),
        ("Find the difference between 100 and 40.", "60", "140", "100 - 40"),
        ("What percent of 40 is 28?", "70%", "11.2", "28 / 40 * 100"),
        ("Multiply 1/2 by 2/3", "1/3", "3/4", "1/2 * 2/3"),
        ("5 3/8-2 2/3=", "65/24", "5 3/8-2 2/3=(5-3)+(3-2)/(8-3)=3 1/5", "(5 + 3/8)-(2 + 2/3)"),
        ("2/3÷3/8=?", "2/3÷3/8=16/9", "2/3÷3/8=9/16", "2/3 ÷ 3/8"),
    ],
)
def test_a_misconception_record_that_asks_for_a_calculation_is_explained(asked, right, wrong, expr):
    record = {"Misconception ID": "MaE00", "Misconception": "m", "Question": asked}
    task = read(record | {"Correct Answer": right, "Incorrect Answer": wrong})
    (step,) = task.truth["steps"]
    assert step["expr"] == expr
    assert explain(expr, parse_number(task.truth["wrong_answer"]))


def test_a_symbolic_answer_of_a_misconception_record_is_kept_whole():
    record = {"Misconception ID": "MaE00", "Misconception": "m", "Question": "Three less than a number?"}
    task = read(record | {"Correct Answer": "x-3", "Incorrect Answer": "3-x"})
    assert (task.fields["answer"], task.truth["wrong_answer"], task.truth["steps"]) == ("x-3", "3-x", [])
    right_number = read(
        record | {"Question": "6/8÷2/8=", "Correct Answer": "3", "Incorrect Answer": "=6/8÷2/8=3/1"}
    )
    assert right_number.truth["steps"] == []
    assert "right number" in right_number.truth["note"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            {"question": "q", "answer": "no mark"},
            "file.jsonl:3: key 'answer': does not end in '####' and a number",
        ),
        ({"question": "q", "answer": "#### soon"}, "does not end in '####' and a number"),
        ({"question": " ", "answer": "#### 1"}, "key 'question': is blank"),
        ({"question": 1, "answer": "#### 1"}, "key 'question': expected str, got int 1"),
        ({"Body": "b", "Question": "q", "Equation": "( 4 ^ 2 )", "Answer": 2.0}, "key 'Equation'"),
        ({"Body": "b", "Question": "q", "Equation": "( 4 / 0 )", "Answer": 2.0}, "divides by nought"),
        (
            {"Body": "b", "Question": "q", "Equation": "( 4 )", "Answer": float("nan")},
            "key 'Answer': expected a number",
        ),
        (
            {"Body": "b", "Question": "q", "Equation": "( 4 )", "Answer": "two or three"},
            "key 'Answer': expected a number, got 'two or three'",
        ),
    ],
)
def test_a_record_that_cannot_be_used_is_named_with_its_place(data, words):
    with pytest.raises(InputError) as caught:
        read(data)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("given", "gold"),
    [
        (42, "42"),
        (-3, "-3"),
        (0.125, "0.125"),
        (1e-07, "1/10000000"),
        ("#### 1,250", "1250"),
        ("#### 1\N{NARROW NO-BREAK SPACE}250", "1250"),
        ("#### -3/4", "-0.75"),
        ("#### 2 1/2", "2.5"),
        ("#### 12.5%", "12.5%"),
        ("#### $7.20", "7.2"),
        ("#### \N{EURO SIGN}7", "7"),
        ("Work.\r\n#### 8\r\n", "8"),
    ],
)
def test_an_answer_may_be_written_as_numbers_are(given, gold):
    task = read({"question": "How much is it?", "answer": given, "more": None})
    assert task.fields["answer"] == gold
    assert equal(task.fields["answer"], task.truth["answer"])


def test_an_answer_of_svamp_may_be_text():
    record = {"Body": "b", "Question": "q?", "Equation": "( 4.0 + 3.0 )"}
    for answer in (7, 7.0, "7.00"):
        task = read(record | {"Answer": answer})
        assert (task.fields["answer"], len(task.truth["steps"])) == ("7", 1)


def test_a_solution_may_end_in_a_sentence_with_the_answer():
    task = read(TALKED | {"ground_truth": "4 rows * 6 jars = 24 jars.\n24 - 5 = 19, so the answer is 19."})
    assert task.fields["answer"] == "19"
    assert [step["expr"].replace(" ", "") for step in task.truth["steps"]] == ["4*6", "#0-5"]


TALKED = {
    "qid": 7,
    "question": "A shelf holds 4 rows of 6 jars. 5 jars break. How many are left?",
    "ground_truth": "There are 4 rows * 6 jars = 24 jars.\n24 jars - 5 jars = 19 jars are left.\n 19",
    "student_incorrect_solution": "4 + 6 = 10, and 10 - 5 = 5.\n 5",
    "student_profile": "Ada is in grade 5.",
    "teacher_described_confusion": "added the rows",
}
STEPWISE = {
    "problem": TALKED["question"],
    "topic": "Math Word Problem",
    "reference_solution": TALKED["ground_truth"],
    "student_incorrect_solution": ["4 rows of 6 are 24 jars.", "24 + 5 = 29", " 29"],
    "incorrect_index": 1,
    "error_category": "Calculation",
    "error_description": "adds what breaks",
}


def test_a_wrong_solution_that_was_talked_about_is_the_attempt():
    task = read(TALKED, 3)
    assert [step["expr"].replace(" ", "") for step in task.truth["steps"]] == ["4*6", "#0-5"]
    assert (task.id, task.fields["answer"], task.truth["confusion"]) == (
        "mathdial:7:3",
        "19",
        "added the rows",
    )
    assert task.fields["attempt"].endswith("5")
    assert task.fields["profile"] == "Ada is in grade 5."


def test_the_first_wrong_step_of_an_attempt_is_known():
    task = read(STEPWISE, 1)
    assert task.fields["attempt"].splitlines()[task.truth["wrong_step"]] == task.truth["wrong_line"]
    assert task.truth["wrong_line"] == "24 + 5 = 29"
    assert [step["expr"].replace(" ", "") for step in task.truth["steps"]] == ["4*6", "#0-5"]
    with pytest.raises(InputError, match=r"incorrect_index.*is 3, the student's solution has 3 steps"):
        read(STEPWISE | {"incorrect_index": 3})
    with pytest.raises(InputError, match=r"reference_solution.*number alone"):
        read(STEPWISE | {"reference_solution": "It is many.\n"})


def test_most_shared_wrong_solutions_have_a_chain_that_leads_to_the_answer():
    for name, wanted in (
        ("mathdial/dialogues.jsonl", "confusion"),
        ("stepverify/solutions.jsonl", "wrong_step"),
    ):
        tasks = [read(row.data, row.line) for row in rows(shared(name))]
        assert len({task.id for task in tasks}) == len(tasks)
        assert all(task.fields["attempt"] for task in tasks)
        assert sum(wanted in task.truth for task in tasks) > 0.9 * len(tasks)  # a few were left empty
        assert sum(bool(task.truth["steps"]) for task in tasks) > 0.9 * len(tasks)


def test_all_shared_gsm8k_svamp_and_mae_records_read():
    chains = total = 0
    for name in ("gsm8k/train.jsonl", "gsm8k/socratic.jsonl", "gsm8k/model_solutions.jsonl"):
        for row in rows(shared(name)):
            task = read(row.data, row.line)
            total += 1
            chains += bool(task.truth["steps"])
            assert equal(task.fields["answer"], task.truth["answer"])
    assert chains > 0.95 * total
    for row in rows(shared("svamp/problems.jsonl")):
        task = read(row.data, row.line)
        assert task.truth["steps"]
    names = set()
    asked = explained = 0
    for row in rows(shared("mae-misconceptions/examples.jsonl")):
        task = read(row.data, row.line)
        names.add(task.id)
        wrong = task.truth["wrong_answer"]
        assert not equal(wrong, task.fields["answer"])
        for step in task.truth["steps"]:
            number = parse_number(wrong)
            asked += 1
            explained += number is not None and bool(explain(step["expr"], number))
    assert len(names) >= 100
    assert explained >= 0.9 * asked > 0


def test_labels_of_the_model_solutions_agree_without_exception():
    agreed = total = 0
    for row in rows(shared("gsm8k/model_solutions.jsonl")):
        task = read(row.data, row.line)
        for solution in task.truth["solutions"]:
            said = final_answer(solution["text"])
            agreed += (said is not None and equal(said, task.fields["answer"])) == solution["correct"]
            total += 1
    assert (agreed, total) == (600, 600) if total == 600 else agreed == total


def test_skills_are_read_off_numbers_and_operators():
    assert skill_of("3 * 4") == "multiplication"
    assert skill_of("-3 + 4") == "signed-numbers"
    assert skill_of("80/100 * 10") == "percent"
    assert skill_of("#0 * 1/4", [Fraction(8)]) == "fraction-multiplication"
