"""Laws of the closed vocabulary, of the bounds of flows, and of the published schema."""

import asyncio
import contextlib
import json
import re
from importlib.resources import files
from pathlib import Path

import networkx as nx
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from maieutic import Event, InputError, Stop, Task
from maieutic.agents import Move
from maieutic.graphs import Ask, Offer, Stage, State, Step, bound, flow, most_turns
from maieutic.roles import Answer, Role
from maieutic.scenarios import written
from maieutic.scenarios.checks.shape import END, START, of_graph, worst
from maieutic.scenarios.written.expression import parse
from maieutic.scenarios.written.lines import read
from maieutic.scenarios.written.scope import Scope, holds, worth

HERE = Path(__file__).parent
SCHEMA = Path(__file__).parents[2] / "docs" / "scenario.schema.json"

# a tree of conditions beside its text and its truth, so that the reader is held against something that it is not
leaves = st.sampled_from(
    [
        ("true", True),
        ("false", False),
        ("3 > 2", True),
        ("3 <= 2", False),
        ("'a' == \"a\"", True),
        ("2 in [1, 2]", True),
    ]
)


def joined(word, meaning):
    def join(parts):
        return f" {word} ".join(f"({text})" for text, _ in parts), meaning(value for _, value in parts)

    return join


trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map(joined("and", all))
        | st.lists(inner, min_size=2, max_size=3).map(joined("or", any))
        | inner.map(lambda one: (f"not ({one[0]})", not one[1]))
    ),
    max_leaves=12,
)


@given(trees)
def test_conditions_mean_what_logic_says(tree):
    text, value = tree
    assert holds(parse(text), Scope()) is value


@given(st.booleans(), st.booleans(), st.booleans())
def test_not_binds_before_and_and_and_before_or(a, b, c):
    text = f"{str(a).lower()} or not {str(b).lower()} and {str(c).lower()}"
    assert holds(parse(text), Scope()) is (a or ((not b) and c))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=5))
def test_what_goes_over_turns_means_what_python_says(votes):
    said = [
        Event(
            id=f"v{place}", parent="e", role="judge.vote", index=place, seat="judge", agent="a", key="k",
            answer={"good": good, "score": score},
        )
        for place, (good, score) in enumerate(votes)
    ]  # fmt: skip
    scope = Scope(said, {"vote": [[event.id for event in said]]})
    goods, scores = [good for good, _ in votes], [score for _, score in votes]

    def asked(text):
        return worth(parse(text), scope)

    assert asked("list(vote.score)") == scores
    assert asked("count(vote)") == len(votes)
    some = bool(votes)  # of none, nothing is known
    assert asked("all(vote.good)") == (all(goods) if some else None)
    assert asked("any(vote.score > 4)") == (any(score > 4 for score in scores) if some else None)
    assert asked("share(vote.good)") == (sum(goods) / len(votes) if some else None)
    assert asked("mean(vote.score)") == (sum(scores) / len(votes) if some else None)
    assert asked("max(vote.score)") == max(scores, default=None)
    assert asked("min(vote.score)") == min(scores, default=None)
    assert holds(parse("all(vote.good)"), scope) <= holds(parse("any(vote.good)"), scope)


@given(st.text(max_size=60) | st.text("()[]'\"<>=!.,abc12 notandri\\", max_size=40))
def test_any_text_is_read_or_refused_with_its_place(text):
    with contextlib.suppress(InputError):  # any other exception fails
        worth(parse(text), Scope())


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "().__class__",
        "a.b.c",
        "[x]",
        "lambda: 1",
        "f'{1}'",
        "(" * 200 + "1" + ")" * 200,
        "count()",
        "x := 1",
    ],
)
def test_nothing_of_python_can_be_said(text):
    with pytest.raises(InputError, match="cannot read"):
        parse(text)


class Dumper(yaml.SafeDumper):
    """Writes what YAML 1.2 reads: there, unlike in 1.1, a text such as 0E0 is a number unless it is quoted."""


Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z"),
    list("-+.0123456789"),
)


@example("0E0")
@example("1e5")
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**9), 10**9)
        | st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"])),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text("abcxyz", min_size=1), inner, max_size=4)
        ),
        max_leaves=15,
    )
)
def test_what_yaml_spells_is_read_back_and_every_line_is_right(value):
    text = yaml.dump({"top": value}, Dumper=Dumper, allow_unicode=True, default_flow_style=False)
    document = read(text, "x.yaml")
    assert document.value == {"top": value}
    for place, line in document.lines.items():
        if place and isinstance(place[-1], str):
            assert re.search(rf"\b{place[-1]}\b", text.splitlines()[line - 1])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: !!python/object/apply:os.system [ls]", "cannot be used"),
        ("a: !x 1", "cannot be used"),
        ("? [a]\n: 1", "a key must be a word"),
        ("a: [1,", "x.yaml:1: not YAML"),
        ("", "is empty"),
        (
            "a: &a [1,1,1,1,1,1,1,1,1]\n"
            + "".join(
                f"{c}: &{c} [{','.join(['*' + p] * 9)}]\n" for p, c in zip("abcdefg", "bcdefgh", strict=True)
            ),
            "repeated",
        ),
    ],
)
def test_yaml_beyond_json_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        read(text, "x.yaml")


