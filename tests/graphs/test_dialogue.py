import asyncio
from collections import Counter

import pytest
import snapshots
import toy

from maieutic import ScenarioError, Stop, path, tree
from maieutic.agents import BadAnswer, Program, Scripted
from maieutic.graphs import bound, most_turns
from maieutic.scenarios import assemble, play


def played(seed=0, cast=None, **parameters):
    return asyncio.run(play(toy.SCENARIO, toy.generate(1, seed), cast=cast, seed=seed, parameters=parameters))


def test_the_graph_is_a_plain_langgraph_that_draws_itself():
    company = assemble(toy.SCENARIO)
    snapshots.check("dialogue.mmd", company.compiled.get_graph().draw_mermaid())


def test_a_draft_that_the_guard_holds_back_is_a_sibling_of_the_one_that_passes_and_never_heard():
    tries = iter(["It is SUM", "Think!"])
    teacher = Program("two-drafts", {"teacher.ask": lambda view: {"text": next(tries)}})
    critic = Program("sum-seeker", {"critic.screen": lambda view: {"leaks": "SUM" in view["draft"]}})
    episode = played(cast={"teacher": teacher, "critic": critic, "student": toy.Pupil(learn=1)})
    first, second = episode.by_role("teacher.ask")
    assert first.parent == second.parent
    assert (first.index, second.index) == (0, 1)
    heard = path(episode.events, episode.notes["head"])
    assert heard[0].answer["text"] == "Think!"
    assert first.id not in {event.id for event in heard}
    assert episode.stop is Stop.SOLVED


def test_when_every_draft_is_held_back_the_episode_is_refused():
    critic = Scripted({"critic.screen": [{"leaks": True}]})
    episode = played(cast={"critic": critic}, tries=3)
    assert episode.stop is Stop.REFUSED
    assert Counter(event.role for event in episode.events) == {"teacher.ask": 3, "critic.screen": 3}


def test_the_bound_on_turns_holds():
    episode = played(cast={"student": toy.Pupil(learn=0), "teacher": toy.Asker(leak=0)}, turns=7)
    assert episode.stop is Stop.TURNS
    assert len(episode.by_role("student.reply")) == 7


def test_an_unusable_verdict_holds_the_draft_back():
    said = iter(["perhaps", False])
    critic = Program("waverer", {"critic.screen": lambda view: {"leaks": next(said)}})
    episode = played(cast={"critic": critic, "student": toy.Pupil(learn=1), "teacher": toy.Asker(leak=0)})
    verdicts = [event for event in episode.events if event.role == "critic.screen"]
    assert verdicts[0].invalid is not None
    assert "leaks" in verdicts[0].invalid
    assert len(episode.by_role("teacher.ask")) == 2
    assert episode.stop is Stop.SOLVED


@pytest.mark.parametrize(
    ("line", "stop"), [(BadAnswer("gibberish", raw="%$"), Stop.INVALID), (RuntimeError("dead"), Stop.FAILED)]
)
def test_what_a_player_does_wrong_is_data(line, stop):
    episode = played(cast={"student": Scripted({"student.reply": [line]})})
    assert episode.stop is stop
    assert str(line) in episode.failure
    assert episode.events[-1].answer == {}


def test_memory_follows_the_branch():
    episode = played(seed=3, cast={"student": toy.Pupil(learn=0.2)}, turns=30)
    known = [event.memory["knows"] for event in episode.by_role("student.reply")]
    assert known == sorted(known)
    assert episode.stop is Stop.SOLVED


def test_the_log_is_an_arborescence_within_its_bounds():
    company = assemble(toy.SCENARIO)
    graph = toy.SCENARIO.graph(company.parameters)
    for seed in range(20):
        episode = played(seed)
        grown = tree(episode.id, episode.events)
        assert len(grown) == len(episode.events) + 1
        assert len(episode.events) <= most_turns(graph) <= bound(graph)


def test_a_bound_below_one_is_refused_before_any_turn():
    with pytest.raises(ScenarioError, match="tries >= 1"):
        toy.dialogue(speak={}, listen=None, decide=None, turns=1, tries=0)
    with pytest.raises(ScenarioError, match="way of speaking"):
        toy.dialogue(speak={}, listen=None, decide=None, turns=1)
