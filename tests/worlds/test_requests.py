"""Requests in words: each kind of record is known by its keys, and what no program can check has no items."""

import pytest
from shared_data import shared

from maieutic import InputError
from maieutic.worlds import Row, rows
from maieutic.worlds.text_constraints import WORLD

SEED = {
    "id": "s",
    "instruction": "Name it.",
    "instances": [{"input": "a cat", "output": "Tom"}],
    "is_classification": False,
}
GROUP = {
    "example_id": 4,
    "category": "style",
    "level": 2,
    "instruction": "Write a letter, as a pirate.",
    "target": "",
}
QUESTION = {
    "question_id": 9,
    "category": "writing",
    "turns": ["Write.", "Shorter."],
    "reference": ["So.", "S."],
}
VOTES = {
    "idx": 3,
    "instruction": "Say.",
    "input": "",
    "response1": "a",
    "response2": "b",
    "annotator1": 1,
    "annotator2": 0,
}

BETTER = {"input": "Say.", "output_1": "a", "output_2": "b", "label": 2}


def read(data, line=1):
    row = Row(data, "x.jsonl", line)
    return next(reader for reader in WORLD.readers if reader.keys <= data.keys()).read(row)


def test_each_kind_is_a_prompt_with_what_was_answered():
    seed = read(SEED)
    assert (seed.fields["prompt"], seed.fields["input"], seed.fields["response"]) == (
        "Name it.",
        "a cat",
        "Tom",
    )
    assert read(GROUP).fields == {"prompt": GROUP["instruction"], "category": "style", "level": 2}
    assert (read(QUESTION).fields["prompt"], read(QUESTION).fields["response"]) == ("Write.", "So.")
    assert read(VOTES).truth == {"votes": [1, 0]}
    assert (read(BETTER).fields["response"], read(BETTER).fields["other"]) == ("b", "a")


def test_answers_of_a_file_of_their_own_are_the_response_of_the_question_that_they_are_joined_to():
    answered = {**QUESTION, "answer_id": "x", "choices": [{"index": 0, "turns": ["Thus.", "T."]}]}
    assert read({**answered, "reference": None}).fields["response"] == "Thus."
    assert read(answered).fields["response"] == "So.", "the question's own reference comes first"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (SEED | {"instances": []}, r"x.jsonl:1: key 'instances': expected a list of objects"),
        (SEED | {"instruction": " "}, r"x.jsonl:1: key 'instruction': is blank"),
        (GROUP | {"level": "2"}, r"x.jsonl:1: key 'level': expected int, got str '2'"),
        (QUESTION | {"turns": []}, r"x.jsonl:1: key 'turns': has no first turn"),
        (
            QUESTION | {"reference": None, "choices": []},
            r"x.jsonl:1: key 'choices': expected a list of objects",
        ),
        (BETTER | {"label": 0}, r"x.jsonl:1: key 'label': expected 1 or 2, got 0"),
        (VOTES | {"annotator2": 3}, r"x.jsonl:1: key 'annotator2': expected 0, 1 or 2, got 3"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_place(data, words):
    with pytest.raises(InputError, match=words):
        read(data)


@pytest.mark.parametrize(
    "name",
    [
        "self-instruct/seed_tasks.jsonl",
        "followbench/style.jsonl",
        "mt-bench/questions.jsonl",
        "mt-bench/human_preferences.jsonl",
        "pandalm/pairs.jsonl",
    ],
)
def test_shared_requests_are_read_with_names_of_their_own(name):
    tasks = [read(row.data, row.line) for row in rows(shared(name))]
    assert len({task.id for task in tasks}) == len(tasks) > 20
    assert all("items" not in task.truth for task in tasks)
