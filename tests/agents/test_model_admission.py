"""Admission: pure arithmetic first, then the gate on simulated time."""

import asyncio
import heapq
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maieutic import StopRun, Usage, rng
from maieutic.agents.models.admission import Fault, Gate, Gated, Limits, Pace
from maieutic.agents.models.budget import Budget, BudgetSpent, Meter, Price
from maieutic.agents.models.engine import Choice, EngineError, Reply, Request

REPLY = Reply(
    choices=(Choice(text="x", finish="stop"),),
    usage=Usage(prompt_tokens=100, completion_tokens=20, calls=1),
    model="m",
)


class FakeModel:
    """Answers after `seconds`; says it is busy above `room`; is away in the given spans of time."""

    fingerprint, guided = "fake", True

    def __init__(self, seconds=1.0, room=10**9, away=(), script=()):
        self.seconds, self.room, self.away, self.script = seconds, room, away, list(script)
        self.flying = self.most = self.calls = self.refused = 0
        self.starts = []

    async def complete(self, request):
        now = asyncio.get_running_loop().time()
        self.calls += 1
        self.starts.append((now, request.seed))
        if any(a <= now < b for a, b in self.away):
            self.refused += 1
            raise Fault("connection refused", kind="dead")
        if self.script:
            fault = self.script.pop(0)
            if fault is not None:
                raise fault
        self.flying += 1
        self.most = max(self.most, self.flying)
        try:
            if self.flying > self.room:
                self.refused += 1
                raise Fault("too many", kind="busy")
            await asyncio.sleep(self.seconds)
        finally:
            self.flying -= 1
        return REPLY

    async def close(self):
        pass


def request(seed=0, priority=0):
    return Request(messages=({"role": "user", "content": "hi"},), seed=seed, priority=priority)


async def many(engine, calls):
    return await asyncio.gather(*(engine.complete(request(n)) for n in range(calls)), return_exceptions=True)


# the arithmetic


def test_the_limit_doubles_each_round_until_the_first_sign_of_congestion_then_grows_by_one_a_round():
    pace = Pace(Limits(start=4, most=1000))
    for _ in range(4):
        pace.answered(0.0, 1.0, 20, True)
    assert pace.limit == 8
    pace.congested(1.0, 2.0)
    assert pace.limit == 4
    for _ in range(4):
        pace.answered(2.0, 3.0, 20, True)
    assert 4.9 < pace.limit <= 5


def test_one_burst_of_refusals_cuts_the_limit_once():
    pace = Pace(Limits(start=64))
    for _ in range(30):
        pace.congested(1.0, 2.0)
    assert pace.limit == 32
    pace.congested(2.5, 3.0)
    assert pace.limit == 16


def test_a_limit_that_is_not_used_does_not_grow():
    pace = Pace(Limits(start=4))
    for n in range(100):
        pace.answered(float(n), n + 1.0, 20, False)
    assert pace.limit == 4


@given(
    st.lists(
        st.tuples(st.sampled_from(["ok", "busy", "queue"]), st.floats(0, 100), st.integers(0, 500)),
        max_size=300,
    ),
    st.integers(1, 64),
    st.integers(1, 64),
)
def test_the_limit_stays_between_one_and_the_most(history, start, most):
    pace, now = Pace(Limits(start=start, most=most)), 0.0
    for kind, took, tokens in history:
        now += took
        if kind == "ok":
            pace.answered(now - took, now, tokens, True)
        elif kind == "busy":
            pace.congested(now - took, now)
        else:
            pace.queued(float(tokens), 10, now)
        assert 1 <= pace.limit <= most


def test_answers_that_come_later_but_no_more_often_cut_the_limit():
    pace = Pace(Limits(start=32, most=32))
    now = 0.0
    for _ in range(64):
        now += 1 / 32
        pace.answered(now - 1.0, now, 20, True)
    for answers, limit in ((40, 32.0), (32, 0.8 * 32)):  # late once may be a pause of the machine
        for _ in range(answers):
            now += 1 / 32
            pace.answered(now - 5.0, now, 20, True)
        assert pace.limit == pytest.approx(limit, abs=1.0)


def test_answers_that_come_later_and_more_often_are_what_batching_gives():
    pace = Pace(Limits(start=32, most=32))
    now = 0.0
    for _ in range(64):
        now += 1 / 32
        pace.answered(now - 1.0, now, 20, True)
    for _ in range(64):
        now += 1 / 128
        pace.answered(now - 4.0, now, 20, True)
    assert pace.limit == 32


