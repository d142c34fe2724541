import asyncio
from collections import Counter

import pytest
import snapshots
from hypothesis import given, settings
from hypothesis import strategies as st

from maieutic import ScenarioError, Stop, Task, path, tree
from maieutic.agents import BadAnswer, Scripted
from maieutic.graphs import Ask, Offer, Stage, State, bound, most_turns, refine
from maieutic.roles import Answer, Role


class Words(Answer):
    text: str


class Verdict(Answer):
    text: str = ""
    ok: bool


PLAN = Role("planner.plan", (), Words)
DRAFT = Role("writer.draft", (), Words)
JUDGE = Role("critic.judge", ("text", "part"), Verdict)
REVISE = Role("writer.revise", ("text", "critique"), Words)


def last(state, *roles):
    return next(event for event in reversed(state["events"]) if event.role in roles)


def pattern(rounds=3, prepare=False, parts=1):
    def written(state):
        return last(state, DRAFT.name, REVISE.name)

    def verdicts(state):
        return [event for event in state["events"] if event.parent == written(state).id]

    def criticise(state):
        return [
            Offer(written(state).id, {"text": written(state).answer["text"], "part": n}, n)
            for n in range(parts)
        ]

    def revise(state):
        critique = last(state, JUDGE.name)
        fields = {"text": written(state).answer["text"], "critique": critique.answer["text"]}
        return [Offer(critique.id, fields)]

    def decide(state):
        if any(event.invalid is not None for event in verdicts(state)):
            return Stop.INVALID
        return Stop.SOLVED if all(event.answer["ok"] for event in verdicts(state)) else "revise"

    return refine(
        draft=Ask(DRAFT, lambda state: [Offer(state["events"][-1].id if state["events"] else None)]),
        critique=Ask(JUDGE, criticise, fan=parts),
        revise=Ask(REVISE, revise),
        decide=decide,
        rounds=rounds,
        prepare=Ask(PLAN, lambda state: [Offer()]) if prepare else None,
    )


def played(graph, verdicts=(False,), draft="first", revisions=("second", "third", "fourth"), plan="plan"):
    def texts(*said):
        return [one if isinstance(one, Exception) else {"text": one} for one in said]

    lines = {DRAFT.name: texts(draft), REVISE.name: texts(*revisions)}
    judged = [one if isinstance(one, Exception) else {"text": "because", "ok": one} for one in verdicts]
    cast = {
        "writer": Scripted(lines),
        "critic": Scripted({JUDGE.name: judged}),
        "planner": Scripted({PLAN.name: texts(plan)}),
    }
    stage = Stage("episode", 0, Task(id="t", world="w", fields={}), cast)
    start = State(events=[], notes={}, stop=None)
    return asyncio.run(graph.compile().ainvoke(start, {"recursion_limit": bound(graph)}, context=stage))


@pytest.mark.parametrize("prepare", [False, True])
def test_the_graph_draws_itself(prepare):
    name = "refine-prepare.mmd" if prepare else "refine.mmd"
    snapshots.check(name, pattern(prepare=prepare).compile().get_graph().draw_mermaid())


def test_a_draft_that_is_accepted_is_not_revised():
    state = played(pattern(), [True])
    assert [event.role for event in state["events"]] == [DRAFT.name, JUDGE.name]
    assert state["stop"] == "solved"


def test_each_revision_answers_the_critique_of_the_text_before():
    state = played(pattern(), [False, False, True])
    assert state["stop"] == "solved"
    branch = path(state["events"], state["events"][-1].id)
    assert [event.role for event in branch] == [DRAFT.name, JUDGE.name, *[REVISE.name, JUDGE.name] * 2]
    assert [event.answer["text"] for event in branch[::2]] == ["first", "second", "third"]


def test_the_last_revision_is_judged_and_then_the_rounds_are_spent():
    state = played(pattern(rounds=2), [False])
    assert state["stop"] == "turns"
    assert Counter(event.role for event in state["events"]) == {DRAFT.name: 1, JUDGE.name: 3, REVISE.name: 2}
    assert played(pattern(rounds=2), [False, False, True])["stop"] == "solved"


def test_a_plan_comes_first_and_once():
    state = played(pattern(prepare=True), [False, True])
    assert [event.role for event in state["events"]][:2] == [PLAN.name, DRAFT.name]
    assert Counter(event.role for event in state["events"])[PLAN.name] == 1


