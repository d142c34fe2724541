import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared_data import shared

from maieutic import rng
from maieutic.worlds.row import rows
from maieutic.worlds.text_constraints import (
    REPAIRED,
    REQUESTS,
    Item,
    Truth,
    generate,
    heard,
    ifeval_rows,
    request,
    told,
    wish,
)
from maieutic.worlds.text_constraints.groups import FAMILIES, GROUPS, TYPES, group_of


def drawn(name, seed):
    return Item(id=name, params=REPAIRED[name].draw(rng(seed)).model_dump(mode="json"))


def spelled(items):
    return [one.model_dump(mode="json") for one in items]


@given(
    st.lists(st.sampled_from(sorted(REPAIRED)), min_size=1, max_size=4, unique=True),
    st.integers(0, 10**6),
    st.sampled_from([" ", "\n- ", "\n\n2. "]),
)
def test_whatever_is_asked_for_in_any_of_its_wordings_is_heard_in_its_order(names, seed, between):
    items = [drawn(name, seed + place) for place, name in enumerate(names)]
    truth = Truth(items=tuple(items))
    prompt = between.join(["Tell me about rain.", *(wish(one, truth, rng(seed)) for one in items)])
    assert spelled(heard(prompt)) == spelled(items)


def test_of_generated_requests_all_constraints_are_heard_and_no_other():
    for index in range(25):
        task = generate(17, index)
        known = Truth.model_validate(task.truth)
        assert spelled(heard(str(task.fields["prompt"]))) == spelled(known.items)
        assert told(task.truth, str(task.fields["prompt"])) == known  # none is taken twice


def test_in_requests_of_others_nothing_is_heard_that_was_not_said():
    for row in ifeval_rows(shared("ifeval/prompts.jsonl")):
        assert heard(row.text("prompt")) == ()
    for file in ("self-instruct/seed_tasks.jsonl", "mt-bench/questions.jsonl"):
        for row in rows(shared(file)):
            reader = next(one for one in REQUESTS if one.keys <= row.data.keys())
            assert heard(request(reader.read(row).fields)) == ()


def test_what_a_request_adds_to_the_truth_of_its_task_is_told_beside_it():
    truth = {"items": [{"id": "punctuation:no_comma"}], "registry": "published", "topic": "rain"}
    both = told(truth, "Write. There must be no comma anywhere. Stay under 50 words.")
    assert [one.id for one in both.items] == ["punctuation:no_comma", "length_constraints:number_words"]
    assert (both.registry, both.topic) == ("published", "rain")
    assert told(None, "Write.").items == ()


def test_fourteen_groups_in_three_families_hold_every_type_once():
    assert len(GROUPS) == 14
    assert {name: len(groups) for name, groups in FAMILIES.items()} == {
        "format": 6,
        "content": 4,
        "general": 4,
    }
    assert sorted(one for types in TYPES.values() for one in types) == sorted(REPAIRED)
    assert all(name in TYPES[group_of(name)] for name in REPAIRED)
    with pytest.raises(KeyError):
        group_of("keywords:rhyme")
