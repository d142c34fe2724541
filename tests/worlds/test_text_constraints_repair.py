"""Drafts and repairs: exact control over which constraints a text meets, with most words kept."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maieutic import rng
from maieutic.worlds.text_constraints import (
    PUBLISHED,
    REGISTRIES,
    Item,
    Truth,
    draft,
    generate,
    judge,
    mend,
    satisfy,
    strict,
    violate,
)
from maieutic.worlds.text_constraints.prose import TOPICS, passage, sentence
from maieutic.worlds.text_constraints.reading import language, whole_words
from maieutic.worlds.text_constraints.shapes import LANGUAGES
from maieutic.worlds.text_constraints.tongues import BANKS, tongue

# What these do to a text is to replace it: by another language, or by one of three fixed answers.
REPLACING = {"language:response_language", "detectable_format:constrained_response"}


def kept(before: str, after: str) -> float:
    """Share of the words of `before` that are still in `after`, in either case."""
    old, new = (Counter(word.lower() for word in whole_words(text)) for text in (before, after))
    return (old & new).total() / old.total()


@pytest.mark.parametrize("registry", sorted(REGISTRIES))
@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_a_text_is_made_to_meet_and_to_break_each_type_by_a_local_edit(name, registry):
    checks = REGISTRIES[registry]
    shares = []
    for seed in range(12):
        chance = rng(name, registry, seed)
        item = Item(id=name, params=checks[name].draw(chance).model_dump())
        topic = chance.choice(sorted(TOPICS))
        text = " ".join(passage(topic, 9, chance))
        good = satisfy(text, item, chance, registry=checks, topic=topic)
        assert strict(good, [item], checks)[0].ok is True
        bad = violate(good, item, chance, registry=checks, topic=topic)
        assert strict(bad, [item], checks)[0].ok is False
        assert bad.strip()
        assert satisfy(good, item, chance, registry=checks) == good
        assert violate(bad, item, chance, registry=checks) == bad
        if item.params.get("relation") != "less than":
            shares.append(kept(text, good))
    if name not in REPLACING:
        assert sum(shares) / len(shares) > 0.9, shares


@pytest.mark.parametrize("batch", range(3))
def test_drafts_meet_exactly_the_wanted_subset_of_generated_tasks(batch):
    total = exact = 0
    for index in range(batch * 25, batch * 25 + 25):
        task = generate(11, index)
        items = Truth.model_validate(task.truth).items
        for mask in range(2 ** len(items)):
            met = {slot for slot in range(len(items)) if mask >> slot & 1}
            text = draft(str(task.truth["topic"]), items, met, rng(task.id, mask))
            total += 1
            exact += {slot for slot, one in enumerate(judge(text, task.truth)) if one.ok} == met
    assert exact / total >= 0.99, (exact, total)


def test_mending_meets_what_failed_and_keeps_what_was_met_and_most_words():
    shares, total, whole = [], 0, 0
    for index in range(60):
        task = generate(12, index)
        items = Truth.model_validate(task.truth).items
        topic = str(task.truth["topic"])
        chance = rng(task.id, "mend")
        met = {slot for slot in range(len(items)) if chance.random() < 0.5}
        text = draft(topic, items, met, chance)
        failed = {slot for slot, one in enumerate(judge(text, task.truth)) if not one.ok}
        if not failed:
            assert mend(text, items, failed, chance) == text
            continue
        better = mend(text, items, failed, chance, topic=topic)
        total += 1
        whole += all(one.ok for one in judge(better, task.truth))
        if not {items[slot].id for slot in failed} & REPLACING:
            shares.append(kept(text, better))
    assert total >= 30
    assert whole / total >= 0.97, (whole, total)
    assert sum(shares) / len(shares) > 0.85


def test_mending_part_of_what_failed_leaves_the_rest_failed_mostly():
    items = [
        Item(id="detectable_format:title"),
        Item(id="startend:quotation"),
        Item(id="punctuation:no_comma"),
    ]
    text = draft("city trees", items, set(), rng(5))
    better = mend(text, items, {0}, rng(6), topic="city trees")
    assert [one.ok for one in strict(better, items)] == [True, False, False]


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=80), name=st.sampled_from(sorted(PUBLISHED)), seed=st.integers(0, 99))
def test_repairs_of_any_text_at_all_end_and_meet_the_constraint(text, name, seed):
    item = Item(id=name, params=PUBLISHED[name].draw(rng(name, seed)).model_dump())
    good = satisfy(text, item, rng(seed))
    assert strict(good, [item])[0].ok is True, good


def test_the_same_chance_gives_the_same_draft():
    items = Truth.model_validate(generate(13, 4).truth).items
    assert draft("city trees", items, {0}, rng(1)) == draft("city trees", items, {0}, rng(1))


def test_a_draft_for_an_unknown_type_or_topic_is_still_a_text():
    items = [Item(id="keywords:rhyme"), Item(id="punctuation:no_comma")]
    text = draft("something of your own", items, {0, 1}, rng(2))
    assert [one.ok for one in strict(text, items)] == [None, True]


def test_every_known_language_has_sentences_that_are_told_as_that_language():
    assert set(BANKS) | {"en"} == set(LANGUAGES)
    for code, bank in BANKS.items():
        assert {language(one) for one in bank} == {code}
        assert tongue(" ".join(bank)) == code


def test_every_frame_and_topic_makes_plain_english():
    for topic in TOPICS:
        text = " ".join(passage(topic, 34, rng(topic)))
        assert language(text) == "en"
        assert tongue(text) == "en"
        assert not set(text) & set('"[]*<>{}0123456789')
    assert "," not in "".join(sentence("night trains", rng(seed), commas=False) for seed in range(60))
