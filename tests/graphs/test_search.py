import asyncio
import re
from collections import Counter, defaultdict
from itertools import count

import pytest
import snapshots
from hypothesis import given, settings
from hypothesis import strategies as st

from maieutic import ScenarioError, Stop, Task, path, tree
from maieutic.agents import BadAnswer, Program
from maieutic.graphs import Ask, Offer, Shape, Stage, State, bound, most_turns, search
from maieutic.roles import Answer, Role


class Words(Answer):
    text: str


class Vote(Answer):
    text: str
    yes: bool


ACTOR = Role("actor.respond", (), Words)
JUDGE = Role("judge.vote", ("response",), Vote)
EDITOR = Role("editor.refine", ("response", "critique"), Words)
TASK = Task(id="t", world="w", fields={})


def pattern(shape, drafts=5, **more):
    return search(
        **more,
        draft=Ask(ACTOR, lambda state: [Offer(index=index) for index in range(drafts)], fan=drafts),
        judge=JUDGE,
        case=lambda state, event: {"response": event.answer["text"]},
        verdict=lambda event: event.answer["yes"],
        expand=EDITOR,
        brief=lambda state, event, critique: {
            "response": event.answer["text"],
            "critique": critique.answer["text"],
        },
        text=lambda event: event.answer["text"],
        shape=shape,
    )


class Run:
    """A search over texts that say how they are voted on: `nnyxy 7` gets no, no, yes, no usable vote, yes."""

    def __init__(self, drafts, children="nnnnn", seed=0, name="episode", **shape):
        self.shape, self.asked = Shape(**shape), defaultdict(int)
        self.children = children if callable(children) else lambda number: f"{children} {number}"
        self.numbers, self.views = count(), []
        texts = iter(drafts)
        cast = {
            "actor": Program("actor", {ACTOR.name: lambda view: self.said(next(texts))}),
            "judge": Program("judge", {JUDGE.name: self.vote}),
            "editor": Program("editor", {EDITOR.name: self.refine}),
        }
        self.graph = pattern(self.shape, len(drafts))
        stage, start = Stage(name, seed, TASK, cast), State(events=[], notes={}, stop=None)
        limit = {"recursion_limit": bound(self.graph)}
        state = asyncio.run(self.graph.compile().ainvoke(start, limit, context=stage))
        self.events, self.notes, self.stop = state["events"], state["notes"], Stop(state["stop"])
        self.by_id = {event.id: event for event in self.events}

    def said(self, text):
        if text is None:
            raise BadAnswer("no text")
        return {"text": text}

    def vote(self, view):
        text = view["response"]
        marks = re.match("[nyx]*", text)[0]
        number = self.asked[text]
        self.asked[text] += 1
        mark = marks[number % len(marks)]
        if mark == "x":
            raise BadAnswer("neither yes nor no")
        return {"text": f"vote {number} on {text}", "yes": mark == "y"}

    def refine(self, view):
        self.views.append(dict(view))
        return self.said(self.children(next(self.numbers)))

    def turns(self, role):
        return [event for event in self.events if event.role == role.name]

    def child_votes(self):
        children = {event.id for event in self.turns(EDITOR)}
        return [event for event in self.turns(JUDGE) if event.parent in children]

    def text(self, name):
        return self.by_id[name].answer["text"]


FAILED = ["nnnnn a", "nnnnn b", "yyyyy c", "nynyn d", "nnnnn e"]


def test_the_graph_draws_itself():
    snapshots.check("search.mmd", pattern(Shape()).compile().get_graph().draw_mermaid())


HOST = Role("host.ask", (), Words)


def prepared(said, then):
    def host(view):
        if said is None:
            raise BadAnswer("no request")
        return {"text": said}

    cast = {
        "host": Program("host", {HOST.name: host}),
        "actor": Program("actor", {ACTOR.name: lambda view: {"text": "a"}}),
        "judge": Program("judge", {JUDGE.name: lambda view: {"text": "well", "yes": True}}),
        "editor": Program("editor", {EDITOR.name: lambda view: {"text": "b"}}),
    }
    ask = Ask(HOST, lambda state: [Offer()], lambda state, events: {"asked": len(events)})
    graph = pattern(Shape(), prepare=ask, prepared=then)
    stage, start = Stage("episode", 0, TASK, cast), State(events=[], notes={}, stop=None)
    return asyncio.run(graph.compile().ainvoke(start, {"recursion_limit": bound(graph)}, context=stage))


