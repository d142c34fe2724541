"""Cache: what is found again, what never is, and many processes in one file."""

import asyncio
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maieutic import InputError, Usage
from maieutic.agents.models.cache import Cached, Store, request_key
from maieutic.agents.models.engine import Choice, Reply, Request


class Counting:
    guided = True

    def __init__(self, fingerprint="model"):
        self.fingerprint, self.calls = fingerprint, 0

    async def complete(self, request):
        self.calls += 1
        choices = tuple(
            Choice(text=f"{request.seed}.{self.calls}.{n}", finish="stop") for n in range(request.n)
        )
        return Reply(choices=choices, usage=Usage(prompt_tokens=3, calls=1), model="m")

    async def close(self):
        pass


def request(**changes):
    return Request(**{"messages": ({"role": "user", "content": "hi"},), "seed": 1, **changes})


@pytest.fixture
def opened(tmp_path):
    stores = []

    def store(**options):
        stores.append(Store(tmp_path / "replies.db", **options))
        return stores[-1]

    yield store
    for one in stores:
        one.close()


def ask(engine, *requests):
    async def work():
        return [await engine.complete(one) for one in requests]

    return asyncio.run(work())


parts = st.fixed_dictionaries(
    {},
    optional={
        "messages": st.lists(
            st.fixed_dictionaries(
                {"role": st.sampled_from(["user", "system"]), "content": st.text(max_size=5)}
            ),
            min_size=1,
            max_size=3,
        ).map(tuple),
        "seed": st.integers(0, 3),
        "schema_": st.sampled_from([None, {}, {"type": "object"}, {"type": "string"}]),
        "temperature": st.sampled_from([None, 0.0, 0.7]),
        "top_p": st.sampled_from([None, 0.5]),
        "top_k": st.sampled_from([None, 5]),
        "max_tokens": st.sampled_from([None, 16, 17]),
        "stop": st.sampled_from([(), ("a",), ("a", "b"), ("ab",)]),
        "n": st.integers(1, 3),
        "logprobs": st.integers(0, 2),
        "template": st.sampled_from([{}, {"think": True}, {"think": False}]),
    },
)


@given(parts, parts, st.sampled_from(["a", "b"]), st.sampled_from(["a", "b"]))
def test_two_requests_share_a_key_exactly_when_they_ask_the_same_of_the_same_model(one, two, mine, yours):
    first, second = request(**one), request(**two)
    same = first == second and mine == yours
    assert (request_key(mine, first) == request_key(yours, second)) is same


def test_when_it_is_served_is_no_part_of_what_is_asked():
    assert request_key("m", request(priority=3)) == request_key("m", request())


def test_a_reply_is_given_again_equal_with_its_usage(opened):
    engine = Counting()
    cached = Cached(engine, opened())
    first, again, other = ask(cached, request(), request(), request(seed=2))
    assert first == again != other
    assert engine.calls == 2
    assert (cached.hits, cached.misses) == (1, 2)
    assert ask(Cached(Counting(), opened()), request()) == [first]


def test_another_model_finds_nothing(opened):
    store = opened()
    ask(Cached(Counting("one"), store), request())
    engine = Counting("two")
    ask(Cached(engine, store), request())
    assert engine.calls == 1


def test_read_only_keeps_nothing_refresh_reads_nothing_and_off_does_neither(opened):
    store = opened()
    ask(Cached(Counting(), store, "read-only"), request())
    ask(Cached(Counting(), store, "off"), request())
    assert len(store) == 0
    (first,) = ask(Cached(Counting(), store), request())
    engine = Counting()
    ask(Cached(engine, store, "off"), request(), request())
    assert engine.calls == 2
    engine.calls = 10
    (fresh,) = ask(Cached(engine, store, "refresh"), request())
    assert fresh != first
    assert ask(Cached(Counting(), store, "read-only"), request()) == [fresh]


def test_an_unknown_mode_is_an_error(opened):
    with pytest.raises(InputError, match="off, read-write, read-only, refresh"):
        Cached(Counting(), opened(), "sometimes")


def test_the_size_stays_within_its_bound_and_the_latest_stay(opened):
    store = opened(most_bytes=20_000)
    engine = Cached(Counting(), store)
    for seed in range(500):
        ask(engine, request(seed=seed))
        assert store.bytes <= 21_500
    assert len(store) > 20
    before = engine.hits
    ask(engine, request(seed=499))
    assert engine.hits == before + 1


def test_a_reply_that_cannot_be_read_is_asked_for_again(opened):
    store = opened()
    engine = Counting()
    ask(Cached(engine, store), request())
    store._file.execute("UPDATE replies SET reply = '{\"half'")
    ask(Cached(engine, store), request())
    assert engine.calls == 2


def test_a_file_of_another_kind_is_left_alone(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("these are my notes" * 100)
    with pytest.raises(InputError, match="not a reply cache"):
        Store(path)
    assert path.read_text() == "these are my notes" * 100


def test_a_database_of_another_kind_is_left_alone(tmp_path):
    import sqlite3

    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE mine (x)")
    other.commit()
    other.close()
    with pytest.raises(InputError, match="format 1 expected, got format 0"):
        Store(tmp_path / "other.db")


WRITER = """
import sys
from maieutic import Usage
from maieutic.agents.models.cache import Store
from maieutic.agents.models.engine import Choice, Reply
store = Store(sys.argv[1], most_bytes=30_000)
for n in range(300):
    key = f"{n % 100}"
    kept = store.get(key)
    assert kept is None or kept.choices[0].text == key, kept
    store.put(key, Reply(choices=(Choice(text=key, finish="stop"),), usage=Usage(), model="m"))
"""


def test_many_processes_share_one_file(tmp_path, opened):
    path = str(tmp_path / "replies.db")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path]) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    store = opened()
    assert store.bytes <= 33_000
    assert {key for (key,) in store._file.execute("SELECT key FROM replies")} <= {str(n) for n in range(100)}
