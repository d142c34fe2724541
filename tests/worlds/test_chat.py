"""Recorded chats: one record is a problem with an attempt in one world, and a request for a reply in the other."""

import pytest
from shared_data import shared

from maieutic import InputError
from maieutic.worlds import Row, rows
from maieutic.worlds.chat import read_chat
from maieutic.worlds.text_constraints import WORLD as TEXTS
from maieutic.worlds.word_problems import WORLD as PROBLEMS

CHAT = {
    "c_id": "7_3",
    "lesson_topic": "4.2B.Adding Decimals",
    "c_h": [
        {"id": 1, "user": "tutor", "text": "What is 2.5 plus 3.7?\r\nTake your time.", "time": "01:00"},
        {"id": 2, "user": "student", "text": "is it", "time": "01:30"},
        {"id": 3, "user": "student", "text": "5.12 \N{THINKING FACE}", "time": "01:35"},
    ],
    "c_r": [{"id": 4, "user": "tutor", "text": "Wrong."}],
    "c_r_": [{"user": "tutor", "text": "Look at the tenths: what do 5 and 7 make?"}],
    "c_revision": [
        {"user": "tutor", "text": "Look at the tenths: what do 5 and 7 make?"},
        {"user": "student", "text": "Oh, it's 6.2!"},
        {"user": "tutor", "text": "Yes, well done!"},
    ],
    "e": "misinterpret",
    "z_what": "ask_question",
    "z_why": "hint_mistake",
}


def said(*words):
    """A talk that begins with the expert's reply."""
    speakers = ("tutor", "student")
    return [{"user": speakers[place % 2], "text": text} for place, text in enumerate(words)]


def read(world, data, line=1):
    row = Row(data, "x.jsonl", line)
    return next(reader for reader in world.readers if reader.keys <= data.keys()).read(row)


def test_a_chat_is_a_problem_with_the_students_last_words_as_the_attempt():
    task = read(PROBLEMS, CHAT, 4)
    assert task.id == "bridge:7_3:4"
    assert task.fields["question"] == "Topic: Adding Decimals\nTutor: What is 2.5 plus 3.7? Take your time."
    assert task.fields["attempt"] == "is it\n5.12 \N{THINKING FACE}"
    assert (task.fields["answer"], task.truth["answer"]) == ("6.2", "6.2")
    assert [task.truth[key] for key in ("error", "strategy", "intention")] == [
        "misinterpret",
        "ask_question",
        "hint_mistake",
    ]
    assert (task.truth["expert"], task.truth["novice"]) == (CHAT["c_r_"][0]["text"], "Wrong.")


def test_a_chat_is_a_request_for_a_reply_with_those_of_expert_and_tutor():
    task = read(TEXTS, CHAT)
    assert task.fields["prompt"].endswith(
        "Tutor: What is 2.5 plus 3.7? Take your time.\nStudent: is it\n5.12 \N{THINKING FACE}"
    )
    assert (task.fields["response"], task.fields["other"]) == (CHAT["c_r_"][0]["text"], "Wrong.")
    assert task.truth == {"error": "misinterpret", "strategy": "ask_question", "intention": "hint_mistake"}
    assert CHAT["c_revision"][1]["text"] not in task.fields["prompt"]


@pytest.mark.parametrize(
    ("changed", "goal"),
    [
        ({}, ("6.2", "confirmed")),
        ({"c_revision": said("Why?", "13,120", "That is correct!")}, ("13,120", "confirmed")),
        (
            {"c_revision": said("Why?", "so the answer is a hexagon", "Great job.")},
            ("a hexagon", "confirmed"),
        ),
        ({"c_revision": said("Why?", "7", "Not quite right."), "e": "guess"}, ("7", "last")),
        ({"c_revision": said("Why?", "-3/4?", "Good try, but no.")}, ("-3/4", "last")),
        (
            {"c_revision": said("Why?", "ok", "Great!"), "e": "Student did not make a mistake."},
            ("is it\n5.12", "attempt"),
        ),
        ({"c_revision": []}, None),
        ({"c_revision": None}, None),
    ],
)
def test_what_the_student_is_to_come_to_is_what_the_expert_has_it_say(changed, goal):
    found = read_chat(Row(CHAT | changed, "x.jsonl", 1)).goal
    if goal is not None and goal[1] == "attempt":
        assert found is not None
        assert found[1] == "attempt"
    else:
        assert found == goal


def test_a_record_with_the_keys_that_it_needs_alone_is_read_and_one_that_tells_no_answer_has_none():
    bare = {key: CHAT[key] for key in ("c_h", "c_r_", "e", "z_what", "z_why")} | {"more": [1]}
    task = read(PROBLEMS, bare, 9)
    assert task.id == "bridge:chat:9"
    assert not {"answer", "solution"} & task.fields.keys()
    assert "novice" not in task.truth
    assert read(TEXTS, bare).fields["response"] == CHAT["c_r_"][0]["text"]


def test_a_chat_in_which_the_tutor_spoke_last_has_no_attempt():
    task = read(PROBLEMS, CHAT | {"c_h": CHAT["c_h"][:1]})
    assert "attempt" not in task.fields
    assert task.fields["answer"] == "6.2"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"c_h": []}, r"x.jsonl:1: key 'c_h': is empty"),
        ({"c_h": [{"user": "tutor", "text": "  "}]}, r"key 'c_h': is empty"),
        ({"c_h": "hello"}, r"key 'c_h': expected list, got str"),
        ({"c_h": [{"text": "hello"}]}, r"key 'c_h': message 0 needs user and text"),
        ({"c_r_": []}, r"key 'c_r_': is empty; give the expert's reply"),
        ({"e": None}, r"key 'e': expected str, got NoneType"),
    ],
)
@pytest.mark.parametrize("world", [PROBLEMS, TEXTS])
def test_what_cannot_be_used_is_named_with_its_place(world, changed, words):
    with pytest.raises(InputError, match=words):
        read(world, CHAT | changed)


def test_shared_chats_are_read_in_both_worlds_and_most_confirm_an_answer():
    found = list(rows(shared("bridge/train.jsonl")))
    tasks = [read(PROBLEMS, row.data, row.line) for row in found]
    assert len({task.id for task in tasks}) == len(tasks) > 100
    assert all(task.fields["attempt"] and task.fields["answer"] for task in tasks)
    assert sum("confirms;" in str(task.truth["note"]) for task in tasks) > 0.6 * len(tasks)
    assert all(read(TEXTS, row.data, row.line).fields["response"] for row in found)