class Word(Answer):
    go: int


ROLE = Role("walker.step", (), Word, brief="Take a step.")


@st.composite
def walks(draw):
    """A random graph in which every loop has a bound: edges back only to nodes with one."""
    count = draw(st.integers(1, 5))
    names = [f"n{one}" for one in range(count)]
    limits = [draw(st.none() | st.integers(1, 3)) for _ in names]
    fans = [draw(st.integers(1, 3)) for _ in names]
    goals = []
    for place in range(count):
        allowed = [name for other, name in enumerate(names) if other > place or limits[other] is not None]
        goals.append(draw(st.lists(st.sampled_from(allowed), max_size=3, unique=True)) if allowed else [])
    return names, limits, fans, goals, draw(st.integers(0, 10**6))


@settings(max_examples=60, deadline=None)
@given(walks())
def test_no_walk_is_longer_than_the_worst_case(walk):
    names, limits, fans, goals, seed = walk

    def step(place):
        def then(state):
            chance = state["events"][-1].answer["go"]
            ends = [*goals[place], *([] if goals[place] and chance % 7 else [Stop.SOLVED])]
            return ends[chance % len(ends)]

        def offers(state):
            return [Offer(index=len(state["events"]) + one) for one in range(fans[place])]

        return Step(Ask(ROLE, offers, fan=fans[place]), then, goals[place], most=limits[place])

    graph = flow({name: step(place) for place, name in enumerate(names)}, start="n0")
    shape = of_graph(graph.compile(), graph.nodes)

    class Walker:
        name, fingerprint, simulated = "walker", "walker", False

        async def act(self, turn):
            return Move({"go": turn.seed % 1000})

    task = Task(id="t", world="records", fields={})
    start = State(events=[], notes={}, stop=None, fields={})
    state = asyncio.run(
        graph.compile().ainvoke(
            start,
            {"recursion_limit": bound(graph)},
            context=Stage("episode", seed, task, {"walker": Walker()}),
        )
    )
    most = worst(shape)
    assert len(state["events"]) <= most <= most_turns(graph)


def test_the_worst_case_of_one_loop_is_exact():
    shape = nx.DiGraph()
    shape.add_node(START, fan=0)
    shape.add_node("draft", fan=2, visits=None)
    shape.add_node("check", fan=3, visits=None)
    shape.add_node("mend", fan=1, visits=4)
    shape.add_node(END, fan=0, end=True)
    shape.add_edges_from(
        [(START, "draft"), ("draft", "check"), ("check", "mend"), ("mend", "check"), ("check", END)]
    )
    assert worst(shape) == 2 + 3 * 5 + 4


def test_the_published_schema_is_the_one_that_the_forms_make():
    assert json.loads(SCHEMA.read_text()) == written.schema(), (
        "write it anew: maieutic schema > docs/scenario.schema.json"
    )


@pytest.mark.parametrize("file", sorted((HERE / "twins").glob("*.yaml")), ids=lambda file: file.name)
def test_the_schema_takes_what_is_right(file):
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    jsonschema.validate(read(file.read_text(), file.name).value, written.schema())


def test_the_schema_takes_every_scenario_of_the_guides_and_the_start():
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    block = re.compile(r'^```yaml title="[^"]+"\n(.*?)^```$', re.DOTALL | re.MULTILINE)
    texts = [text for page in sorted(SCHEMA.parent.rglob("*.md")) for text in block.findall(page.read_text())]
    start = files("maieutic.cli.starts").joinpath("scenario.yaml.start").read_text()
    texts.append(start.replace("{name}", "mine").replace("{file}", "mine"))
    assert len(texts) > 4
    for text in texts:
        jsonschema.validate(read(text, "page").value, written.schema())


@pytest.mark.parametrize(
    "name",
    [
        "unknown-key",
        "unknown-key-in-a-node",
        "missing-key",
        "bound-of-nothing",
        "unknown-stop",
        "key-at-the-wrong-indent",
        "name-with-blanks",
        "text-where-a-list-is-due",
    ],
)
def test_the_schema_refuses_what_is_wrong_in_form(name):
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    document = read((HERE / "faults" / f"{name}.yaml").read_text(), name)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document.value, written.schema())
