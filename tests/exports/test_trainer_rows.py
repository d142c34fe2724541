"""What a model would be taught: the rows that a learner writes before TRL reads them."""

import json

import pytest
from closed_form import played

from maieutic import InputError, Task
from maieutic.agents.simulated.curriculum import Apprentice
from maieutic.agents.simulated.refiner import Refiner
from maieutic.agents.simulated.writer import Writer
from maieutic.exports.trainer import learner
from maieutic.roles import curriculum
from maieutic.roles.actor import RESPOND
from maieutic.roles.refiner import JUDGE
from maieutic.scenarios import Drawn, assemble, spar, tapir


@pytest.fixture
def rows(tmp_path, monkeypatch):
    (tmp_path / "model").mkdir()
    monkeypatch.setattr("maieutic.exports.trainer.find_spec", lambda name: None)

    def taught(role, lessons, purposes):
        chosen = [
            Drawn(one.episode, tuple(r for r in one.records if r.purpose in purposes)) for one in lessons
        ]
        one = learner(str(tmp_path / "model"), role)
        with pytest.raises(InputError, match="TRL is not installed"):
            one.learn(one.first(), chosen, tmp_path, 0)
        return [json.loads(line) for line in (tmp_path / "lessons.jsonl").read_text().splitlines()]

    return taught


def drawn(scenario, tasks, cast, **parameters):
    episodes = played(assemble(scenario, parameters=parameters, cast=cast), tasks)
    return [Drawn(one, tuple(scenario.records(one))) for one in episodes]


def plain(number):
    fields = {"prompt": f"Say something about the sea. ({number})"}
    return Task(id=f"plain-{number}", world="text-constraints", fields=fields)


def test_an_actor_is_taught_the_request_that_it_was_shown_and_a_refiner_to_judge_and_to_mend(rows):
    cast = {"actor": Writer(skill=0.2), "refiner": Refiner(accuracy=0.8, fix=0.9)}
    small = {"mode": "evolved", "responses": 2, "branch": 2, "depth": 1}
    lessons = drawn(spar.SCENARIO, [plain(number) for number in range(8)], cast, **small)
    pairs = [record for one in lessons for record in one.records if record.purpose == "prefer"]
    taught = rows(RESPOND, lessons, ("prefer",))
    assert len(taught) == len(pairs) > 2
    for row, pair in zip(taught, pairs, strict=True):
        assert pair.prompt[-1].content in row["prompt"][-1]["content"]
        assert json.loads(row["chosen"][0]["content"]) == {"text": pair.chosen}
    wanted = [record for one in lessons for record in one.records if record.purpose in ("refine", "judge")]
    said = [row["completion"][0]["content"] for row in rows(JUDGE, lessons, ("refine", "judge"))]
    assert said == [r.critique if r.kind == "judged" else r.messages[-1].content for r in wanted]
    assert {r.kind for r in wanted} == {"judged", "dialogue"}


def test_a_new_example_is_taught_under_its_own_instruction(rows):
    tasks = [tapir.SCENARIO.world.generate(3, number) for number in range(12)]
    lessons = drawn(tapir.SCENARIO, tasks, {"student": Apprentice()})
    records = [record for one in lessons for record in one.records]
    assert any(record.meta["source"] == "expanded" for record in records)
    for row, record in zip(rows(curriculum.RESPOND, lessons, ("hard", "easy")), records, strict=True):
        assert record.messages[0].content in row["prompt"][-1]["content"]
