"""A node that every episode comes to at its end, and what a simulated player is granted of a truth that the episode made."""

import asyncio
from dataclasses import dataclass, field

import pytest

from maieutic import ScenarioError, Stop, Task
from maieutic.agents import Move
from maieutic.graphs import Ask, Offer, Stage, State, afterwards, bound, dialogue, most_turns, walk
from maieutic.roles import Answer, Role

TASK = Task(id="t", world="w", fields={"question": "1 + 1?"}, truth={"answer": "2", "steps": []})


class Words(Answer):
    text: str = "words"


SAY, HEAR, RATE = (
    Role(f"{seat}.say", (), Words, knows=("answer",)) for seat in ("teacher", "pupil", "rater")
)


@dataclass
class Player:
    """Remembers what it was granted; says nothing usable where it is told not to."""

    simulated: bool = True
    mute: bool = False
    granted: list = field(default_factory=list)
    name: str = "player"
    fingerprint: str = "player"
    pauses: bool = False

    async def act(self, turn):
        self.granted.append(turn.truth)
        return Move({"text": 7} if self.mute else {"text": "words"})


def talk(turns=2):
    def last(state):
        return [Offer(state["events"][-1].id if state["events"] else None)]

    return dialogue(
        speak={"say": Ask(SAY, last)}, listen=Ask(HEAR, last), decide=lambda state: "say", turns=turns
    )


def rating(truth=None, number=2):
    return Ask(
        RATE,
        lambda state: [Offer(state["notes"]["head"], {}, place, truth) for place in range(number)],
        fan=number,
        needed=False,
    )


def played(graph, **cast):
    players = {"teacher": Player(), "pupil": Player(), "rater": Player(), **cast}
    start = State(events=[], notes={}, stop=None, fields=dict(TASK.fields))
    return asyncio.run(walk(graph).play(start, Stage("episode", 1, TASK, players)))


def test_an_episode_comes_to_the_node_once_and_stops_for_the_reason_that_is_told():
    graph = afterwards(talk(), "rate", rating(), lambda state: Stop.TURNS)
    ended = played(graph)
    assert [one.seat for one in ended["events"]] == ["teacher", "pupil"] * 2 + ["rater"] * 2
    assert ended["stop"] == "turns"
    assert (bound(graph), most_turns(graph)) == (bound(talk()) + 1, most_turns(talk()) + 2)


@pytest.mark.parametrize("seat", ["teacher", "pupil"])
def test_what_ended_for_want_of_an_answer_ends_as_it_did(seat):
    ended = played(
        afterwards(talk(), "rate", rating(), lambda state: Stop.TURNS), **{seat: Player(mute=True)}
    )
    assert ended["stop"] == "invalid"
    assert "rater" not in [one.seat for one in ended["events"]]


def test_raters_who_say_nothing_usable_change_no_reason():
    ended = played(afterwards(talk(), "rate", rating(), lambda state: Stop.TURNS), rater=Player(mute=True))
    assert ended["stop"] == "turns"
    assert [one.invalid is None for one in ended["events"]] == [True] * 4 + [False] * 2


def test_a_truth_that_is_offered_stands_in_place_of_the_tasks_and_reaches_simulated_players_alone():
    made, theirs = (
        afterwards(talk(), "rate", rating({"answer": "7", "secret": 1}), lambda state: Stop.TURNS),
        [],
    )
    for simulated in (True, False):
        pupil, rater = Player(simulated=simulated), Player(simulated=simulated)
        ended = played(made, pupil=pupil, rater=rater)
        assert pupil.granted == [{"answer": "2"} if simulated else None] * 2
        assert rater.granted == [{"answer": "7"} if simulated else None] * 2
        theirs.append([one.key for one in ended["events"]])
    other = played(afterwards(talk(), "rate", rating({"answer": "8"}), lambda state: Stop.TURNS))
    assert theirs[0] == theirs[1]
    assert [one.key for one in other["events"]][:4] == theirs[0][:4]
    assert [one.key for one in other["events"]][4:] != theirs[0][4:], "another truth may give another answer"


def test_a_name_that_is_taken_and_a_node_that_is_no_seat_are_said():
    with pytest.raises(ScenarioError, match="has a node 'say' already"):
        afterwards(talk(), "say", rating(), lambda state: Stop.TURNS)
    own = talk()
    own.add_node("count", lambda state: {})
    with pytest.raises(ScenarioError, match="'count' is no seat"):
        afterwards(own, "rate", rating(), lambda state: Stop.TURNS)