def test_what_is_asked_may_be_prepared_first_and_ends_it_where_there_is_nothing_to_ask():
    graph = pattern(Shape(), prepare=Ask(HOST, lambda state: [Offer()]))
    snapshots.check("search-prepare.mmd", graph.compile().get_graph().draw_mermaid())
    whole = prepared("go on", lambda state: "draft")
    assert [event.role for event in whole["events"][:2]] == [HOST.name, ACTOR.name]
    assert (whole["stop"], whole["notes"]["asked"]) == (Stop.ACCEPTED, 1)
    refused = prepared("none", lambda state: Stop.REFUSED)
    assert (refused["stop"], len(refused["events"])) == (Stop.REFUSED, 1)
    assert prepared(None, lambda state: "draft")["stop"] == Stop.INVALID


def test_a_search_that_never_passes_makes_3_6_6_children_and_75_votes_on_them():
    run = Run(FAILED)
    assert [len(level) for level in run.notes["levels"]] == [3, 6, 6]
    assert run.notes["evaluated"] == 15
    assert len(run.child_votes()) == 75
    assert len(run.turns(JUDGE)) == 100
    assert run.stop is Stop.EXHAUSTED


def test_it_stops_at_the_first_level_whose_best_value_is_above_the_gate():
    run = Run(FAILED, lambda number: f"{'yynyn' if number == 4 else 'nnnnn'} {number}")
    assert [len(level) for level in run.notes["levels"]] == [3, 6]
    assert run.stop is Stop.SOLVED
    assert run.notes["value"] == 0.6
    assert run.text(run.notes["best"]) == "yynyn 4"
    assert run.notes["frontier"] == []


def test_a_value_at_the_gate_does_not_pass():
    assert Run(FAILED, "yyynn", gate=0.6).stop is Stop.EXHAUSTED
    assert Run(FAILED, "yyyyn", gate=0.6).stop is Stop.SOLVED


def test_of_equally_good_children_the_first_is_the_best():
    assert Run(FAILED, "yyyyy").notes["best"] == Run(FAILED, "yyyyy").notes["levels"][0][0]


def test_responses_that_all_pass_leave_nothing_to_refine():
    run = Run(["yyyyy a", "yyyny b"])
    assert run.stop is Stop.ACCEPTED
    assert not run.turns(EDITOR)
    assert run.notes["root"] is None


def test_the_root_is_any_of_the_failed_responses_and_no_other():
    roots = Counter(
        run.text(run.notes["root"]) for n in range(60) for run in [Run(FAILED, "yyyyy", name=f"e{n}")]
    )
    assert set(roots) == {"nnnnn a", "nnnnn b", "nynyn d", "nnnnn e"}
    assert min(roots.values()) > 3


def test_the_first_vote_that_agrees_with_the_majority_is_the_critique_that_the_editor_sees():
    run = Run(["ynxnn a"])
    critique = run.by_id[run.notes["critiques"][run.notes["root"]]]
    assert critique.answer["text"] == "vote 1 on ynxnn a"
    assert run.notes["values"][run.notes["root"]] == 0.25
    assert run.views[0] == {"response": "ynxnn a", "critique": "vote 1 on ynxnn a"}
    assert all(child.parent == critique.id for child in run.turns(EDITOR)[:3])


@pytest.mark.parametrize("votes", ["ynynx", "xxxxx"])
def test_a_response_whose_votes_are_equal_is_dropped_at_once(votes):
    run = Run([f"{votes} a", "nnnnn b"])
    assert run.asked[f"{votes} a"] == 5
    assert run.notes["values"][run.turns(ACTOR)[0].id] is None
    assert run.text(run.notes["root"]) == "nnnnn b"


def test_when_all_responses_are_tied_the_search_says_so():
    run = Run(["ynynx a", "nyxny b"])
    assert run.stop is Stop.TIE
    assert run.notes["root"] is None


