import asyncio
import itertools
import math
from statistics import NormalDist

import pytest
import snapshots
from closed_form import compared, counts, played, within
from shared_data import shared

from maieutic import Dialogue, InputError, Pair, Stop, Task, faults, path
from maieutic.agents import BadAnswer, Program
from maieutic.agents.simulated.codec import Assessor, Checker, Decoder, Encoder, Improver
from maieutic.agents.simulated.responder import Responder, Weigher, share_met
from maieutic.roles.codec import AUDIT, DECODE, ENCODE, IMPROVE, RATE, RUBRICS, SOLVABLE, STRONG, TARGET
from maieutic.runs import Recipe, Simulated, rounds
from maieutic.runs.statistics import Statistics
from maieutic.scenarios import assemble
from maieutic.scenarios.codeclm import SCENARIO
from maieutic.scenarios.tailoring.tracks import drawn
from maieutic.worlds import rows
from maieutic.worlds.graded_requests import SKILLS, WORLD, aimed_at, read, solvable

ABLE, LOST = Responder(other=20), Responder(other=-20)
BRIEF = Program("brief", dict.fromkeys((STRONG.name, TARGET.name), lambda view: {"text": "Zzzz zzz."}))
ALIKE = {"strong": BRIEF, "target": BRIEF}  # both write the same, which costs nothing
SURE = {
    "encoder": Encoder(recall=1, invent=0, wordy=0, miscast=0),
    "assessor": Assessor(stray=0),
    "improver": Improver(idle=0, refuse=0, stray=0),
    "scorer": Weigher(low=1, high=10, noise=0, bonus=0),
    "checker": Checker(miss=0, alarm=0),
}


def seeds(n, seed=3):
    return [WORLD.generate(seed, place) for place in range(n)]


def metadata(*skills, use_case="blog post"):
    return Task(id="m", world="graded-requests", fields={"use_case": use_case, "skills": [*skills]})


def many(tasks, cast=None, **parameters):
    return played(assemble(SCENARIO, parameters=parameters, cast={**SURE, **(cast or {})}), tasks)


def decided(episodes, kind):
    return [one for episode in episodes for one in SCENARIO.decisions(episode) if one.kind == kind]


def instructions(episode, *roles):
    return [one for one in episode.events if one.role in roles and one.invalid is None]


def whole(episodes):
    found, company = Statistics(), assemble(SCENARIO)
    for one in episodes:
        found.add(one, company)
    return found.overall()


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("codeclm", {}),
        ("codeclm-metadata", {"given": "metadata", "audit": False}),
        ("codeclm-evaluate", {"mode": "evaluate"}),
    ],
)
def test_the_graphs_are_drawn_as_before(name, parameters):
    company = assemble(SCENARIO, parameters=parameters)
    snapshots.check(f"{name}.mmd", company.compiled.get_graph().draw_mermaid())


def test_rubrics_come_from_metadata_by_somebody_who_never_saw_an_instruction():
    seen = []

    def write(view):
        seen.append(set(view))
        return {"rubrics": ["How many."], "actions": ["Ask for a list with one more point."]}

    for episode in many(seeds(4), {**ALIKE, "assessor": Program("asker", {RUBRICS.name: write})}):
        (written,) = episode.by_role(RUBRICS.name)
        assert [one.role for one in path(episode.events, written.id)] == [ENCODE.name, RUBRICS.name]
    assert seen == [{"use_case", "skills"}] * 4
    writers = {ENCODE.seat, DECODE.seat, IMPROVE.seat, STRONG.seat, TARGET.seat}
    assert RUBRICS.seat not in writers, "a seat of its own, so that its memory holds no seed either"


