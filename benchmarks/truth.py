"""Truth: how right the decisions of each scenario are, beside what the published protocols predict.

    python benchmarks/truth.py            # 300 episodes of each scenario
    python benchmarks/truth.py 1000

Every figure is a share with its 95 % Wilson interval. `predicted` is the closed form: a majority of five votes at judge
accuracy a; for a pair, Bayes' rule f m / (f m + (1 - f)(1 - m)) with fix rate f and majority accuracy m; three quarters
for labels of which half are left to a coin; the binomial tail for critiques of which 3 in 10 refinements are right;
for a checklist, the two sums of ticks, each question by itself;
for a student who is known by its words, its memory, and the rates at which it is made unfaithful;
for an instructor's questions, geometric waits with the chance that one is about what is not understood yet;
for a pool of annotators, the odds of the member who was asked; for the best of n, one less the chance that all are bad, or
the expected maximum of n normals times the correlation; for outer rounds, each player's law of learning over the lessons
that it was given, and before it for the best of n that are imitated the highest of n binomials;
for a gate on two scores, the demands that two responders meet by their curves, and the noise of the mean of both orders.
"""

from __future__ import annotations

import argparse
from itertools import islice

from closed import preference, refinement, rounds, tutoring
from closed.share import played, share, stream
from machine import machine

from maieutic.runs.measures import Agreement
from maieutic.scenarios import catalogue

SCENARIOS = tuple(catalogue.names())


def decided(name: str, n: int) -> None:
    """Precision and recall of every kind of decision, with the default cast."""
    scenario = catalogue.load(name)
    kinds: dict[str, Agreement] = {}
    scores: dict[str, list[float]] = {}
    for episode in played(name, islice(stream(name), n)):
        for decision in scenario.decisions(episode):
            kinds.setdefault(decision.kind, Agreement()).add(decision)
        for key, value in episode.scores.items():
            scores.setdefault(key, []).append(value)
    print(f"\n{name}: {n} episodes, default cast")
    print(f"  {'decision':<12} {'precision':<30} {'recall':<30} accuracy")
    for kind, one in sorted(kinds.items()):
        columns = [share(*one.precision), share(*one.recall), share(*one.accuracy)]
        print(f"  {kind:<12} {columns[0]:<30} {columns[1]:<30} {columns[2]}")
    if "changed" in scores and "changed_between_drafts" in scores:
        edited, drafted = (
            sum(scores[key]) / len(scores[key]) for key in ("changed", "changed_between_drafts")
        )
        print(
            f"  words changed from rejected to chosen {edited:.3f}, between two independent drafts {drafted:.3f}: "
            f"ratio {edited / drafted:.3f}"
        )


if __name__ == "__main__":
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reader.add_argument("episodes", type=int, nargs="?", default=300, help="of each scenario")
    count = reader.parse_args().episodes
    print(machine())
    for each in SCENARIOS:
        decided(each, count)
    print("\nclosed forms")
    for form in (*tutoring.FORMS, *refinement.FORMS, *preference.FORMS, *rounds.FORMS):
        form(count)
