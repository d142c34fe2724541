"""Pairs: chosen beside rejected, and a person's decision about it.

Knows nothing of trainers. What is decided goes into the run's journal as a human event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import htpy as h

from maieutic import Episode, Event, InputError, Pair, RunError
from maieutic.runs.reviews import Review, keep, review_of, reviews
from maieutic.scenarios import Decision
from maieutic.traces.html import difference, near, pair_drawing, said, shown
from maieutic.traces.view.drawn import Drawn, draw
from maieutic.traces.view.episode_page import turn_link
from maieutic.traces.view.layout import Site, page, pager, secret, url, worded
from maieutic.traces.view.query import with_pairs
from maieutic.traces.view.shelf import OpenRun

_SIZE = 10  # episodes a page
_DONE = {"accept": "accepted", "reject": "rejected", "edit": "edited"}


def pairs_page(site: Site, slug: str, given: Mapping[str, str]) -> h.Element:
    """The pairs of a run, and what people have decided about them."""
    run = site.shelf.run(slug)
    state = given.get("state", "")
    number = int(given.get("page", "0")) if given.get("page", "0").isdecimal() else 0
    looked, (_, undrawn) = reviews(run.folder), run.index.count()
    if state in _DONE:
        places = sorted(
            place
            for place, known in looked.items()
            if any(review_of(one).verdict == state for one in known.values())
        )
        count, places = len(places), places[number * _SIZE : (number + 1) * _SIZE]
    else:
        count, places = with_pairs(run.index, min(number, 10**9) * _SIZE, _SIZE)
    counts = {
        verdict: sum(review_of(one).verdict == verdict for known in looked.values() for one in known.values())
        for verdict in _DONE
    }
    return page(
        site,
        f"{slug}: pairs",
        [
            h.h1["Pairs"],
            h.nav(".chips", aria_label="State")[
                h.a({"aria-current": "true"} if state not in _DONE else {}, href=url("run", slug, "pairs"))[
                    "all"
                ],
                [
                    h.a(
                        {"aria-current": "true"} if state == one else {},
                        href=url("run", slug, "pairs", state=one),
                    )[f"{_DONE[one]} ({counts[one]})"]
                    for one in _DONE
                ],
            ],
            h.p(".dim", role="status")[
                f"{count:,} {'episode' if count == 1 else 'episodes'} with pairs",
                undrawn > 0
                and run.company is not None
                and f"; those of {undrawn:,} episodes are still to be looked at, open the page again soon",
            ],
            [
                _listed(run, place, pair, episode, decisions, looked.get(place, {}))
                for place in places
                for pair, episode, decisions in _pairs(run, place)
                if state not in _DONE or _state(pair, looked.get(place, {})) == state
            ],
            pager(number, _SIZE, count, {"state": state}, "run", slug, "pairs"),
        ],
        here="Runs",
        run=run,
        tab="Pairs",
    )


def _pairs(run: OpenRun, place: int) -> list[tuple[Pair, Episode, Sequence[Decision]]]:
    _, episode, ended = run.episode(str(place))
    drawn = draw(run.company, episode) if ended else Drawn()
    return [(pair, episode, drawn.decisions) for pair in drawn.pairs]


def _state(pair: Pair, known: Mapping[tuple[str, str], Event]) -> str:
    event = known.get((pair.chosen_event, pair.rejected_event))
    return review_of(event).verdict if event else ""


def _target(run: OpenRun, place: int, pair: Pair) -> str:
    return url("run", run.slug, "pair", place, pair.chosen_event, pair.rejected_event)


def _listed(
    run: OpenRun,
    place: int,
    pair: Pair,
    episode: Episode,
    decisions: Sequence[Decision],
    known: Mapping[tuple[str, str], Event],
) -> h.Element:
    state = _state(pair, known)
    return h.section(".listed")[
        h.h2[
            h.a(".row-link", href=_target(run, place, pair))[f"Episode {place}: ", shown(pair.task, 100)],
            " ",
            bool(state) and h.span(f".state.{'bad' if state == 'reject' else 'good'}")[_DONE[state]],
        ],
        pair_drawing(pair, episode, decisions, link=turn_link(run, place)),
    ]


def pair_page(
    site: Site, slug: str, place: int, ends: tuple[str, str], problem: str = "", given: Mapping[str, str] = {}
) -> h.Element:
    """One pair with the form to review it."""
    run = site.shelf.run(slug)
    pair, episode, decisions = _find(run, place, ends)
    event = reviews(run.folder).get(place, {}).get(ends)
    review = review_of(event) if event else None
    chosen = given.get("chosen", (review and review.chosen) or pair.chosen)
    rejected = given.get("rejected", (review and review.rejected) or pair.rejected)
    _, places = with_pairs(run.index, 0, 100_000)
    later = next((one for one in places if one > place), None)
    return page(
        site,
        f"{slug}: pair of episode {place}",
        [
            h.nav(".pager", aria_label="Pairs")[
                h.a(href=url("run", slug, "pairs"))["all pairs"],
                h.a(href=url("run", slug, "episode", place))["its episode"],
                later is not None
                and h.a(href=url("run", slug, "pairs", page=places.index(later) // _SIZE or None))[
                    "further pairs"
                ],
            ],
            h.h1[f"Pair of episode {place}: ", shown(pair.task, 120)],
            bool(problem) and h.p(".problem", role="alert")[shown(problem)],
            review is not None and _reviewed(pair, review),
            h.form(".review", method="post", action=_target(run, place, pair))[
                secret(site),
                h.div(".sides")[
                    h.label[
                        h.span["Rejected"],
                        h.textarea(name="rejected", rows="10", dir="auto")["\n" + _sayable(rejected)],
                    ],
                    h.label[
                        h.span["Chosen"],
                        h.textarea(name="chosen", rows="10", dir="auto")["\n" + _sayable(chosen)],
                    ],
                ],
                h.div(".row")[
                    h.label[
                        h.span["Note"],
                        h.input(
                            name="note", value=_sayable(given.get("note", review.note if review else ""))
                        ),
                    ],
                    h.label[
                        h.span["Your name"],
                        h.input(name="by", value=_sayable(given.get("by", review.by if review else "human"))),
                    ],
                ],
                h.p(".row")[
                    h.button(".good", name="verdict", value="accept")["Accept as drawn"],
                    h.button(".bad", name="verdict", value="reject")["Reject"],
                    h.button(name="verdict", value="edit")["Save the edited texts"],
                ],
                h.p(".dim")[
                    worded(
                        "`maieutic export` leaves rejected pairs out and gives edited texts. Every decision stays in the journal."
                    )
                ],
            ],
            h.h2["As it was drawn"],
            pair_drawing(pair, episode, decisions, link=turn_link(run, place)),
        ],
        here="Runs",
        run=run,
        tab="Pairs",
    )


def _sayable(text: str) -> str:
    """Text as a form can hold it: halves of surrogate pairs and NUL cannot be sent."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _reviewed(pair: Pair, review: Review) -> h.Element:
    return h.section(".reviewed")[
        h.p[
            h.span(f".state.{'bad' if review.verdict == 'reject' else 'good'}")[_DONE[review.verdict]],
            " by ",
            shown(review.by, 80),
            bool(review.note) and [": ", shown(review.note, 400)],
        ],
        [
            h.div[h.h3[name], difference(old, new) if near(old, new) else said(new)]
            for name, old, new in (
                ("chosen", pair.chosen, review.chosen),
                ("rejected", pair.rejected, review.rejected),
            )
            if new is not None and new != old
        ],
    ]


