"""The laws of the nouns, for any episode that the toy scenario can make and any that hypothesis can draw."""

import asyncio
import json
from itertools import pairwise
from pathlib import Path

import networkx as nx
import pytest
import toy
from hypothesis import given, settings
from hypothesis import strategies as st
from in_process import here_and_elsewhere

from maieutic import (
    Dialogue,
    Episode,
    Event,
    InputError,
    Message,
    Pair,
    Stop,
    Task,
    UnknownNameError,
    Usage,
    canonical,
    digest,
    event_id,
    faults,
    path,
    rng,
    seed_of,
    tree,
)
from maieutic.roles import Answer, Role, granted, private, private_fields, view
from maieutic.scenarios import assemble

names = st.text(st.characters(codec="utf-8"), max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
facts = st.dictionaries(names, values, max_size=4)


@st.composite
def logs(draw, root="root"):
    """A log in which every event answers the root or an earlier event."""
    events = []
    for _ in range(draw(st.integers(0, 12))):
        parent = draw(st.sampled_from([root, *(event.id for event in events)]))
        role = draw(st.sampled_from(["teacher.ask", "student.reply", "judge"]))
        index = sum(event.parent == parent and event.role == role for event in events)
        events.append(
            Event(
                id=event_id(parent, role, index),
                parent=parent,
                role=role,
                index=index,
                seat=role.partition(".")[0],
                agent="somebody",
                key=digest(draw(facts)),
                answer=draw(facts),
                private=draw(facts),
                memory=draw(st.none() | facts),
                usage=Usage(prompt_tokens=draw(st.integers(0, 9)), calls=1),
                invalid=draw(st.none() | names),
                raw=draw(st.none() | names),
            )
        )
    return tuple(events)


@st.composite
def episodes(draw):
    return Episode(
        id="root",
        scenario=draw(names),
        parameters=draw(facts),
        task=Task(id=draw(names), world="w", fields=draw(facts), truth=draw(facts)),
        cast=draw(st.dictionaries(names, names, max_size=3)),
        seed=draw(st.integers(0, 2**63 - 1)),
        events=draw(logs()),
        notes=draw(facts),
        scores=draw(st.dictionaries(names, st.floats(allow_nan=False, allow_infinity=False), max_size=3)),
        stop=draw(st.sampled_from(Stop)),
        failure=draw(st.none() | names),
    )


@settings(max_examples=40)
@given(episodes())
def test_an_episode_survives_its_round_trip_byte_for_byte(episode):
    data = episode.to_bytes()
    again = Episode.from_bytes(data)
    assert again == episode
    assert again.to_bytes() == data
    assert b"\n" not in data


@settings(max_examples=40)
@given(logs())
def test_the_log_is_an_arborescence_whose_branches_end_at_the_root(events):
    grown = tree("root", events)
    assert nx.is_arborescence(grown)
    assert grown.number_of_edges() == len(events)
    for event in events:
        branch = path(events, event.id)
        assert branch[0].parent == "root"
        assert branch[-1] is event
        assert all(child.parent == parent.id for parent, child in pairwise(branch))


def test_a_damaged_log_is_refused():
    event = Event(id="a", parent="nobody", role="r", index=0, seat="r", agent="x", key="k")
    with pytest.raises(ValueError, match="not before it"):
        tree("root", [event])
    twice = event.model_copy(update={"parent": "root"})
    with pytest.raises(ValueError, match="twice"):
        tree("root", [twice, twice])


@settings(max_examples=40)
@given(logs(), st.randoms(use_true_random=False))
def test_ids_do_not_depend_on_the_order_of_completion(events, chance):
    shuffled = list(events)
    chance.shuffle(shuffled)
    assert {event_id(event.parent, event.role, event.index) for event in shuffled} == {
        event.id for event in events
    }
    assert len({event.id for event in events}) == len(events)


@given(st.lists(values, max_size=3))
def test_digest_seed_and_chance_are_functions_of_content(parts):
    copy = json.loads(json.dumps(parts))
    assert digest(*parts) == digest(*copy)
    assert seed_of(*parts) == seed_of(*copy) < 2**63
    assert rng(*parts).random() == rng(*copy).random()
    assert canonical(json.loads(canonical(parts))) == canonical(parts)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@settings(max_examples=200)
@given(ANY_JSON)
def test_canonical_bytes_are_those_of_the_standard_library(value):
    spelled = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    assert canonical(value) == spelled.encode("utf-8", "surrogatepass")


def test_canonical_bytes_refuse_what_has_no_one_spelling():
    with pytest.raises(TypeError):
        canonical({"a": {1, 2}})
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(float("nan"))


def test_ids_seeds_and_episodes_are_the_same_in_every_process(tmp_path):
    program = (
        f"import sys, asyncio, hashlib; sys.path.insert(0, {str(Path(toy.__file__).parent)!r}); import toy\n"
        "from maieutic.scenarios import assemble\n"
        "one = asyncio.run(assemble(toy.SCENARIO).play(toy.generate(5, 6), 7))\n"
        "print(hashlib.sha256(one.to_bytes()).hexdigest())"
    )
    assert len(set(here_and_elsewhere(tmp_path, program, 0, 4242))) == 1


@given(
    st.lists(st.sampled_from("abcdef"), unique=True),
    st.lists(st.dictionaries(st.sampled_from("abcdefgh"), values), max_size=3),
)
def test_a_view_holds_nothing_that_the_role_does_not_list(listed, offers):
    shown = view(Role("r", tuple(listed), Answer), *offers)
    assert set(shown) <= set(listed)
    for name, value in shown.items():
        assert value == next(offer[name] for offer in reversed(offers) if name in offer)
    assert set(granted(Role("r", (), Answer, knows=tuple(listed)), offers[0] if offers else {})) <= set(
        listed
    )


def test_private_fields_stay_private():
    class Said(Answer):
        text: str
        thought: str = private("")

    assert private_fields(Said) == {"thought"}


@given(st.integers(0, 200))
@settings(max_examples=40)
def test_records_of_any_episode_hold_against_it(seed):
    episode = asyncio.run(assemble(toy.SCENARIO).play(toy.generate(seed, 0), seed))
    records = list(toy.SCENARIO.records(episode))
    for record in records:
        assert faults(record, episode) == []
    for pair in (record for record in records if isinstance(record, Pair)):
        ids = {event.id for event in episode.events}
        assert {pair.chosen_event, pair.rejected_event} <= ids
        assert pair.chosen_verdict != pair.rejected_verdict


def _pair(episode, changes=None):
    first, second = episode.events[0].id, episode.events[1].id
    facts = {
        "episode": episode.id,
        "task": episode.task.id,
        "purpose": "x",
        "prompt": (Message(role="user", content="q"),),
        "chosen": "a",
        "rejected": "b",
        "chosen_event": first,
        "rejected_event": second,
        "chosen_verdict": 1.0,
        "rejected_verdict": 0.0,
    }
    return Pair.model_validate(facts | (changes or {}))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"chosen_event": "gone"}, "not a valid event"),
        ({"rejected": "a"}, "same text"),
        ({"chosen_verdict": 0.0}, "do not favour"),
        ({"episode": "other"}, "names episode other"),
        ({"task": "other"}, "names task"),
        ({"prompt": ()}, "prompt is empty"),
    ],
)
def test_a_pair_that_contradicts_its_episode_is_found(changes, words):
    episode = asyncio.run(assemble(toy.SCENARIO).play(toy.generate(1, 1), 1))
    assert faults(_pair(episode), episode) == []
    assert any(words in fault for fault in faults(_pair(episode, changes), episode))


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([("user", "q", False), ("user", "a", True)], "alternate"),
        ([("user", "q", False), ("assistant", "a", False)], "marked for training"),
        ([("user", "q", False), ("assistant", " ", True)], "empty"),
    ],
)
def test_a_dialogue_that_cannot_be_trained_on_is_found(messages, words):
    episode = asyncio.run(assemble(toy.SCENARIO).play(toy.generate(1, 1), 1))
    turns = tuple(Message(role=role, content=text, train=train) for role, text, train in messages)
    record = Dialogue(
        episode=episode.id, task=episode.task.id, purpose="x", messages=turns, events=(episode.events[0].id,)
    )
    assert any(words in fault for fault in faults(record, episode))


def test_errors_name_place_problem_and_remedy_in_one_line():
    error = InputError("is blank", file="tasks.jsonl", line=3, key="question", remedy="give it a text")
    assert str(error) == "tasks.jsonl:3: key 'question': is blank; give it a text"
    assert str(UnknownNameError("scenario", "sparr", ["spar", "decrim"])) == (
        "unknown scenario 'sparr'; did you mean 'spar'? known: decrim, spar"
    )