def test_work_that_takes_longer_by_itself_gets_its_places_back():
    pace = Pace(Limits(start=32, most=32))
    now = 0.0
    for seconds in [1.0] * 64 + [9.0] * 4000:
        now += seconds / 32
        pace.answered(now - seconds, now, 20, True)
    assert pace.limit > 20


def test_stragglers_are_no_sign_of_congestion():
    pace = Pace(Limits(start=32, most=32))
    now = 0.0
    for n in range(1000):
        now += 1 / 32
        pace.answered(now - (60.0 if n % 100 == 0 else 1.0), now, 20, True)
    assert pace.limit == 32


# the gate


def test_a_model_that_refuses_above_ten_calls_ends_with_all_answered_and_few_refusals(simulated_time):
    async def work():
        model = FakeModel(room=10)
        told = await many(Gated(model, Gate("m", Limits(tries=50))), 500)
        return model, told

    model, told = simulated_time(work())
    assert all(isinstance(reply, Reply) for reply in told)
    assert model.refused < 0.35 * 500
    assert model.most > 8


class Uneven(FakeModel):
    """One answer in a hundred takes sixty times as long."""

    @staticmethod
    def length(seed):
        chance = rng("length", seed)
        return 60.0 if chance.random() < 0.01 else chance.uniform(0.5, 1.5)

    async def complete(self, request):
        await asyncio.sleep(self.length(request.seed))
        return REPLY


def test_slow_answers_cost_no_more_than_a_twentieth_of_the_best_possible(simulated_time):
    async def work():
        engine = Gated(Uneven(), Gate("m", Limits(most=256)))
        await many(engine, 8000)
        return asyncio.get_running_loop().time()

    places = [0.0] * 256  # the same calls in the same order, every place taken again at once
    for seed in range(8000):
        heapq.heapreplace(places, places[0] + Uneven.length(seed))
    assert simulated_time(work()) <= 1.05 * max(places)


def test_no_place_is_held_while_a_call_waits_to_be_tried_again(simulated_time):
    async def work():
        model = FakeModel(script=[Fault("broken")])
        engine = Gated(model, Gate("m", Limits(start=1, most=1, backoff=100.0, longest=100.0)))
        await many(engine, 4)
        return model.starts

    starts = simulated_time(work())
    assert [seed for _, seed in starts] == [0, 1, 2, 3, 0]
    assert starts[3][0] == pytest.approx(2.0)
    assert starts[4][0] >= 50.0


def test_retry_after_is_honoured(simulated_time):
    async def work():
        model = FakeModel(script=[Fault("slow down", kind="busy", retry_after=40.0)])
        await Gated(model, Gate("m")).complete(request())
        return model.starts

    first, second = simulated_time(work())
    assert second[0] - first[0] >= 40.0


def test_the_pause_doubles_and_its_jitter_comes_from_the_seed(simulated_time):
    async def work(seed):
        model = FakeModel(script=[Fault("broken")] * 4)
        reply = await Gated(model, Gate("m", Limits(backoff=1.0))).complete(request(seed))
        assert reply.usage.calls == 5
        return [time for time, _ in model.starts]

    times = simulated_time(work(7))
    assert times == simulated_time(work(7)) != simulated_time(work(8))
    pauses = [b - a for a, b in itertools.pairwise(times)]
    for place, pause in enumerate(pauses):
        assert 0.5 * 2**place <= pause <= 2**place


def test_a_call_that_fails_too_often_says_how_often_and_why(simulated_time):
    async def work():
        model = FakeModel(script=[Fault("half a reply", kind="wrong")] * 100)
        with pytest.raises(EngineError, match="3 attempts failed, the last because half a reply") as caught:
            await Gated(model, Gate("m", Limits(tries=3))).complete(request())
        assert model.calls == 3
        return caught.value.temporary

    assert simulated_time(work())


def test_what_can_never_succeed_is_not_tried_again(simulated_time):
    async def work():
        model = FakeModel(script=[EngineError("context too long", temporary=False)])
        with pytest.raises(EngineError, match="context too long"):
            await Gated(model, Gate("m")).complete(request())
        return model.calls

    assert simulated_time(work()) == 1


def test_a_dead_server_is_announced_once_waited_for_and_gone_on_with(simulated_time):
    said = []

    async def work():
        model = FakeModel(away=[(3.0, 120.0)])
        told = await many(
            Gated(model, Gate("m", Limits(start=10, most=10, patience=300), say=said.append)), 100
        )
        return model, told

    model, told = simulated_time(work())
    assert all(isinstance(reply, Reply) for reply in told)
    assert len(said) == 2
    assert "away (connection refused)" in said[0]
    assert "back after" in said[1]
    assert model.refused < 40  # ten at first, then one caller at a time


