"""CLASS with passages of a textbook: what the tutor is shown, and how often the right one is among them."""

import asyncio
import math

import pytest
import snapshots
from closed_form import within
from hypothesis import given
from hypothesis import strategies as st

from maieutic import rng
from maieutic.agents import Program
from maieutic.agents.simulated.coder import Coder
from maieutic.scenarios import assemble
from maieutic.scenarios.class_spock import SCENARIO
from maieutic.worlds.retrieval import K1, B, nearest, scores, words
from maieutic.worlds.word_problems.textbook import textbook

TEXTS = st.lists(st.text("ab c", max_size=12), max_size=6)


def played(n, passages, **cast):
    company = assemble(SCENARIO, parameters={"passages": passages, "learner": False}, cast=cast)
    return [asyncio.run(company.play(SCENARIO.world.generate(7, place), place)) for place in range(n)]


def recall(episodes):
    """(right passages that were found, searches)"""
    found = [one for episode in episodes for one in SCENARIO.decisions(episode) if one.kind == "passage"]
    return sum(one.said and one.true for one in found), sum(one.true for one in found)


def test_the_graph_draws_itself():
    company = assemble(SCENARIO, parameters={"passages": 3})
    snapshots.check("class-spock-passages.mmd", company.compiled.get_graph().draw_mermaid())


def test_a_search_by_chance_finds_the_right_passage_as_often_as_it_must():
    def by_chance(view):
        chance = rng("chance", view["query"])
        return {"numbers": chance.sample(range(len(view["textbook"])), view["number"])}

    for k in (1, 6):
        hits, asked = recall(played(30, k, retriever=Program("by-chance", {"retriever.search": by_chance})))
        assert asked > 100
        assert within(hits, asked, k / len(textbook()))


def test_bm25_finds_it_far_more_often_and_more_often_the_more_it_may_show():
    shares = []
    for k in (1, 4):
        hits, asked = recall(played(20, k))
        shares.append(hits / asked)
    assert 0.6 < shares[0] < shares[1] <= 1


def test_the_tutor_is_shown_what_was_found_and_nothing_for_an_opening():
    shown = []

    class Watching(Coder):
        async def act(self, turn):
            shown.append(turn.view)
            return await super().act(turn)

    (episode,) = played(1, 2, tutor=Watching())
    found = {event.parent: event.answer["numbers"] for event in episode.by_role("retriever.search")}
    turns = episode.by_role("tutor.turn")
    book = list(textbook().values())
    assert "passages" not in shown[0]
    assert [view["passages"] for view in shown[1:]] == [
        [book[number] for number in found[turn.parent]] for turn in turns[1:]
    ]


def test_a_task_may_bring_passages_of_its_own():
    task = SCENARIO.world.generate(7, 1)
    own = ["Nothing of use.", task.fields["question"], ""]
    fields, truth = {**task.fields, "passages": own}, {**task.truth, "passage": 1}
    named = iter([[1, 1], [7, -1], [0]] + [[]] * 60)
    cast = {"retriever": Program("listed", {"retriever.search": lambda view: {"numbers": next(named)}})}
    company = assemble(SCENARIO, parameters={"passages": 2}, cast=cast)
    task = task.model_copy(update={"fields": fields, "truth": truth})
    episode = asyncio.run(company.play(task, 1))
    found = [(one.said, one.true) for one in SCENARIO.decisions(episode) if one.kind == "passage"]
    assert found[:4] == [(True, True), (False, True), (True, False), (False, True)]
    unknown = episode.model_copy(update={"task": task.model_copy(update={"truth": {}})})
    assert not [one for one in SCENARIO.decisions(unknown) if one.kind == "passage"]


@given(st.text("ab c", max_size=12), TEXTS)
def test_scores_are_those_of_the_formula(query, passages):
    lists = [words(one) for one in passages]
    mean = sum(map(len, lists)) / len(lists) if lists else 0
    expected = []
    for one in lists:
        score = 0.0
        for word in set(words(query)):
            n = sum(word in other for other in lists)
            idf = math.log(1 + (len(lists) - n + 0.5) / (n + 0.5))
            f = one.count(word)
            score += idf * f * (K1 + 1) / (f + K1 * (1 - B + B * len(one) / mean)) if f else 0
        expected.append(score)
    assert scores(query, passages) == pytest.approx(expected)


@given(st.text("ab c", max_size=12), TEXTS, st.integers(1, 6))
def test_the_nearest_are_the_best_and_share_a_word(query, passages, most):
    found, all_scores = nearest(query, passages, most), scores(query, passages)
    assert len(found) == min(most, sum(one > 0 for one in all_scores))
    left = [score for place, score in enumerate(all_scores) if place not in found]
    assert all(all_scores[one] >= max(left, default=0) for one in found)
    assert all(set(words(query)) & set(words(passages[one])) for one in found)


def test_no_passage_of_the_book_is_a_task_that_is_played():
    for place in range(40):
        task = SCENARIO.world.generate(1, place)
        assert not textbook()[task.fields["topic"]].startswith(task.fields["question"])