@pytest.mark.parametrize(("recall", "wordy"), [(0.8, 0.0), (1.0, 0.3)])
def test_skills_are_recalled_as_often_as_the_encoder_names_them_in_few_words(recall, wordy):
    """Each with r, or the first where none is; one in many words is dropped: (r + (1 - r)^m / m)(1 - w)."""
    encoder = Encoder(recall=recall, wordy=wordy, invent=0, miscast=0)
    tasks = seeds(150)
    made = decided(many(tasks, {"encoder": encoder, **ALIKE}, rounds=1), "skill")
    sizes = [len(task.fields["skills"]) for task in tasks]
    chances = [(recall + (1 - recall) ** m / m) * (1 - wordy) for m in sizes for _ in range(m)]
    assert len(made) == len(chances)
    assert within(sum(one.said for one in made), len(chances), sum(chances) / len(chances))
    assert all(one.true for one in made)


def test_skills_that_are_too_long_or_named_twice_do_not_reach_the_decoder():
    (episode,) = many(
        [metadata("Budget keeping!", "budget  keeping", "how to keep to a budget in Riga")], given="metadata"
    )
    assert episode.scores["skills_dropped"] == 2
    for event in episode.by_role(DECODE.name):
        assert [*read(event.answer["instruction"]).levels] == ["budget keeping"]
    (episode,) = many([metadata("how to keep to a budget")], given="metadata")
    assert (episode.stop, episode.events) == (Stop.REFUSED, ())
    (episode,) = many(seeds(1), {"encoder": Encoder(wordy=1)})
    assert (episode.stop, len(episode.events)) == (Stop.REFUSED, 1)
    (episode,) = many([metadata("how to keep to a budget")], given="metadata", words=6)
    assert episode.events


def test_copies_of_the_seed_and_of_one_another_are_not_gone_on_with():
    (task,) = seeds(1)
    seed = str(task.fields["prompt"])
    texts = itertools.cycle(
        [seed.upper(), "I'm sorry, I can't.", "Write a poem on rain.", "Write a poem, on rain!"]
    )
    decoder = Program("copyist", {DECODE.name: lambda view: {"instruction": next(texts)}})
    (episode,) = many([task], {"decoder": decoder}, instructions=4)
    assert episode.scores["copies"] == 3
    (first, *_) = episode.by_role(IMPROVE.name)
    assert (
        next(e for e in episode.events if e.id == first.parent).answer["instruction"]
        == "Write a poem on rain."
    )
    (episode,) = many([task], {"decoder": Program("one", {DECODE.name: lambda view: {"instruction": seed}})})
    assert episode.stop is Stop.EXHAUSTED
    (episode,) = many([task], {"decoder": Decoder()}, instructions=4, copy_share=0.05)
    assert episode.scores["copies"] == 4


def test_one_random_action_a_round_raises_exactly_one_coordinate_by_one_step():
    drawn_for = []
    for episode in many(seeds(40), ALIKE):
        by_id = {one.id: one for one in episode.events}
        (written,) = episode.by_role(RUBRICS.name)
        actions = written.answer["actions"]
        for event in episode.by_role(IMPROVE.name):
            before, after = (read(one.answer["instruction"]) for one in (by_id[event.parent], event))
            if before == after:
                continue  # at its top
            skill = aimed_at(drawn(actions, by_id[event.parent]))
            assert after.levels == {**before.levels, skill: before.levels[skill] + 1}
            if len(actions) == 2:
                drawn_for.append(actions.index(drawn(actions, by_id[event.parent])))
        answered = [one.parent for one in episode.by_role(IMPROVE.name)]
        assert len(answered) == len(set(answered)), "one action for each instruction"
    assert within(sum(drawn_for), len(drawn_for), 0.5)
    assert all(one.true for one in decided(many(seeds(10), ALIKE), "harder"))
    astray = many(seeds(60), {**ALIKE, "improver": Improver(idle=0, refuse=0, stray=0.4)}, rounds=1)
    made = decided(astray, "harder")
    assert within(sum(not one.true for one in made), len(made), 0.4)