def review_pair(site: Site, slug: str, place: int, ends: tuple[str, str], form: Mapping[str, str]) -> str:
    """Keep a review; the address to go on to.

    Raises:
        InputError: it cannot be used.
        RunError: no such pair, or the journal cannot be written.
    """
    run = site.shelf.run(slug)
    pair, _, _ = _find(run, place, ends)
    verdict = form.get("verdict", "")
    edited = verdict == "edit"

    def text(name: str, drawn: str) -> str | None:
        # a browser sends lines ended by \r\n; only what a person changed is an edit
        sent = form.get(name)
        return None if not edited or sent is None or sent == _sayable(drawn).replace("\r\n", "\n") else sent

    if verdict not in _DONE:
        raise InputError(f"expected accept, reject or edit, got {verdict!r:.40}", key="verdict")
    review = Review.model_validate(
        {
            "verdict": verdict,
            "chosen": text("chosen", pair.chosen),
            "rejected": text("rejected", pair.rejected),
            "note": form.get("note", "")[:2000],
            "by": form.get("by", "").strip()[:100] or "human",
        }
    )
    keep(run.folder, place, pair, review)
    return _target(run, place, pair)


def _find(run: OpenRun, place: int, ends: tuple[str, str]) -> tuple[Pair, Episode, Sequence[Decision]]:
    for pair, episode, decisions in _pairs(run, place):
        if (pair.chosen_event, pair.rejected_event) == ends:
            return pair, episode, decisions
    raise RunError(f"{run.slug}: episode {place} has no pair of those turns")
