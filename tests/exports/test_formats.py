import asyncio
from itertools import pairwise

import pytest

from maieutic import Dialogue, Judged, Message, Pair
from maieutic.exports import FORMATS, dpo, jsonl, sft
from maieutic.records import record_adapter
from maieutic.scenarios import assemble, catalogue

NAMES = ["alpaca-farm", "socratic-math", "spar", "tree-instruct"]


@pytest.fixture(scope="module", params=NAMES)
def drawn(request):
    scenario = catalogue.load(request.param)
    company = assemble(scenario)
    episodes = [asyncio.run(company.play(scenario.world.generate(4, place), place)) for place in range(12)]
    return [(record, episode) for episode in episodes for record in scenario.records(episode)]


def test_every_scenario_makes_records(drawn):
    assert drawn


def test_jsonl_gives_the_record_back(drawn):
    for record, episode in drawn:
        (row,) = jsonl(record, episode)
        assert row.pop("source") == {"name": episode.task.source, "licence": episode.task.licence}
        assert record_adapter.validate_python(row) == record


def test_rows_say_where_they_come_from(drawn):
    for record, episode in drawn:
        for row in [*dpo(record, episode), *sft(record, episode)]:
            provenance = row["provenance"]
            assert provenance["episode"] == episode.id
            assert set(provenance["events"]) <= {event.id for event in episode.events}
            assert provenance["source"]["licence"] == episode.task.licence


def test_a_pair_becomes_prompt_chosen_and_rejected_and_nothing_else_does(drawn):
    for record, episode in drawn:
        rows = list(dpo(record, episode))
        assert len(rows) == (isinstance(record, Pair) and not _prefix(record))
        for row in rows:
            assert row["chosen"] == [{"role": "assistant", "content": record.chosen}]
            assert row["rejected"] == [{"role": "assistant", "content": record.rejected}]
            assert row["prompt"][-1]["role"] == "user"


def _prefix(pair):
    return pair.chosen.startswith(pair.rejected) or pair.rejected.startswith(pair.chosen)


def test_conversations_end_with_an_answer_and_alternate(drawn):
    for record, episode in drawn:
        for row in sft(record, episode):
            assert isinstance(record, Dialogue | Judged)
            roles = [message["role"] for message in row["messages"] if message["role"] != "system"]
            assert roles[0] == "user"
            assert roles[-1] == "assistant"
            assert all(one != other for one, other in pairwise(roles))


def test_a_pair_of_which_one_begins_with_the_other_is_left_out():
    pair = Pair(
        episode="e",
        task="t",
        purpose="x",
        prompt=(Message(role="user", content="q"),),
        chosen="yes, sure",
        rejected="yes",
        chosen_event="a",
        rejected_event="b",
        chosen_verdict=1,
        rejected_verdict=0,
    )
    assert list(dpo(pair, None)) == []


def test_formats_are_named():
    assert set(FORMATS) >= {"dpo", "sft", "jsonl"}
