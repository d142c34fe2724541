"""Statistics: all that the episodes of a run say together: why they ended, how long they were, what they cost, how judges
agree, and how tutors taught.

Knows nothing of the terminal. It takes one episode at a time, and keeps of each a few numbers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from maieutic import Episode
from maieutic.runs.agreement import Against, Agreed, Scaled, enter, hold
from maieutic.runs.contrast import Estimate
from maieutic.runs.measures import Measures, wilson
from maieutic.runs.playing import checked_records
from maieutic.runs.tutoring import mean, tutoring
from maieutic.scenarios import Company, Lesson, Overall, panels


@dataclass
class Statistics:
    """What the episodes of one run say together.

    Attributes:
        measures: scores, decisions and records, as `maieutic run` prints them.
        lengths: turns of each episode.
        calls, tokens: of each episode.
        roles: role -> valid turns, unusable turns.
        judges: how judges of the same thing agree with each other, who give it a name or say yes or no.
        scales: the same of those who give it a number.
        truths: how decisions agree with the truth.
        lessons: what each episode of tutoring came to.
        tallies: the sums that the scenario's measures of a whole run are made of.
        gathers: those measures; none where the scenario has none.
    """

    measures: Measures = field(default_factory=Measures)
    lengths: list[int] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    roles: dict[str, Counter[bool]] = field(default_factory=dict)
    judges: dict[str, Agreed] = field(default_factory=dict)
    scales: dict[str, Scaled] = field(default_factory=dict)
    truths: dict[str, Against] = field(default_factory=dict)
    lessons: list[Lesson] = field(default_factory=list)
    tallies: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    gathers: Overall | None = None

    def add(self, episode: Episode, company: Company[Any] | None) -> None:
        """Enter one episode; without its scenario's `company`, nothing that the scenario has to say is known.

        Raises:
            ScenarioError: the scenario drew a record that contradicts the episode.
        """
        scenario = None if company is None else company.scenario
        decisions = list(scenario.decisions(episode)) if scenario else []
        self.measures.add(episode, checked_records(company, episode) if company else (), decisions)
        self.lengths.append(len(episode.events))
        self.calls.append(episode.usage.calls)
        self.tokens.append(episode.usage.prompt_tokens + episode.usage.completion_tokens)
        for event in episode.events:
            self.roles.setdefault(event.role, Counter())[event.invalid is None] += 1
        enter(self.judges, self.scales, (scenario.ratings if scenario else panels)(episode))
        hold(self.truths, decisions)
        if scenario and (lesson := scenario.lesson(episode)) is not None:
            self.lessons.append(lesson)
        if scenario and scenario.overall:
            self.gathers = scenario.overall
            for name, count in scenario.overall.tally(episode).items():
                self.tallies[name] += count

    @property
    def n(self) -> int:
        """Episodes."""
        return len(self.lengths)

    def stops(self) -> dict[str, Estimate]:
        """Stop reason -> its share of the episodes; `n` is how many ended so."""
        return {
            name: Estimate(count / self.n, *wilson(count, self.n), count)
            for name, count in sorted(self.measures.stops.items())
        }

    def tutoring(self) -> dict[str, Estimate]:
        """The tutoring measures; empty where no episode is a lesson."""
        return tutoring(self.lessons)

    def overall(self) -> dict[str, float]:
        """What the scenario says of the run as a whole; empty where it says nothing."""
        return dict(self.gathers.measures(self.tallies)) if self.gathers else {}

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "episodes": self.n,
            "stops": {name: vars(one) for name, one in self.stops().items()},
            "turns": spread(self.lengths),
            "calls": spread(self.calls),
            "tokens": spread(self.tokens),
            "roles": {
                name: {"valid": counts[True], "invalid": counts[False]} for name, counts in self.roles.items()
            },
            "judges": {
                name: {"agree": _told(one.share), "kappa": _told(one.kappa)}
                for name, one in sorted(self.judges.items())
            },
            "scales": {
                name: {
                    "things": one.things,
                    "weighted_kappa": _told(one.weighted_kappa),
                    "icc": _told(one.icc),
                }
                for name, one in sorted(self.scales.items())
            },
            "truth": {name: {"kappa": _told(one.kappa)} for name, one in sorted(self.truths.items())},
            "measures": self.measures.as_json(),
            "overall": self.overall(),
            "tutoring": {name: vars(one) for name, one in self.tutoring().items()},
        }


def _told(one: Estimate | None) -> dict[str, Any] | None:
    return None if one is None else vars(one)


def spread(values: list[int]) -> dict[str, float | None]:
    """Sum, mean with its 95 % interval, median, and the largest of a list of counts.

    >>> spread([1, 2, 6])["median"], spread([])["mean"]
    (2.0, None)
    """
    middle = mean(map(float, values))
    return {
        "sum": float(sum(values)),
        "mean": None if middle is None else middle.mean,
        "low": None if middle is None else middle.low,
        "high": None if middle is None else middle.high,
        "median": float(median(values)) if values else None,
        "most": float(max(values)) if values else None,
    }
