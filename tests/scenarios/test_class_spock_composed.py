"""CLASS with a problem that its author writes: all that follows is about it, and what is true of it is known or as written."""

import asyncio
import json

import pytest
import snapshots
from closed_form import played, within

from maieutic import Dialogue, Pair, Stop, faults, rng
from maieutic.agents import Scripted
from maieutic.agents.simulated.author import Author
from maieutic.agents.simulated.coder import Coder
from maieutic.agents.simulated.parts import parts_of
from maieutic.agents.simulated.pupil import Pupil
from maieutic.agents.simulated.scriptwriter import Scriptwriter
from maieutic.runs import Recipe
from maieutic.scenarios import assemble
from maieutic.scenarios.class_spock import SCENARIO
from maieutic.scenarios.coded.talk import difference, turn_of
from maieutic.worlds.word_problems import answers, value
from maieutic.worlds.word_problems.sections import WORLD, composed, generate, skills_of, spelled

EXACT = {"tutor": Coder(), "learner": Coder()}
SOUND = dict.fromkeys(("illegal", "inconsistent", "misread", "opening", "foresees"), 0.0)
CELL = {
    "problem": "A cell must make a protein and send it out. Which of its parts does that take?",
    "subproblems": [
        {
            "question": "Where is the plan of the protein kept?",
            "answer": "nucleus",
            "hint": "Think of what holds the genes.",
            "incorrect_response": "cell wall",
            "feedback": "That one only holds the cell together.",
        },
        {
            "question": "How many membranes are around it?",
            "answer": "2",
            "hint": "It is called an envelope.",
            "incorrect_response": "1",
            "feedback": "Look at a drawing.",
        },
        {
            "question": "Which part builds the protein?",
            "answer": "ribosome",
            "hint": "",
            "incorrect_response": "Ribosome",  # the right answer once more: no wrong one is known
            "feedback": "",
        },
    ],
    "facts": [],
    "solution": "The nucleus holds the plan, the ribosome builds.",
}
BIOLOGY = generate(0, 0).model_copy(
    update={"fields": {"section": "Cells", "objectives": ["name its parts"]}, "truth": {}}
)


def company(cast=None, **parameters):
    return assemble(
        SCENARIO, parameters={"problem": "composed", **parameters}, cast={**EXACT, **(cast or {})}
    )


def sections(n, seed=8):
    return [generate(seed, place) for place in range(n)]


def by_hand(said):
    return Scripted({"author.compose": [said]})


def test_the_graph_draws_itself():
    drawn = company().compiled.get_graph().draw_mermaid()
    snapshots.check("class-spock-composed.mmd", drawn)


def test_a_problem_of_a_section_takes_its_skills_and_no_others():
    for place, task in enumerate(sections(60)):
        made = composed(task.fields["section"], task.fields["objectives"], rng("composed", place))
        assert made.fields["topic"] == task.fields["topic"]
        assert {spelled(one) for one in skills_of(made)} == set(task.fields["objectives"])
        assert set(skills_of(made)) == set(task.truth["skills"])


def test_the_parts_of_a_composed_problem_solve_it():
    for episode in played(company(), sections(25)):
        (scaffold,) = episode.by_role("author.compose")
        given = set(answers.numbers_in(scaffold.answer["problem"]))
        for part, true in zip(scaffold.answer["subproblems"], scaffold.memory["parts"], strict=True):
            assert value(true["left"]) == answers.parse_number(part["answer"])
            given.add(answers.parse_number(part["answer"]))
        assert not answers.reveals(scaffold.answer["problem"], part["answer"], "")
        assert true["answer"] == part["answer"], "the last part gives the answer"


@pytest.mark.parametrize("mode", ["turns", "script"])
def test_all_that_is_said_is_about_the_composed_problem_and_right_by_it(mode):
    made = company({"scriptwriter": Scriptwriter(**SOUND)}, mode=mode)
    for episode in played(made, sections(8)):
        (scaffold,) = episode.by_role("author.compose")
        problem, questions = (
            scaffold.answer["problem"],
            {part["question"] for part in scaffold.answer["subproblems"]},
        )
        assert episode.stop is Stop.SOLVED
        decided = list(SCENARIO.decisions(episode))
        assert {"evaluation", "part", "section"} <= {one.kind for one in decided}
        assert all(one.said == one.true for one in decided)
        (talk,) = SCENARIO.records(episode)
        assert isinstance(talk, Dialogue)
        assert not faults(talk, episode)
        assert talk.messages[0].content == problem
        told = [json.loads(one.content) for one in talk.messages if one.role == "assistant"]
        assert {one["subproblem"] for one in told} == questions


def test_authors_err_as_often_as_their_rates_say():
    author = Author(careless=0.2, stray=0.3)
    made = company({"author": author}, learner=False, turns=1)
    decided = [one for episode in played(made, sections(150)) for one in SCENARIO.decisions(episode)]
    for kind, chance in (("part", 0.8), ("section", 0.7)):
        true = [one.true for one in decided if one.kind == kind]
        assert within(sum(true), len(true), chance)


