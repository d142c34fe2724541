"""How a driver comes to a cluster that is busy; no Ray is needed, since what is tried is what it answers."""

from types import SimpleNamespace

import pytest

from maieutic import RunError
from maieutic.runs import cluster

BUSY = (
    "Initialization failure from server: RuntimeError: Starting Ray client server failed. See it for details"
)


def answering(*problems):
    """A Ray whose `init` fails with these, one after the other, and then works; and what was asked of it."""
    left, asked = list(problems), []

    def init(address, **options):
        asked.append(address)
        if left:
            raise ConnectionError(left.pop(0))

    return SimpleNamespace(init=init, shutdown=lambda: asked.append("shutdown")), asked


def test_a_cluster_too_busy_to_let_a_driver_in_is_asked_again():
    ray, asked = answering(BUSY, BUSY)
    cluster._begin(ray, "ray://there:10001")
    assert asked == ["ray://there:10001", "shutdown"] * 2 + ["ray://there:10001"]


@pytest.mark.parametrize(("problems", "tries"), [([BUSY] * 3, 3), (["nobody is there"], 1)])
def test_it_is_asked_three_times_at_most_and_only_where_it_is_busy(problems, tries):
    ray, asked = answering(*problems)
    with pytest.raises(RunError, match="no cluster at ray://there:10001"):
        cluster._begin(ray, "ray://there:10001")
    assert asked.count("ray://there:10001") == tries