def gate(instruction, strong, target, theta, span, noise):
    """(kept, kept and truly apart, truly apart): the chances of an instruction, from both curves."""
    demands = read(instruction).demands
    m = len(demands)
    left, right = (counts([who.chance(one.skill, one.level) for one in demands]) for who in (strong, target))
    kept = both = apart = 0.0
    for (k, p), (j, q) in itertools.product(enumerate(left), enumerate(right)):
        gap, scored = 9 * abs(k - j) / m, NormalDist(span * (k - j) / m, noise)
        passes = scored.cdf(-theta) + 1 - scored.cdf(theta)
        kept, apart = kept + p * q * passes, apart + p * q * (gap > theta)
        both += p * q * passes * (gap > theta)
    return kept, both, apart


@pytest.mark.parametrize("noise", [0.3, 0.7])
def test_precision_and_recall_of_the_gate_are_those_of_the_two_curves_and_the_noise(noise):
    """Of four draws, each order's difference has twice the variance of one score, and the mean of two has it once."""
    strong, target, theta = Responder(other=5), Responder(other=2, abilities={"capital words": 6.0}), 1.5
    scorer = Weigher(low=3.5, high=7.5, noise=noise, bonus=0.3)
    cast = {"strong": strong, "target": target, "scorer": scorer}
    episodes = many(seeds(80), cast, theta=theta, rounds=1, audit=False)
    chances = [
        gate(str(one.answer["instruction"]), strong, target, theta, 4.0, noise)
        for episode in episodes
        for one in episode.by_role(IMPROVE.name)
        if episode.by_role(RATE.name) and any(e.parent == one.id for e in episode.by_role(RATE.name))
    ]
    made = decided(episodes, "separates")
    assert len(made) == len(chances)
    kept, both, apart = (sum(column) for column in zip(*chances, strict=True))
    assert within(sum(one.said for one in made), len(made), kept / len(made))
    assert within(sum(one.true for one in made), len(made), apart / len(made))
    hits = sum(one.said and one.true for one in made)
    assert within(hits, sum(one.said for one in made), both / kept)
    assert within(hits, sum(one.true for one in made), both / apart)


def test_a_scorer_that_favours_a_place_passes_noise_through_the_gate_in_one_order_only():
    cast = {"strong": ABLE, "target": ABLE, "scorer": Weigher(low=2, high=5, noise=0, bonus=4)}
    for both, share in ((False, 1.0), (True, 0.0)):
        episodes = many(seeds(4), cast, both_orders=both, rounds=1)
        assert {one.scores["kept"] for one in episodes} == {share}
        assert all(sum(e.role == RATE.name for e in one.events) == 2 * (1 + both) for one in episodes)
        assert {one.scores["first_slot"] for one in episodes} == {4.0}


def test_the_better_answer_is_kept_whoever_gave_it_and_the_case_is_logged():
    for strong, target, name in ((ABLE, LOST, "strong"), (LOST, ABLE, "target")):
        for episode in many(seeds(3), {"strong": strong, "target": target}):
            assert episode.scores["target_better"] == float(name == "target")
            by_id = {one.id: one for one in episode.events}
            for record in SCENARIO.records(episode):
                assert faults(record, episode) == []
                chosen = record.chosen_event if isinstance(record, Pair) else record.events[-1]
                assert by_id[chosen].seat == name == record.meta["better"]
                if isinstance(record, Dialogue):
                    assert record.meta[f"r_{name}"] == record.messages[-1].content
                    assert (
                        record.meta[f"s_{name}"]
                        == 10
                        > record.meta["s_strong"] + record.meta["s_target"] - 10
                    )
    assert all(one.true for one in decided(many(seeds(3), {"target": ABLE, "strong": LOST}), "better"))


def test_hardening_ends_at_the_cap_where_the_models_never_part():
    for episode in many([metadata("bullet lists")] * 3, ALIKE, given="metadata"):
        assert episode.stop is Stop.TURNS
        assert episode.scores["capped"] == 1
        assert len(episode.by_role(IMPROVE.name)) == 2 * 4
        assert not list(SCENARIO.records(episode))
        assert not episode.by_role(AUDIT.name)