def test_patience_ends_for_all_callers_at_once_and_later_ones_do_not_wait_again(simulated_time):
    async def work():
        loop = asyncio.get_running_loop()
        engine = Gated(FakeModel(away=[(0.0, 1000.0)]), Gate("m", Limits(patience=60), say=lambda text: None))
        told = await many(engine, 100)
        ended = loop.time()
        late = await many(engine, 5)
        return told, ended, late, loop.time() - ended

    told, ended, late, waited = simulated_time(work())
    assert ended == pytest.approx(60.0, abs=1.0)
    assert all(isinstance(e, StopRun) and "away for more than 60 s" in str(e) for e in told + late)
    assert waited < 1.0


def test_a_server_that_comes_back_after_patience_ended_is_found_again(simulated_time):
    async def work():
        engine = Gated(FakeModel(away=[(0.0, 100.0)]), Gate("m", Limits(patience=60), say=lambda text: None))
        await many(engine, 3)
        await asyncio.sleep(60.0)
        return await many(engine, 3)

    assert any(isinstance(reply, Reply) for reply in simulated_time(work()))


def test_a_server_that_only_cuts_connections_counts_as_dead_after_a_while(simulated_time):
    said = []

    async def work():
        model = FakeModel(script=[Fault("cut")] * 30)
        return await many(Gated(model, Gate("m", Limits(tries=3, deaf=20), say=said.append)), 50)

    told = simulated_time(work())
    assert all(isinstance(reply, Reply) for reply in told)
    assert len(said) == 2


def test_the_models_own_queue_cuts_the_limit(simulated_time):
    async def work():
        model = FakeModel(seconds=5.0)

        async def waiting():
            return max(0.0, model.flying - 20.0)

        gate = Gate("m", Limits(start=200, most=200), waiting=waiting)
        await many(Gated(model, gate), 2000)
        return gate.pace.limit

    assert simulated_time(work()) < 60


def test_those_who_wait_are_served_by_priority_then_in_order(simulated_time):
    async def work():
        model = FakeModel()
        engine = Gated(model, Gate("m", Limits(start=1, most=1)))
        await asyncio.gather(*(engine.complete(request(n, priority=-(n % 3))) for n in range(7)))
        return [seed for _, seed in model.starts]

    assert simulated_time(work()) == [0, 2, 5, 1, 4, 3, 6]


def test_a_cancelled_caller_gives_its_place_back(simulated_time):
    async def work():
        gate = Gate("m", Limits(start=2, most=2))
        engine = Gated(FakeModel(), gate)
        tasks = [asyncio.create_task(engine.complete(request(n))) for n in range(6)]
        await asyncio.sleep(0.5)
        for task in tasks[:4]:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        return gate.in_flight, [isinstance(reply, Reply) for reply in done]

    assert simulated_time(work()) == (0, [False] * 4 + [True] * 2)


def test_a_gate_works_in_one_event_loop_after_another(simulated_time):
    engine = Gated(FakeModel(), Gate("m"))
    for _ in range(2):
        assert simulated_time(engine.complete(request())) == REPLY


# the budget


def test_a_budget_in_tokens_stops_calls_with_one_error_and_those_in_flight_come_home(simulated_time):
    meter = Meter(Budget(tokens=1200))

    async def work():
        return await many(Gated(FakeModel(), Gate("m", Limits(start=4, most=4), meter=meter)), 40)

    told = simulated_time(work())
    done = sum(isinstance(reply, Reply) for reply in told)
    assert 10 <= done <= 13
    assert meter.usage.prompt_tokens + meter.usage.completion_tokens == 120 * done
    assert all(isinstance(error, BudgetSpent) for error in told if not isinstance(error, Reply))


def test_a_budget_in_money_uses_the_prices():
    meter = Meter(Budget(money=1.0))
    meter.spend(Usage(prompt_tokens=1_000_000), Price(prompt=0.5))
    meter.check()
    meter.spend(Usage(completion_tokens=500_000), Price(completion=1.0))
    with pytest.raises(BudgetSpent, match="budget of 1 money"):
        meter.check()


def test_a_budget_in_seconds_uses_the_clock():
    now = [0.0]
    meter = Meter(Budget(seconds=60), clock=lambda: now[0])
    meter.check()
    now[0] = 60.0
    with pytest.raises(BudgetSpent, match="60 seconds"):
        meter.check()
