"""What holds for every scenario on real records: each kind that fits is played to its end, in every mode."""

import asyncio

import pytest
from shared_data import shared
from whole_runs import small, variants

from maieutic import Stop, faults
from maieutic.runs import Recipe
from maieutic.scenarios import assemble, catalogue

PROBLEMS = (
    "gsm8k/train",
    "gsm8k/model_solutions",
    "svamp/problems",
    "mathdial/dialogues",
    "stepverify/solutions",
    "mae-misconceptions/examples",
)
REQUESTS = (
    "ifeval/prompts",
    "followbench/mixed",
    "self-instruct/seed_tasks",
    "pandalm/pairs",
    "mt-bench/questions",
    "mt-bench/human_preferences",
)
FITTING = {  # world -> the files whose records it reads
    "word-problems": PROBLEMS,
    "formulas": ("gsm8k/train", "svamp/problems", "mae-misconceptions/examples"),
    "text-constraints": REQUESTS,
    "graded-requests": REQUESTS,
    "programs": ("humaneval/problems", "mbpp/problems", "quixbugs/programs"),
    "programs-to-write": ("humaneval/problems", "humaneval-pro/problems", "mbpp/problems"),
}
RECORDED = {  # what else is played with what records bring
    "spar": ({"roots": "recorded"}, ("self-instruct/seed_tasks", "pandalm/pairs")),
    "tick-stick": ({"mode": "evaluate", "references": "recorded"}, ("pandalm/pairs",)),
    "alpaca-farm": ({"mode": "evaluate", "references": "recorded"}, ("mt-bench/human_preferences",)),
    "self-judge": ({"mode": "data", "references": "recorded"}, ("pandalm/pairs",)),
    "supercorrect": ({"attempts": "recorded"}, ("mathdial/dialogues", "stepverify/solutions")),
    "tapir": ({"instruction": "prompt"}, REQUESTS),
}


def _played(name, parameters, file, n=2):
    """Episodes of the first records of a file, with the default cast."""
    company = assemble(catalogue.load(name), parameters=parameters)
    source, _ = Recipe(scenario=name, parameters=parameters, tasks=str(file), n=n).source(company)
    return [(company, asyncio.run(company.play(task, place))) for place, task in enumerate(source.tasks(n))]


def _holds(company, episode):
    assert episode.stop not in (Stop.FAILED, Stop.INVALID), episode.failure
    ids = {event.id for event in episode.events}
    for record in company.scenario.records(episode):
        assert faults(record, episode) == []
    for decision in company.scenario.decisions(episode):
        assert decision.event in ids


@pytest.mark.parametrize(("name", "mode"), list(variants()))
def test_real_records_of_each_kind_that_fits_are_played_to_their_end(name, mode):
    scenario = catalogue.load(name)
    parameters = small(scenario, mode)
    parameters.pop("problem", None)  # records bring problems, and none is to be written
    for file in FITTING[scenario.world_of(scenario.configure(parameters)).name]:
        for company, episode in _played(name, parameters, shared(f"{file}.jsonl")):
            _holds(company, episode)


@pytest.mark.parametrize("name", RECORDED)
def test_what_records_bring_takes_the_place_of_a_player(name):
    parameters, files = RECORDED[name]
    for file in files:
        for company, episode in _played(name, parameters, shared(f"{file}.jsonl")):
            _holds(company, episode)