@pytest.mark.parametrize("text", [None, "I can't make this any harder."])
def test_an_improver_who_changes_nothing_or_refuses_ends_it(text):
    improver = Program(
        "idle", {IMPROVE.name: lambda view: {"instruction": text or f" {view['instruction']} "}}
    )
    for episode in many(seeds(2), {"improver": improver}):
        assert (episode.stop, episode.scores["unchanged"]) == (Stop.EXHAUSTED, 1)
        assert len(episode.by_role(IMPROVE.name)) == 2
        assert not episode.by_role(STRONG.name)


def test_what_became_impossible_is_not_hardened_on_where_somebody_looks():
    task = metadata("letter limits", "bullet lists")
    looked = many([task] * 8, ALIKE, given="metadata", rounds=9)
    assert {one.stop for one in looked} == {Stop.REFUSED}
    for episode in looked:
        for event in episode.by_role(IMPROVE.name):
            asked = next(one for one in episode.events if one.id == event.parent).answer["instruction"]
            assert solvable(read(asked))
    blind = many([task] * 8, ALIKE, given="metadata", rounds=9, floor=0)
    assert not [one for episode in blind for one in episode.by_role(SOLVABLE.name)]
    after = [
        not solvable(read(next(e for e in episode.events if e.id == one.parent).answer["instruction"]))
        for episode in blind
        for one in episode.by_role(IMPROVE.name)
    ]
    assert any(after), "without the check it goes on"
    assert not decided(
        many([task] * 3, {"strong": ABLE, "target": ABLE}, given="metadata", rounds=1), "solvable"
    )


def test_the_check_errs_as_often_as_the_checker():
    cast = {**ALIKE, "checker": Checker(miss=0.3, alarm=0.2)}
    made = decided(
        many([metadata("letter limits", "capital words")] * 40, cast, given="metadata"), "solvable"
    )
    can, cannot = ([one.said for one in made if one.true is true] for true in (True, False))
    assert within(can.count(False), len(can), 0.2)
    assert within(cannot.count(True), len(cannot), 0.3)


def test_one_unusable_order_decides_nothing_and_what_was_kept_before_stays():
    calls = itertools.count()

    def rate(view):
        if next(calls) >= 2 and view["response_1"] == "short":
            raise BadAnswer("cannot be said")
        return {
            "score_1": 9 if view["response_1"] == "long" else 1,
            "score_2": 9 if view["response_2"] == "long" else 1,
        }

    cast = {
        "strong": Program("long", {STRONG.name: lambda view: {"text": "long"}}),
        "target": Program("short", {TARGET.name: lambda view: {"text": "short"}}),
        "scorer": Program("odd", {RATE.name: rate}),
    }
    (episode,) = many(seeds(1), cast)
    assert (episode.stop, episode.scores["kept"]) == (Stop.SOLVED, 0.5)
    assert len([one for one in SCENARIO.records(episode) if isinstance(one, Dialogue)]) == 1
    broken = Program("mute", {STRONG.name: lambda view: 1 / 0})
    (episode,) = many(seeds(1), {"strong": broken})
    assert episode.stop is Stop.FAILED
    assert "ZeroDivisionError" in episode.failure


def test_metadata_of_what_is_kept_are_those_that_were_asked_for_unless_the_gate_or_an_action_shifts_them():
    weights = {"bullet lists": 12, "capital words": 6, "text length": 2}  # as somebody may wish it
    tasks = [metadata(skill) for skill, count in weights.items() for _ in range(count)]
    apart = {"strong": ABLE, "target": LOST}
    same = whole(many(tasks, apart, given="metadata"))
    assert same["skills_divergence"] == pytest.approx(0, abs=1e-12)
    assert same["use_case_divergence"] == pytest.approx(0, abs=1e-12)
    knows = {"strong": ABLE, "target": Responder(other=-20, abilities={"bullet lists": 20.0})}
    # kept are 12 and 4 of the others, of which 12, 6 and 2 were asked for
    shifted = whole(many(tasks, knows, given="metadata", rounds=1))
    asked, kept = (0.6, 0.3, 0.1), (0.0, 0.75, 0.25)
    predicted = sum(
        share / 2 * math.log2(2 * share / (p + q))
        for p, q in zip(asked, kept, strict=True)
        for share in (p, q)
        if share
    )
    assert shifted["skills_divergence"] == pytest.approx(predicted)
    strayed = whole(many(tasks, {**apart, "assessor": Assessor(stray=1)}, given="metadata", rounds=1))
    assert strayed["skills_divergence"] > 0.1


