"""CLASS in rounds: a tutor in training imitates talks, then learns from pairs, and errs less by what it studied."""

import asyncio
import json

import pytest

from maieutic.agents.simulated.coder import Coder
from maieutic.runs import Journal, Recipe, Simulated, rounds

RATES = {"evaluation": 0.3, "progress": 0.2, "unparsable": 0.1}
GAIN = 0.05


def test_the_learner_errs_less_by_the_talks_and_pairs_that_it_studied(tmp_path):
    recipe = Recipe(scenario="class-spock", n=12, seed=3, cast={"tutor": "simulated:evaluation=0"})
    who = {"learner": Simulated(Coder(**RATES, gain=GAIN))}
    before, first, second = asyncio.run(rounds(recipe, who, tmp_path / "loop", tests=30))

    def state(number):
        text = (tmp_path / "loop" / f"learnt-{number}" / "learner" / "state.json").read_text()
        return {name: json.loads(text)[name] for name in RATES}

    talks = first.records["learner"]
    assert talks == 12, "a talk of each episode, and no pair"
    assert state(1) == pytest.approx({name: rate * (1 - GAIN) ** talks for name, rate in RATES.items()})
    with Journal(tmp_path / "loop" / "round-2") as journal:
        reasons = [
            record.meta["reason"]
            for _, episode in journal.episodes()
            for record in recipe.company().scenario.records(episode)
            if record.kind == "pair"
        ]
    assert len(reasons) == second.records["learner"] > 5
    assert state(2) == pytest.approx(
        {name: rate * (1 - GAIN) ** reasons.count(name) for name, rate in state(1).items()}
    )
    gain = second.gain(before)
    assert gain.low > 0