def test_unusable_responses_take_no_part():
    assert Run([None, None]).stop is Stop.INVALID
    run = Run([None, "nnnnn b"])
    assert run.text(run.notes["root"]) == "nnnnn b"
    assert len(run.turns(JUDGE)) == 5 + 75


def test_a_tied_child_is_voted_on_again_and_then_dropped_and_never_expanded():
    run = Run(["nnnnn a"], lambda number: f"{'ynynx' if number == 0 else 'nnnnn'} {number}")
    tied = run.notes["levels"][0][0]
    assert run.asked["ynynx 0"] == 5 * 4
    assert run.notes["values"][tied] is None
    assert tied not in run.notes["critiques"]
    assert tied not in run.notes["visits"]
    indices = [event.index for event in run.child_votes() if event.parent == tied]
    assert sorted(indices) == list(range(20))


def test_a_retry_that_decides_counts_alone():
    run = Run(["nnnnn a"], lambda number: f"{'nynyxyyyyn' if number == 0 else 'nnnnn'} {number}")
    assert run.asked["nynyxyyyyn 0"] == 10
    assert run.notes["value"] == 0.8
    assert run.stop is Stop.SOLVED


@pytest.mark.parametrize(("votes", "survived"), [(None, 0), ("ynynx", 3)])
def test_when_no_child_is_usable_or_all_are_tied_the_root_stays_the_best(votes, survived):
    run = Run(["nnnnn a"], lambda number: votes and f"{votes} {number}")
    assert run.stop is Stop.EXHAUSTED
    assert run.notes["best"] == run.notes["root"]
    assert run.notes["value"] == 0
    assert [len(level) for level in run.notes["levels"]] == [survived]


def test_a_child_of_value_nought_is_better_than_the_root():
    run = Run(["nnnny a"], "nnnnn")
    assert run.notes["values"][run.notes["root"]] == 0.2
    assert run.notes["best"] == run.notes["levels"][0][0]


def test_equal_texts_share_one_value():
    run = Run(["nnnny a"], lambda number: "nnnny a" if number == 0 else f"nnnnn {number // 2}", depth=1)
    root, (first, second, third) = run.notes["root"], run.notes["levels"][0]
    assert run.asked["nnnny a"] == 5  # the child that is the root again is not judged
    assert run.notes["values"][first] == run.notes["values"][root]
    assert run.notes["critiques"][first] == run.notes["critiques"][root]
    assert run.text(second) != run.text(third)
    twins = Run(["nnnnn a"], "nnnnn", depth=1)
    assert len(twins.child_votes()) == 15
    twins = Run(["nnnnn a"], lambda number: "nynnn same", depth=1)
    assert len(twins.child_votes()) == 5
    assert {twins.notes["values"][name] for name in twins.notes["levels"][0]} == {0.2}


def test_a_child_that_is_a_response_which_passed_needs_no_vote():
    run = Run(["nnnnn a", "yyyyy b"], lambda number: "yyyyy b")
    assert run.stop is Stop.SOLVED
    assert not run.child_votes()
    assert run.notes["value"] == 1


def test_twins_that_are_both_expanded_have_children_of_their_own():
    run = Run(["nnnnn a"], lambda number: "nnnnn same" if number < 3 else f"nnnnn {number}", depth=2)
    assert [len(level) for level in run.notes["levels"]] == [3, 6]
    assert len({event.id for event in run.events}) == len(run.events)


def test_the_budget_cuts_the_children_and_only_what_was_expanded_was_visited():
    run = Run(["nnnnn a"], budget=4)
    assert run.stop is Stop.BUDGET
    assert run.notes["evaluated"] == len(run.turns(EDITOR)) == 4
    assert run.notes["visits"] == [run.notes["root"], run.notes["levels"][0][0]]
    assert Run(["nnnnn a"], budget=15).stop is Stop.EXHAUSTED


