"""Generated tasks and IFEval records: contracts, determinism over processes, errors with place and remedy."""

import hashlib
import json

import pytest
from in_process import here_and_elsewhere

from maieutic import InputError, canonical, rng
from maieutic.worlds.row import Row
from maieutic.worlds.text_constraints import (
    PUBLISHED,
    REPAIRED,
    WORLD,
    Truth,
    check,
    compatible,
    draft,
    generate,
    ifeval_rows,
    judge,
    parameters,
    read_ifeval,
)

MANY = 150


@pytest.fixture(scope="module")
def tasks():
    return [generate(21, index) for index in range(MANY)]


def test_no_generated_prompt_combines_two_conflicting_types(tasks):
    for task in tasks:
        assert compatible(item.id for item in Truth.model_validate(task.truth).items)


def test_generated_tasks_keep_the_contract_and_name_their_parameters_in_the_prompt(tasks):
    seen = set()
    for task in tasks:
        truth = Truth.model_validate(task.truth)
        assert set(task.fields) == {"prompt"}
        assert set(task.truth) == {"items", "registry", "topic"}
        assert truth.registry == "repaired"
        assert 1 <= len(truth.items) <= 4
        assert truth.topic in task.fields["prompt"]
        for item in truth.items:
            seen.add(item.id)
            parameters(item, REPAIRED)
            for word in (
                item.params.get("keyword"),
                item.params.get("end_phrase"),
                item.params.get("first_word"),
            ):
                assert word is None or word in task.fields["prompt"]
    assert seen == set(PUBLISHED)
    assert len({task.id for task in tasks}) == MANY
    assert len({task.fields["prompt"] for task in tasks}) >= MANY - 2


def test_every_generated_task_can_be_met(tasks):
    met = 0
    for task in tasks:
        truth = Truth.model_validate(task.truth)
        text = draft(truth.topic, truth.items, range(len(truth.items)), rng("again", task.id))
        met += all(one.ok for one in judge(text, truth))
    assert met >= MANY * 0.99


def test_any_index_is_had_at_once_and_seeds_differ():
    assert generate(3, 10**9) == generate(3, 10**9)
    assert generate(3, 0).fields != generate(4, 0).fields


def test_generation_and_drafts_are_the_same_in_every_process(tmp_path):
    code = """
import hashlib
from maieutic import canonical, rng
from maieutic.worlds.text_constraints import Truth, draft, generate
parts = []
for index in range(12):
    task = generate(5, index)
    items = Truth.model_validate(task.truth).items
    parts.append([task.model_dump(mode="json"), draft(str(task.truth["topic"]), items, {0}, rng(index))])
print(hashlib.sha256(canonical(parts)).hexdigest())
"""
    here, elsewhere = here_and_elsewhere(tmp_path, code, 1)
    assert here == elsewhere
    assert len(here.strip()) == hashlib.sha256(canonical(0)).digest_size * 2


def record(**change: object) -> Row:
    data = {
        "key": 7,
        "prompt": "Write about boats in fewer than 20 words.",
        "instruction_id_list": ["length_constraints:number_words"],
        "kwargs": [{"num_words": 20, "relation": "less than"}],
    }
    return Row({**data, **change}, "mine.jsonl", 3)


def test_a_record_becomes_a_task_of_the_published_registry():
    task = read_ifeval(record(response="A boat."))
    assert (task.id, task.source, task.licence, task.world) == ("ifeval:7", "ifeval", "CC-BY-4.0", WORLD.name)
    assert task.fields == {"prompt": "Write about boats in fewer than 20 words.", "response": "A boat."}
    assert task.truth["registry"] == "published"
    assert judge("A boat.", task.truth)[0].ok is True
    assert "response" not in read_ifeval(record(response=None)).fields


def test_quirk_15_nulls_are_dropped_and_falsy_values_kept():
    kwargs = [{"num_words": 0, "relation": "at least", "keyword": None, "language": None}]
    (item,) = Truth.model_validate(read_ifeval(record(kwargs=kwargs)).truth).items
    assert item.params == {"num_words": 0, "relation": "at least"}
    assert check("x", item, PUBLISHED).ok is True