def test_the_yield_of_a_round_is_what_was_kept_of_what_was_rated_in_it():
    episodes = many(seeds(25), {"strong": Responder(other=7), "target": Responder(other=3)})
    kept = [
        len(r.meta["history"]) - 1 for e in episodes for r in SCENARIO.records(e) if isinstance(r, Dialogue)
    ]
    at = {one.id: one for episode in episodes for one in episode.events}

    def number(event):
        return 1 + number(at[event.parent]) if event.role == IMPROVE.name else 0

    asked = [number(at[one.parent]) for e in episodes for one in e.by_role(STRONG.name)]
    told = whole(episodes)
    for one in range(1, 5):
        if one in asked:
            assert told[f"yield_{one}"] == pytest.approx(kept.count(one) / asked.count(one))
    gaps = [one.scores["gap"] for one in episodes if "gap" in one.scores]
    assert min(gaps) > 3


def test_records_hold_all_that_the_sheet_of_an_instruction_needs_and_are_true_to_the_episode():
    wanted = "seed_id use_case skills rubrics actions history r_strong r_target s_strong s_target kept better"
    for episode in many(seeds(8), {"strong": Responder(other=7), "target": Responder(other=2)}):
        for record in SCENARIO.records(episode):
            assert faults(record, episode) == []
            if isinstance(record, Dialogue):
                assert set(record.meta) == set(wanted.split())
                assert record.meta["history"][-1]["instruction"] == record.messages[0].content
                basic, *later = record.meta["history"]
                assert (basic["round"], basic["action"]) == (0, None)
                assert basic["instruction"] in {
                    one.answer["instruction"] for one in episode.by_role(DECODE.name)
                }
                assert {one["action"] for one in later} <= set(record.meta["actions"])


def test_the_capacity_recovery_ratio_is_the_chance_of_two_binomials():
    """The target wins or ties where it meets as many; the slot's bonus makes a tie of equal ones, not a win."""
    strong, target = Responder(other=2.5), Responder(other=1.5)
    tasks = seeds(150)
    cast = {"strong": strong, "target": target, "scorer": Weigher(low=2, high=8, noise=0, bonus=0.5)}
    episodes = many(tasks, cast, mode="evaluate")
    chances, ties = [], []
    for task in tasks:
        demands = read(str(task.fields["prompt"])).demands
        better, tie = compared(*([who.chance(d.skill, d.level) for d in demands] for who in (target, strong)))
        chances.append(better + tie)
        ties.append(tie)
    assert within(sum(e.scores["recovery"] for e in episodes), len(tasks), sum(chances) / len(tasks))
    assert within(sum(e.scores["tie"] for e in episodes), len(tasks), sum(ties) / len(tasks))
    assert all(one.said is one.true for one in decided(episodes, "win"))
    assert not [record for one in episodes for record in SCENARIO.records(one)]
    wide = many(
        tasks[:30],
        {**cast, "scorer": Weigher(low=5, high=5, noise=0, bonus=2)},
        mode="evaluate",
        both_orders=False,
    )
    assert {one.scores["recovery"] for one in wide} == {0.0}, "one order gives it to whoever stands first"