def test_depth_first_goes_on_from_the_best_child_and_comes_back():
    votes = {0: "nnnnn", 1: "nynyn", 2: "nnnny", 3: "nnnnn", 4: "nnnny", 5: "nnnnn"}
    run = Run(["nnnnn a"], lambda n: f"{votes.get(n, 'nnnnn')} {n}", depth=2, order="depth")
    visited = [run.text(name)[6:] for name in run.notes["visits"]]
    assert visited == [
        "a",
        "1",
        "2",
    ]  # 1 has no child that may be expanded, so the second best of its level is next
    assert [len(level) for level in run.notes["levels"]] == [3, 6]
    assert run.stop is Stop.EXHAUSTED


def test_a_draw_in_proportion_to_value_takes_no_worthless_child_while_there_is_another():
    kept = Counter()
    for number in range(40):
        run = Run(
            ["nnnnn a"],
            lambda n: f"{('nnnnn', 'nnnny', 'nnnyy')[n % 3]} {n}",
            name=f"e{number}",
            depth=2,
            pick="proportional",
        )
        kept.update(run.text(name)[:5] for name in run.notes["visits"][1:])
    assert set(kept) == {"nnnny", "nnnyy"}
    ones = Counter()
    for number in range(200):
        run = Run(
            ["nnnnn a"],
            lambda n: f"{('nnnnn', 'nnnny', 'nnnyy')[n % 3]} {n}",
            name=f"e{number}",
            depth=2,
            keep=1,
            pick="proportional",
        )
        ones.update(run.text(name)[:5] for name in run.notes["visits"][1:])
    assert 110 < ones["nnnyy"] < 156  # two thirds of 200


marks = st.text("nyx", min_size=5, max_size=20)


@given(
    drafts=st.lists(marks, min_size=1, max_size=4),
    children=st.lists(st.none() | marks, min_size=1, max_size=30),
    alike=st.booleans(),
    shape=st.builds(
        dict,
        votes=st.integers(1, 4),
        retries=st.integers(0, 2),
        width=st.integers(1, 3),
        depth=st.integers(1, 3),
        budget=st.integers(1, 20),
        gate=st.sampled_from([0, 0.3, 0.5, 0.8]),
        order=st.sampled_from(["breadth", "depth"]),
        pick=st.sampled_from(["greedy", "proportional"]),
    ),
    keep=st.integers(1, 3),
)
@settings(max_examples=120, deadline=None)
def test_whatever_is_voted_the_bounds_hold_and_the_log_is_a_tree(drafts, children, alike, shape, keep):
    def child(number):
        said = children[number % len(children)]
        return said if said is None or alike else f"{said} {number}"

    run = Run(
        [f"{text} d{n}" for n, text in enumerate(drafts)], child, keep=min(keep, shape["width"]), **shape
    )
    notes = run.notes
    assert len(tree("episode", run.events)) == len(run.events) + 1
    assert len(run.events) <= most_turns(run.graph)
    assert len(run.turns(EDITOR)) == notes["evaluated"] <= shape["budget"]
    for level, most in zip(notes["levels"], run.shape.levels, strict=False):
        assert len(level) <= most
    assert len(notes["levels"]) <= shape["depth"]
    assert len(run.child_votes()) <= notes["evaluated"] * shape["votes"] * (1 + shape["retries"])
    for name, value in notes["values"].items():
        assert (value is None) is (name not in notes["critiques"])
    texts = defaultdict(set)
    for name, value in notes["values"].items():
        texts[run.text(name)].add(value)
    assert all(len(values) == 1 for values in texts.values())
    if run.stop is Stop.SOLVED:
        best = notes["best"]
        assert notes["values"][best] == notes["value"] > shape["gate"]
        assert notes["values"][notes["root"]] <= shape["gate"]
        assert path(run.events, best)[-2].role == JUDGE.name
    if run.stop in (Stop.EXHAUSTED, Stop.BUDGET):
        grown = [v for level in notes["levels"] for n in level if (v := notes["values"][n]) is not None]
        assert max(grown, default=0) == notes["value"] <= shape["gate"]


@pytest.mark.parametrize(
    "shape", [{"votes": 0}, {"width": 0}, {"budget": 0}, {"gate": 1.0}, {"retries": -1}, {"keep": 4}]
)
def test_bounds_that_bound_nothing_are_refused(shape):
    with pytest.raises(ScenarioError):
        pattern(Shape(**shape))
