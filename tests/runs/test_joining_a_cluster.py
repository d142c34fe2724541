"""How a driver joins a Ray cluster that loses a process; no Ray is needed, since what is tried is what it answers."""

from types import SimpleNamespace

import pytest

from maieutic import RunError
from maieutic.runs import cluster

ADDRESS = "ray://there:10001"
LOST = (
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


def test_a_cluster_that_lost_the_process_for_a_driver_is_asked_again():
    ray, asked = answering(LOST, LOST)
    cluster._begin(ray, ADDRESS)
    assert asked == [ADDRESS, "shutdown", ADDRESS, "shutdown", ADDRESS]


@pytest.mark.parametrize(
    ("problems", "tries"), [([LOST] * 4, 3), (["nobody is there"], 1), ([LOST, "gone"], 2)]
)
def test_it_is_asked_three_times_at_most_and_for_nothing_else(problems, tries):
    ray, asked = answering(*problems)
    with pytest.raises(RunError, match="no cluster at ray://there:10001"):
        cluster._begin(ray, ADDRESS)
    assert asked.count(ADDRESS) == tries