def test_studying_nears_the_level_of_what_is_met_and_too_hard_and_makes_old_gaps_stale():
    target = Responder(other=1.0, gain=0.5)
    cast = {"strong": ABLE, "target": target}
    episodes = many(seeds(25), cast, instructions=1)
    lessons = [r for e in episodes for r in SCENARIO.records(e) if isinstance(r, Dialogue)]
    wiser, expected = target.studied(lessons, 0), {}
    for record in lessons:
        for one in read(record.messages[0].content).demands:
            now = expected.get(one.skill, 1.0)
            if one.level > now and share_met(record.messages[0].content, record.messages[-1].content) == 1:
                expected[one.skill] = now + (one.level - now) / 2
    assert wiser.abilities == pytest.approx(expected)
    assert target.studied([one for one in lessons if one.messages[-1].content == ""], 0) == target
    again = many(seeds(25), {**cast, "target": wiser}, instructions=1)
    assert whole(again)["yield_1"] < whole(episodes)["yield_1"]
    stale = [
        a.scores["kept"] > b.scores["kept"] or a.scores.get("rounds") != b.scores.get("rounds")
        for a, b in zip(episodes, again, strict=True)
    ]
    assert any(stale), "what parted the models once does not part them now"


def test_a_target_that_learns_recovers_more_of_the_strong_models_capacity(tmp_path):
    recipe = Recipe(
        scenario="codeclm",
        n=20,
        seed=2,
        cast={"target": "simulated:gain=0.5"},
        parameters={"audit": False},
    )
    who = {"target": Simulated(recipe.company().cast["target"])}
    done = asyncio.run(rounds(recipe, who, tmp_path / "loop", number=1, tests=40))
    assert done[1].records["target"] > 10
    gain = done[1].gain(done[0])
    assert gain.low > 0


def test_metadata_stand_in_for_seeds_in_an_evaluation_too():
    for episode in many(
        [metadata("bullet lists"), metadata("meal planning")], given="metadata", mode="evaluate"
    ):
        roles = [one.role for one in episode.events]
        assert roles == [DECODE.name, STRONG.name, TARGET.name, RATE.name, RATE.name]
        assert "recovery" in episode.scores
    with pytest.raises(InputError, match="no field 'prompt'"):
        many([metadata("bullet lists")])
    with pytest.raises(InputError, match="no field 'use_case'"):
        many([Task(id="p", world="graded-requests", fields={"prompt": "Hi."})], given="metadata")


@pytest.mark.parametrize(
    "name",
    [
        "self-instruct/seed_tasks.jsonl",
        "followbench/content.jsonl",
        "mt-bench/questions.jsonl",
        "ifeval/prompts.jsonl",
    ],
)
@pytest.mark.parametrize("mode", ["build", "evaluate"])
def test_real_records(name, mode):
    found = list(itertools.islice(rows(shared(name)), 6))
    tasks = [next(one for one in WORLD.readers if one.keys <= row.data.keys()).read(row) for row in found]
    for episode in many(tasks, {"encoder": Encoder()}, mode=mode, rounds=2):
        assert episode.stop in (Stop.SOLVED, Stop.TURNS, Stop.TIE, Stop.EXHAUSTED)
        assert all(not faults(record, episode) for record in SCENARIO.records(episode))
        kinds = {one.kind for one in SCENARIO.decisions(episode)}
        assert "skill" not in kinds, "nobody tagged them"
        assert ("separates" in kinds) is (mode == "build"), "what is made of them is known all the same"


def test_skills_of_a_prompt_whose_constraints_are_known_are_those_constraints():
    found = list(itertools.islice(rows(shared("ifeval/prompts.jsonl")), 40))
    tasks = [WORLD.readers[0].read(row) for row in found]
    for episode in many(tasks, theta=9, rounds=1, instructions=1, audit=False):
        named = set(episode.by_role(ENCODE.name)[0].answer["skills"])
        assert named <= set(SKILLS)
        types = {item["id"] for item in episode.task.truth["items"]}
        assert "detectable_format:number_bullet_lists" not in types or "bullet lists" in named


def test_the_same_seed_gives_the_same_bytes():
    once, again = ([one.to_bytes() for one in many(seeds(3))] for _ in range(2))
    assert once == again
