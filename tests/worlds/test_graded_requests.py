import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maieutic import InputError, rng
from maieutic.worlds import Row
from maieutic.worlds.graded_requests import (
    LADDERS,
    METADATA,
    SKILLS,
    USE_CASES,
    WORLD,
    Demand,
    Graded,
    aimed_at,
    ladder,
    met,
    raised,
    read,
    skill_of,
    solvable,
    write,
)
from maieutic.worlds.text_constraints import Item, draft, judge
from maieutic.worlds.text_constraints.prose import TOPICS

OTHERS = ("meal planning", "puzzle solving", "c++ basics")


@st.composite
def asked(draw, most=3, below=0):
    skills = draw(st.lists(st.sampled_from([*SKILLS, *OTHERS]), min_size=1, max_size=most, unique=True))
    return Graded(
        use_case=draw(st.sampled_from([*USE_CASES, "menu", "town hall meeting"])),
        topic=draw(st.sampled_from(sorted(TOPICS))),
        demands=tuple(
            Demand(skill=one, level=draw(st.integers(1, ladder(one).top - below))) for one in skills
        ),
    )


@given(asked(), st.integers(0, 10**6))
def test_what_is_written_is_read_back(one, seed):
    assert read(write(one, rng(seed))) == one


@given(asked(), st.integers(0, 10**6), st.sampled_from([*SKILLS, *OTHERS]))
def test_raising_moves_one_coordinate_by_one_step_and_leaves_every_other_line_as_it_is(one, seed, skill):
    text = write(one, rng(seed))
    after = raised(text, skill, rng(seed, 1))
    if one.levels.get(skill, 0) == ladder(skill).top:
        assert after is None
        return
    assert read(after).levels == {**one.levels, skill: one.levels.get(skill, 0) + 1}
    assert (read(after).use_case, read(after).topic) == (one.use_case, one.topic)
    lines = set(after.split("\n"))
    assert sum(line not in lines for line in text.split("\n")) == (skill in one.levels)


@settings(max_examples=30)
@given(asked(below=1), st.integers(0, 10**6), st.integers(0, 7))
def test_any_set_of_demands_can_be_met_and_no_other_where_nothing_stands_against_it(one, seed, bits):
    if not solvable(one):
        return
    wanted = [bool(bits >> place & 1) for place in range(len(one.demands))]
    text = draft(one.topic, one.items, {place for place, ok in enumerate(wanted) if ok}, rng(seed))
    assert met(text, one) == wanted


@settings(max_examples=25)
@given(asked(most=2), st.text(max_size=60), st.integers(0, 10**6))
def test_no_text_meets_all_of_what_is_not_solvable(one, text, seed):
    hardest = one.model_copy(update={"demands": (*one.demands[1:], Demand(skill="sentence limits", level=5))})
    letter = one.model_copy(update={"demands": (Demand(skill="letter limits", level=5),)})
    for impossible in (hardest, letter):
        if len(impossible.levels) == len(impossible.demands):
            assert not solvable(impossible)
            assert not all(met(text, impossible))
            tried = draft(one.topic, impossible.items, range(len(impossible.items)), rng(seed))
            assert not all(met(tried, impossible))


def test_a_name_that_holds_what_is_not_to_be_had_is_not_solvable():
    def both(limit, name):
        demands = (Demand(skill="letter limits", level=limit), Demand(skill=name, level=2))
        return Graded(use_case="menu", topic="city trees", demands=demands)

    assert solvable(both(2, "pizza baking")) is False  # four of the letter, of which fewer than three may be
    assert solvable(both(2, "bread baking")) is True
    (word, *_) = ladder("word avoidance").item(1, "city trees").params["forbidden_words"]
    demands = (Demand(skill="word avoidance", level=1), Demand(skill=f"{word} care", level=1))
    assert not solvable(Graded(use_case="menu", topic="city trees", demands=demands))


def test_each_rung_asks_for_more_and_each_action_is_known_by_its_words():
    for skill in (*SKILLS, *OTHERS):
        one = ladder(skill)
        rungs = [one.item(level, "night trains") for level in range(1, one.top + 1)]
        assert len({item.model_dump_json() for item in rungs}) == one.top
        assert aimed_at(one.action) == skill
        assert skill in OTHERS or all(skill_of(item) == skill for item in rungs)
    assert skill_of(Item(id="startend:quotation")) is None
    assert len({one.rubric for one in LADDERS.values()}) == len(LADDERS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Write a haiku.",
        "Write a blog post on night trains.",
        "Write a blog post on night trains.\nThese points count:",
        "Write a blog post on night trains.\nThese points count:\n- Be kind.",
        "Write a blog post on the moon.\nThese points count:\n- Write 60 words or more.",
        "Write a blog post on night trains.\nThese points count:\n- Write 60 words or more.\n- Write 90 words or more.",
        'Write a blog post on night trains.\nThese points count:\n- Say "rain" 99 times or more.',
    ],
)
def test_what_was_not_written_here_is_not_understood(text):
    assert read(text) is None
    assert raised(text, "text length", rng(0)) is None


def test_seeds_are_easy_and_their_truth_is_what_they_say():
    for index in range(60):
        task = WORLD.generate(5, index)
        one = read(task.fields["prompt"])
        assert [*one.levels] == task.fields["skills"]
        assert one.use_case == task.fields["use_case"]
        assert max(one.levels.values()) <= 3
        assert solvable(one)
        assert [item.model_dump() for item in one.items] == task.truth["items"]
        assert [check.ok is True for check in judge("Rain.", task.truth)] == met("Rain.", one)
    assert WORLD.generate(5, 3) == WORLD.generate(5, 3)


def test_metadata_without_a_seed_are_a_task():
    task = METADATA.read(Row({"use_case": "meal planning", "skills": ["budget keeping"]}, "m.jsonl", 4))
    assert task.fields == {"use_case": "meal planning", "skills": ["budget keeping"]}
    for wrong, said in (
        ({"use_case": "x", "skills": []}, "holds no skill"),
        ({"use_case": "x", "skills": [" "]}, "holds no skill"),
        ({"use_case": " ", "skills": ["a"]}, "is blank"),
        ({"use_case": "x", "skills": "a"}, "expected list"),
        ({"use_case": "x", "skills": [1]}, "expected a list of strings"),
    ):
        with pytest.raises(InputError, match=said) as caught:
            METADATA.read(Row(wrong, "m.jsonl", 4))
        assert "m.jsonl" in str(caught.value)