@pytest.mark.parametrize(
    ("lines", "last_role"),
    [
        ({"plan": BadAnswer("?")}, PLAN.name),
        ({"draft": BadAnswer("?")}, DRAFT.name),
        ({"revisions": [BadAnswer("?")]}, REVISE.name),
        ({"verdicts": [BadAnswer("?")]}, JUDGE.name),
    ],
)
def test_an_unusable_answer_ends_it_where_it_was_given(lines, last_role):
    state = played(pattern(prepare=True), **lines)
    assert state["stop"] == "invalid"
    assert state["events"][-1].role == last_role


def test_a_text_may_be_judged_part_by_part():
    state = played(pattern(parts=4), [True])
    assert Counter(event.role for event in state["events"]) == {DRAFT.name: 1, JUDGE.name: 4}
    assert [event.index for event in state["events"][1:]] == [0, 1, 2, 3]


@given(st.lists(st.booleans(), min_size=1, max_size=6), st.integers(1, 4), st.integers(1, 3), st.booleans())
@settings(max_examples=40, deadline=None)
def test_the_bounds_hold_whatever_is_said(verdicts, rounds, parts, prepare):
    graph = pattern(rounds, prepare, parts)
    state = played(graph, verdicts)
    assert len(state["events"]) <= most_turns(graph)
    assert sum(event.role == REVISE.name for event in state["events"]) <= rounds
    assert len(tree("episode", state["events"])) == len(state["events"]) + 1
    assert state["stop"] in ("solved", "turns")


def test_a_bound_below_one_is_refused():
    with pytest.raises(ScenarioError, match="rounds >= 1"):
        pattern(rounds=0)
    with pytest.raises(ScenarioError, match="somebody who criticises"):
        refine(
            draft=Ask(DRAFT, lambda state: []),
            critique=[],
            revise=Ask(REVISE, lambda state: []),
            decide=lambda state: Stop.SOLVED,
            rounds=1,
        )


SECOND = Role("second.judge", ("text",), Verdict)


def in_steps(needed, second_asks):
    """Two plans before the draft, of which the second is asked where the first cannot be used, and two critics."""

    def written(state):
        return last(state, DRAFT.name, REVISE.name)

    def again(state):
        return [Offer(index=1)] if state["events"][-1].invalid is not None else []

    def judge(role, asks):
        return Ask(role, lambda state: [Offer(written(state).id, {"text": "t"})] if asks else [])

    return refine(
        prepare=[Ask(PLAN, lambda state: [Offer()], needed=needed), Ask(PLAN, again, needed=needed)],
        draft=Ask(DRAFT, lambda state: [Offer()]),
        critique=[judge(JUDGE, not second_asks), judge(SECOND, second_asks)],
        revise=Ask(REVISE, lambda state: [Offer(state["events"][-1].id, {"text": "t"})]),
        decide=lambda state: Stop.SOLVED if state["events"][-1].answer["ok"] else "revise",
        rounds=2,
    )


def in_steps_played(graph, plans, verdicts=(False, True)):
    judging = [{"ok": one} for one in verdicts]
    writing = {DRAFT.name: [{"text": "one"}], REVISE.name: [{"text": "two"}, {"text": "three"}]}
    cast = {
        "planner": Scripted(
            {PLAN.name: [one if isinstance(one, Exception) else {"text": one} for one in plans]}
        ),
        "writer": Scripted(writing),
        "critic": Scripted({JUDGE.name: judging}),
        "second": Scripted({SECOND.name: judging}),
    }
    stage = Stage("episode", 0, Task(id="t", world="w", fields={}), cast)
    start = State(events=[], notes={}, stop=None)
    return asyncio.run(graph.compile().ainvoke(start, {"recursion_limit": bound(graph)}, context=stage))


@pytest.mark.parametrize("second_asks", [False, True])
def test_a_step_that_asks_nothing_is_passed_and_every_round_goes_through_all_critics(second_asks):
    graph = in_steps(True, second_asks)
    state = in_steps_played(graph, ["plan"])
    critic = SECOND.name if second_asks else JUDGE.name
    roles = [event.role for event in state["events"]]
    assert roles == [PLAN.name, DRAFT.name, critic, REVISE.name, critic]
    assert state["stop"] == "solved"
    assert len(roles) <= most_turns(graph)


@pytest.mark.parametrize("needed", [False, True])
def test_a_plan_that_is_not_needed_may_be_asked_for_again_and_go_missing(needed):
    state = in_steps_played(in_steps(needed, False), [BadAnswer("?"), BadAnswer("?")])
    roles = [event.role for event in state["events"]]
    if needed:
        assert (roles, state["stop"]) == ([PLAN.name], "invalid")
    else:
        assert roles[:3] == [PLAN.name, PLAN.name, DRAFT.name]
        assert state["stop"] == "solved"