def test_nobody_is_shown_another_problem_and_the_student_hears_words_alone():
    seen = []

    class Watching(Coder):
        async def act(self, turn):
            seen.append((turn.view["question"], turn.view["solution"]))
            return await super().act(turn)

    class Hearing(Pupil):
        async def act(self, turn):
            assert set(turn.view) == {"history"}
            return await super().act(turn)

    other = SCENARIO.world.generate(3, 0)  # a problem that the section's task brings, with a truth of its own
    (task,) = sections(1)
    task = task.model_copy(
        update={"fields": {**other.fields, **task.fields}, "truth": {**other.truth, **task.truth}}
    )
    cast = {"tutor": Watching(), "learner": Watching(), "student": Hearing()}
    (episode,) = played(company(cast), [task])
    (scaffold,) = episode.by_role("author.compose")
    assert set(seen) == {(scaffold.answer["problem"], scaffold.answer["solution"])}
    assert len(seen) > 3
    assert scaffold.answer["problem"] != other.fields["question"]
    assert all(one.said == one.true for one in SCENARIO.decisions(episode))


def test_pairs_are_made_only_where_codes_differ_and_each_of_them_is_right():
    errors = {"evaluation": 0.2, "action": 0.2, "progress": 0.2, "unparsable": 0.1}
    differing = paired = 0
    for episode in played(company({"learner": Coder(**errors)}), sections(20)):
        pairs = [one for one in SCENARIO.records(episode) if isinstance(one, Pair)]
        answered = {one.parent: turn_of(one) for one in episode.by_role("tutor.turn")}
        learners = [one for one in episode.events if one.role == "learner.turn"]
        differing += sum(difference(answered[one.parent], one) is not None for one in learners)
        paired += len(pairs)
        for pair in pairs:
            assert pair.prompt[0].content == episode.by_role("author.compose")[0].answer["problem"]
            assert not faults(pair, episode)
        assert all(one.true for one in SCENARIO.decisions(episode) if one.kind == "pair")
    assert paired == differing > 30


@pytest.mark.parametrize("mode", ["turns", "script"])
def test_what_an_author_who_is_no_program_wrote_is_the_reference(mode):
    cast = {"author": by_hand(CELL), "scriptwriter": Scriptwriter(**SOUND)}
    made, said = company(cast, mode=mode), ""
    for seed in range(6):
        episode = asyncio.run(made.play(BIOLOGY, seed))
        assert episode.stop is Stop.SOLVED
        assert all(one.said == one.true for one in SCENARIO.decisions(episode))
        assert {one.kind for one in SCENARIO.decisions(episode)} >= {"evaluation", "action", "progress"}
        (talk,) = SCENARIO.records(episode)
        assert talk.messages[0].content == CELL["problem"]
        said += " ".join(one.content for one in talk.messages)
    for words in ("nucleus", "cell wall", "ribosome", "genes"):  # answers, a wrong one, and a hint
        assert words in said


@pytest.mark.parametrize(
    "unusable",
    [
        {},
        {**CELL, "subproblems": []},
        {**CELL, "problem": " "},
        {key: one for key, one in CELL.items() if key != "solution"},
        {**CELL, "subproblems": [{"question": "Where?", "answer": "here"}]},
        {**CELL, "subproblems": [{**CELL["subproblems"][0], "answer": "\n"}]},
        {**CELL, "subproblems": "none"},
    ],
)
def test_a_problem_that_cannot_be_used_is_an_invalid_event(unusable):
    for mode in ("turns", "script"):
        (episode,) = played(company({"author": by_hand(unusable)}, mode=mode, experts=1), [BIOLOGY])
        assert episode.stop is Stop.INVALID
        assert len(episode.events) == 1
        assert "bad answer" in episode.failure
        assert list(SCENARIO.records(episode)) == list(SCENARIO.decisions(episode)) == []
        assert SCENARIO.lesson(episode) is None


def test_sections_come_from_a_users_table_under_any_names(tmp_path):
    file = tmp_path / "chapters.csv"
    first = generate(2, 0)
    aims = "; ".join(first.fields["objectives"])
    file.write_text(f'chapter,goals\n{first.fields["section"]},"{aims}"\nOsmosis,"Explain it, and predict"\n')
    recipe = Recipe(
        scenario="class-spock",
        parameters={"problem": "composed"},
        tasks=str(file),
        mapped={"section": "chapter", "objectives": "goals"},
    )
    made = recipe.company()
    known, unknown = played(made, recipe.source(made)[0].tasks(2))
    assert known.by_role("author.compose")[0].memory["topic"] == first.fields["section"]
    assert set(known.by_role("author.compose")[0].memory["skills"]) == set(first.truth["skills"])
    assert unknown.stop is Stop.SOLVED, "of a section that is none of its own, the author writes any problem"


def test_a_run_takes_its_tasks_from_the_world_of_sections():
    recipe = Recipe(scenario="class-spock", parameters={"problem": "composed"}, seed=4)
    made = recipe.company()
    source, _ = recipe.source(made)
    assert source.world is made.world is WORLD
    assert list(source.tasks(2)) == sections(2, seed=4)
    assert assemble(SCENARIO).world is SCENARIO.world


def test_a_truth_that_lists_parts_is_read_as_it_stands():
    (episode,) = played(company({"author": by_hand(CELL)}), [BIOLOGY])
    assert not parts_of({}, {})
    assert [
        one.answer
        for one in parts_of({}, {"parts": [{"question": "?", "answer": "7", "left": None, "act": ""}]})
    ] == ["7"]
    assert episode.task.truth == {}
