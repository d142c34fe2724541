import asyncio

import pytest
import snapshots
import toy
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from maieutic.agents import BadAnswer, Program, Scripted
from maieutic.scenarios import assemble, catalogue
from maieutic.traces import changes, distance, episode_view
from maieutic.traces.text import plain, table
from maieutic.traces.words import excerpt


def drawn(renderable, width=100):
    console = Console(width=width, force_terminal=False, color_system=None)
    with console.capture() as capture:
        console.print(renderable)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def shown(name, place=0, **options):
    scenario = catalogue.load(name)
    episode = asyncio.run(assemble(scenario).play(scenario.world.generate(11, place), 11))
    return drawn(episode_view(episode, list(scenario.records(episode)), **options))


@pytest.mark.parametrize("name", ["alpaca-farm", "socratic-math", "spar", "tree-instruct"])
def test_an_episode_of_each_scenario_reads_as_it_should(name):
    snapshots.check(f"trace-{name}.txt", shown(name))


def test_the_whole_tree_has_every_vote():
    assert shown("spar", whole=True).count("refiner.judge") > shown("spar").count("refiner.judge")


def test_a_dialogue_marks_what_was_held_back_and_keeps_private_fields_apart():
    tries = iter(["It is SUM", "Think!"])
    cast = {
        "teacher": Program("two", {"teacher.ask": lambda view: {"text": next(tries), "thought": "sly"}}),
        "critic": Program("seeker", {"critic.screen": lambda view: {"leaks": "SUM" in view["draft"]}}),
        "student": toy.Pupil(learn=1),
    }
    text = drawn(episode_view(asyncio.run(assemble(toy.SCENARIO, cast=cast).play(toy.generate(1, 1), 1))))
    held = text.index("It is SUM")
    assert text.index("held back") > held
    assert text.index("Think!") > held
    assert "(private) thought=sly" in text


def test_what_went_wrong_is_shown_with_the_players_words():
    cast = {"student": Scripted({"student.reply": [BadAnswer("not an answer", raw="%$ \x1b[31mred")]})}
    text = drawn(episode_view(asyncio.run(assemble(toy.SCENARIO, cast=cast).play(toy.generate(1, 1), 1))))
    assert "invalid: bad answer: not an answer" in text
    assert "said: %$ <1b>[31mred" in text
    assert "stopped: invalid" in text


HOSTILE = (
    "\x1b[31mred\x1b[0m [bold]x[/bold] \u202egnirts\u2069 \x00 <script>alert(1)</script> " + "A" * 100_000
)


def test_hostile_text_is_shown_as_text_and_cut():
    cast = {
        "teacher": Program("hostile", {"teacher.ask": lambda view: {"text": HOSTILE}}),
        "critic": Program("open", {"critic.screen": lambda view: {"leaks": False}}),
    }
    task = toy.generate(1, 1).model_copy(update={"fields": {"question": HOSTILE, "answer": HOSTILE}})
    episode = asyncio.run(assemble(toy.SCENARIO, cast=cast).play(task, 1))
    text = drawn(episode_view(episode))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\x00" not in text
    assert "<1b>[31mred" in text
    assert "[bold]x[/bold]" in text
    assert "more characters" in text
    assert len(text) < 100_000
    assert drawn(table("t", ("a", "b"), [(HOSTILE[:60], "x")])).count("\x1b") == 0


@given(st.text())
def test_plain_text_has_no_control_characters(text):
    shown = plain(text)
    assert not any((ord(c) < 32 and c not in "\t\n") or 127 <= ord(c) < 160 for c in shown)


texts = st.lists(st.sampled_from(["one", "two", "three", ",", ".", " ", "\n", "four"]), max_size=30).map(
    "".join
)


@given(texts, texts)
def test_changes_lead_from_one_text_to_the_other(old, new):
    parts = changes(old, new)
    assert "".join(words for what, words in parts if what != "new") == old
    assert "".join(words for what, words in parts if what != "gone") == new


@given(texts, texts)
def test_distance_is_symmetric_enough_bounded_and_nought_for_the_same_words(old, new):
    assert 0 <= distance(old, new) <= 1
    assert distance(old, old) == 0
    assert (distance(old, new) == 0) == (old.split() == new.split())


@given(texts, texts)
def test_an_excerpt_keeps_all_that_changed(old, new):
    assert [part for part in excerpt(old, new) if part[0] != "same"] == [
        p for p in changes(old, new) if p[0] != "same"
    ]


@pytest.mark.parametrize("width", [130, 100, 80, 70])
def test_a_table_that_is_too_wide_breaks_between_words_and_cuts_no_number(width):
    row = (
        "refiner.judge",
        "verdict",
        "no 780, yes 555",
        "0.39 (0.33 to 0.46)",
        "-0.02 (-0.07 to 0.04)",
        "1335",
    )
    said = drawn(table("t", ("role", "field", "said", "alpha", "length r", "n"), [row]), width)
    assert {word for cell in row for word in cell.split()} <= set(said.split())
    assert max(map(len, said.splitlines())) <= width
