"""The twin of mend.yaml, written in Python."""

from maieutic import Judged, Message, Pair, Stop
from maieutic.agents.simulated.refiner import Refiner
from maieutic.agents.simulated.writer import Writer
from maieutic.graphs import Ask, Offer, Step, flow, next_index
from maieutic.roles.actor import RESPOND
from maieutic.roles.refiner import JUDGE, REFINE
from maieutic.scenarios import Decision, Paper, Parameters, Scenario, published
from maieutic.worlds.text_constraints import WORLD


class Settings(Parameters):
    rounds: int = published(5, "revisions at the most", verified=False, ge=1, le=9)
    drafts: int = published(2, "drafts", verified=False, ge=1)


def turns(events, notes, node, visit=None):
    visits = notes.get("said", {}).get(node, [])
    chosen = visits if visit is None else visits[visit:]
    names = {name for one in chosen for name in one}
    return [event for event in events if event.id in names and event.invalid is None]


def last(state, *nodes):
    ids = {event.id for node in nodes for event in turns(state["events"], state["notes"], node)}
    return [event for event in state["events"] if event.id in ids][-1]


def graph(settings):
    def check(state):
        return [
            Offer(draft.id, {"response": draft.answer["text"]}, number)
            for draft in turns(state["events"], state["notes"], "draft", -1)
            for number in range(3)
        ]

    def checked(state):
        votes = turns(state["events"], state["notes"], "check", -1)
        yes = sum(vote.answer["verdict"] == "yes" for vote in votes) / len(votes)
        return Stop.ACCEPTED if yes > 0.9 else "revise"

    def revise(state):
        critique = last(state, "check", "again")
        fields = {
            "response": last(state, "draft", "revise").answer["text"],
            "critique": critique.answer["text"],
        }
        return [Offer(critique.id, fields, next_index(state["events"], critique.id, REFINE.name))]

    def again(state):
        revised = last(state, "revise")
        return [Offer(revised.id, {"response": revised.answer["text"]})]

    return flow(
        {
            "draft": Step(
                Ask(
                    RESPOND,
                    lambda state: [Offer(index=one) for one in range(settings.drafts)],
                    fan=settings.drafts,
                ),
                lambda state: "check",
                ["check"],
            ),
            "check": Step(Ask(JUDGE, check, fan=3 * settings.drafts), checked, ["revise"]),
            "revise": Step(Ask(REFINE, revise), lambda state: "again", ["again"], most=settings.rounds),
            "again": Step(
                Ask(JUDGE, again),
                lambda state: Stop.SOLVED if last(state, "again").answer["verdict"] == "yes" else "revise",
                ["revise"],
            ),
        },
        start="draft",
        spent=lambda state: len(state["events"]) >= 40,
    )


def said(episode, node, visit=None):
    return turns(episode.events, episode.notes, node, visit)


def share(votes):
    return sum(vote.answer["verdict"] == "yes" for vote in votes) / len(votes) if votes else None


def score(episode):
    found = {
        "revisions": float(len(said(episode, "revise"))),
        "solved": float(episode.stop in (Stop.SOLVED, Stop.ACCEPTED)),
    }
    first = share(said(episode, "check", -1))
    return found if first is None else found | {"first_passed": first}


def records(episode):
    prompt = (Message(role="user", content=str(episode.task.fields["prompt"])),)
    common = {"episode": episode.id, "task": episode.task.id, "prompt": prompt}
    by_id = {event.id: event for event in episode.events}
    drafts, revised = said(episode, "draft"), said(episode, "revise")
    if episode.stop is Stop.SOLVED and drafts and revised:
        chosen, rejected = revised[-1], drafts[-1]
        worth = [
            share(
                [e for e in episode.events if e.parent == one.id and e.role == JUDGE.name and not e.invalid]
            )
            for one in (chosen, rejected)
        ]
        if None not in worth and worth[0] > worth[1] and chosen.answer["text"] != rejected.answer["text"]:
            yield Pair(
                **common,
                purpose="prefer",
                chosen=chosen.answer["text"],
                rejected=rejected.answer["text"],
                chosen_event=chosen.id,
                rejected_event=rejected.id,
                chosen_verdict=worth[0],
                rejected_verdict=worth[1],
            )
    for vote in said(episode, "again"):
        yield Judged(
            **common,
            purpose="judge",
            response=by_id[vote.parent].answer["text"],
            critique=vote.answer["text"],
            verdict=vote.answer["verdict"] == "yes",
            response_event=vote.parent,
            critique_event=vote.id,
        )


def decisions(episode):
    by_id = {event.id: event for event in episode.events}
    for vote in said(episode, "again"):
        true = len(by_id[vote.parent].answer["text"].split()) > 30
        yield Decision(kind="passed", said=vote.answer["verdict"] == "yes", true=true, event=vote.id)


SCENARIO = Scenario(
    name="mend",
    summary="write, have it checked, mend what is wrong",
    paper=Paper("an example", 2026, "the tests"),
    world=WORLD,
    parameters=Settings,
    roles=(RESPOND, JUDGE, REFINE),
    graph=graph,
    cast=lambda settings: {"actor": Writer(skill=0.5), "refiner": Refiner(accuracy=0.9)},
    needs=lambda settings: ("prompt",),
    score=score,
    records=records,
    decisions=decisions,
)
