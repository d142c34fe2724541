"""Text that UTF-8 cannot hold: JSON can spell it, so models and files can say it; it ends no run."""

import asyncio
import json

import pytest
import toy

from maieutic import InputError
from maieutic.agents import BadAnswer, Program
from maieutic.runs import Journal, Source, run
from maieutic.scenarios import assemble
from maieutic.worlds.row import rows

HALF = "half \ud800 pair"


def refuses(view):
    raise BadAnswer(HALF, raw=HALF)


def breaks(view):
    raise ValueError(HALF)


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda view: {"text": HALF}, "half a surrogate pair"),
        (lambda view: {"text": "fine", "thought": HALF}, "half a surrogate pair"),
        (lambda view: {HALF: "no such field"}, "bad answer"),
        (refuses, "half"),
        (breaks, "player broke down"),
    ],
)
def test_a_player_that_says_what_is_no_text_has_an_unusable_turn_and_the_run_goes_on(tmp_path, ask, why):
    company = assemble(toy.SCENARIO, cast={"teacher": Program("odd", {"teacher.ask": ask})})
    ledger = asyncio.run(run(company, Source(toy.WORLD), tmp_path / "run", n=3))
    assert ledger.done + sum(ledger.dropped.values()) == 3
    with Journal(tmp_path / "run") as journal:
        for _, episode in journal.episodes():
            turn = next(one for one in episode.events if one.role == "teacher.ask")
            assert why in turn.invalid
            assert "\\ud800" in f"{turn.raw} {turn.invalid}"
            episode.to_bytes().decode()


def test_a_record_that_holds_what_is_no_text_is_refused_with_its_line_and_key(tmp_path):
    file = tmp_path / "tasks.jsonl"
    file.write_text(json.dumps({"prompt": "\U0001f600 whole"}) + "\n" + json.dumps({"prompt": HALF}) + "\n")
    with pytest.raises(InputError) as caught:
        list(rows(file))
    assert (caught.value.line, caught.value.key) == (2, "prompt")
