"""How many processes a run takes by itself."""

import json
import os
from pathlib import Path

import pytest

from maieutic.agents.models.engines import Engines
from maieutic.cli import command
from maieutic.cli.command import Command


def crew(told, tasks, folder):
    engines = Engines(told.terms)
    company, _, _ = told.prepare(engines)
    return told.crew(folder, engines, company)(tasks)


@pytest.mark.parametrize("cores", [1, 2, 8])
def test_a_long_run_that_waits_for_nobody_takes_a_process_for_each_core(tmp_path, monkeypatch, cores):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    made = crew(Command(scenario="spar"), 10**6, tmp_path)
    assert (1 if made is None else made.workers) == cores


def test_a_short_run_is_not_worth_the_start_of_a_process(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    assert crew(Command(scenario="spar"), 2 * command.WORTH - 1, tmp_path) is None
    assert crew(Command(scenario="spar"), 2 * command.WORTH, tmp_path).workers == 2


@pytest.mark.parametrize("who", ["human", "http://127.0.0.1:9/v1#model"])
def test_a_run_that_waits_for_people_or_models_stays_in_one_process(tmp_path, monkeypatch, who):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    told = Command(scenario="socratic-math", cast={"student": who})
    assert crew(told, 10**6, tmp_path) is None
    assert crew(told.model_copy(update={"workers": 3}), 1, tmp_path).workers == 3  # who says so gets them


def test_the_bytes_are_those_of_one_process(maieutic, monkeypatch):
    monkeypatch.setattr(command, "WORTH", 4)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    told = []
    for workers in ((), ("--workers", "1")):
        _, out, _ = maieutic(
            "run", "socratic-math", "--n", "8", "--out", f"r{len(workers)}", "--json", *workers
        )
        told.append(json.loads(out) | {"run": ""})
        maieutic("export", f"r{len(workers)}", "--as", "jsonl", "--out", f"r{len(workers)}.jsonl")
    assert told[0] == told[1]
    assert Path("r0.jsonl").read_bytes() == Path("r2.jsonl").read_bytes()