def test_quirk_15_a_type_listed_twice_is_a_note_and_both_are_judged():
    names = ["startend:quotation"] * 2
    task = read_ifeval(record(instruction_id_list=names, kwargs=[{}, {}]))
    assert task.truth["notes"] == ["lists startend:quotation twice"]
    assert [one.ok for one in judge('"a"', task.truth)] == [True, True]


@pytest.mark.parametrize("key", [337, 1174, 2078])
def test_quirk_15_records_known_to_be_at_odds_with_themselves_say_so(key):
    assert read_ifeval(record(key=key)).truth["notes"]


def test_odd_letters_paragraphs_beyond_the_last_and_unknown_types_are_notes():
    names = ["keywords:letter_frequency", "length_constraints:nth_paragraph_first_word", "keywords:rhyme"]
    kwargs = [
        {"letter": "#", "let_frequency": 4, "let_relation": "at least"},
        {"num_paragraphs": 2, "nth_paragraph": 3, "first_word": "so"},
        {"word": "boat"},
    ]
    task = read_ifeval(record(instruction_id_list=names, kwargs=kwargs))
    assert len(task.truth["notes"]) == 3
    assert [one.ok for one in judge("# # # #", task.truth)] == [None, None, None]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kwargs": [{"num_words": 20}]}, "relation"),
        ({"kwargs": [{"num_words": None, "relation": "at least"}]}, "num_words"),
        ({"kwargs": [{"num_words": "many", "relation": "at least"}]}, "num_words"),
        ({"kwargs": [{"num_words": 20, "relation": "more than"}]}, "relation"),
        ({"kwargs": []}, "0 entries for 1"),
        ({"kwargs": ["{}"]}, "entry 0"),
        ({"kwargs": None}, "expected list"),
        ({"instruction_id_list": [], "kwargs": []}, "empty"),
        ({"instruction_id_list": [3]}, "list of strings"),
        ({"prompt": " "}, "blank"),
        ({"key": "7"}, "expected int"),
        ({"response": 3}, "expected str"),
        ({"strict": [True, False]}, "1 times true or false"),
    ],
)
def test_a_record_that_cannot_be_used_is_an_error_with_file_line_and_key(change, said):
    with pytest.raises(InputError, match=said) as caught:
        read_ifeval(record(**change))
    assert (caught.value.file, caught.value.line) == ("mine.jsonl", 3)
    assert caught.value.key


def _write(path, *records):
    path.write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")
    return path


def test_responses_are_joined_by_key_or_by_prompt_and_verdicts_by_key(tmp_path):
    prompts = _write(tmp_path / "p.jsonl", record().data, {**record().data, "key": 8, "prompt": "Other."})
    responses = _write(
        tmp_path / "r.jsonl",
        {"prompt": "Other.", "response": "B"},
        {"key": 7, "prompt": "edited", "response": "A"},
    )
    verdicts = _write(tmp_path / "v.jsonl", {"key": 8, "strict": [True], "loose": [True]})
    first, second = (read_ifeval(row) for row in ifeval_rows(prompts, responses, verdicts))
    assert (first.fields["response"], second.fields["response"]) == ("A", "B")
    assert (first.truth["reference"], second.truth["reference"]) == ({}, {"strict": [True], "loose": [True]})


@pytest.mark.parametrize(
    "rest", [[{"prompt": "Unheard of.", "response": "B"}], [{"key": 7, "response": "A"}] * 2]
)
def test_a_response_for_no_prompt_or_a_second_one_is_an_error(tmp_path, rest):
    prompts = _write(tmp_path / "p.jsonl", record().data)
    with pytest.raises(InputError, match=r"r\.jsonl:\d"):
        list(ifeval_rows(prompts, _write(tmp_path / "r.jsonl", *rest)))


def test_the_world_offers_its_generator_and_its_readers():
    assert WORLD.generate(1, 2) == generate(1, 2)
    assert [reader.name for reader in WORLD.readers] == [
        "ifeval",
        "pandalm",
        "followbench",
        "self-instruct",
        "mt-bench",
        "llmbar",
        "bridge",
    ]
    assert WORLD.readers[0].keys <= set(record().data)
