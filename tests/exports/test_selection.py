"""Selection: every step keeps what it says, says what it dropped, and is in the card."""

import json
import random
from collections import Counter

import pytest
from drawn_records import drawn, entries
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maieutic import InputError, Pair, UnknownNameError
from maieutic.exports import (
    OnePerPrompt,
    Plan,
    contamination,
    export,
    load,
    near_duplicates,
    parse_balance,
    parse_filter,
    quantities,
    through,
)
from maieutic.exports.contamination import Contamination
from maieutic.exports.selection import Dropped

ANY = st.lists(entries("pair") | entries("judged") | entries("dialogue") | entries("stepwise"), max_size=10)
ROOMY = settings(suppress_health_check=list(HealthCheck), max_examples=40)


def kept(several, *steps):
    stream, ledger = through(several, steps)
    found = list(stream)
    return found, ledger


@pytest.fixture(scope="module")
def several():
    return drawn("spar", 12)


@ROOMY
@given(
    ANY, st.sampled_from(["length<=4", "margin>=0.5", "kind==pair|judged", "label==yes", "purpose!=tutor"])
)
def test_a_filter_keeps_order_and_its_ledger_adds_up(several, text):
    found, (ledger,) = kept(several, parse_filter(text))
    assert [one for one in several if one in found] == [one for one in several if one in found]
    places = [next(i for i, one in enumerate(several) if one is entry) for entry in found]
    assert places == sorted(places)
    assert (ledger.seen, ledger.kept) == (len(several), len(found))
    assert ledger.reasons.total() == len(several) - len(found)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("margin>=0.8", lambda pair: pair.chosen_verdict - pair.rejected_verdict >= 0.8),
        ("length<=120", lambda pair: max(len(pair.chosen.split()), len(pair.rejected.split())) <= 120),
        ("length_difference<=5", lambda pair: len(pair.chosen.split()) - len(pair.rejected.split()) <= 5),
        ("edit_distance<10", lambda pair: quantities.edit_distance(pair.chosen.split(), pair.rejected.split()) < 10),
        ("chosen_verdict==1", lambda pair: pair.chosen_verdict == 1),
        ("edit_share<=0.5", lambda pair: 2 * quantities.edit_distance(pair.chosen.split(), pair.rejected.split())
         <= max(len(pair.chosen.split()), len(pair.rejected.split()))),
    ],
)  # fmt: skip
def test_a_filter_over_numbers_keeps_the_pairs_for_which_it_holds(text, holds, several):
    pairs = [one for one in several if isinstance(one.record, Pair)]
    found, (ledger,) = kept(pairs, parse_filter(text))
    assert found == [one for one in pairs if holds(one.record)]
    assert 0 < len(found) < len(pairs)
    assert str(ledger).startswith(f"{text}: dropped {len(pairs) - len(found)} of {len(pairs)}: ")


def test_records_without_a_quantity_go_and_are_told_by_kind(several):
    found, (ledger,) = kept(several, parse_filter("margin>=0"))
    assert {one.record.kind for one in found} == {"pair"}
    assert {"dialogue without margin", "judged without margin"} == set(ledger.reasons)


def test_votes_are_thresholds_of_what_judges_said(several):
    found, _ = kept(several, parse_filter("votes>=5"), parse_filter("support>=0.8"))
    assert found
    for entry in found:
        by_event = {}
        for tally in entry.origin.votes:
            by_event.setdefault(tally.event, []).append(tally.count)
        assert all(sum(counts) >= 5 and max(counts) / sum(counts) >= 0.8 for counts in by_event.values())


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("length", InputError), ("lenght<=3", UnknownNameError), ("length<=many", InputError),
        ("purpose<=3", InputError), ("__class__==1", UnknownNameError), ("length<=nan", InputError),
        ("length<=", InputError), ("meta.<=3", UnknownNameError),
    ],
)  # fmt: skip
def test_a_filter_that_means_nothing_is_refused(text, error):
    with pytest.raises(error):
        parse_filter(text)


def reworded(entry, chance, **texts):
    """The entry with texts of random words, so that it resembles no other."""
    made = {name: " ".join(f"w{chance.randrange(5000)}" for _ in range(size)) for name, size in texts.items()}
    prompt = (entry.record.prompt[-1].model_copy(update={"content": made.pop("prompt")}),)
    return entry.model_copy(update={"record": entry.record.model_copy(update={"prompt": prompt, **made})})


@pytest.fixture(scope="module")
def apart(several):
    """Ten pairs that have hardly a word in common."""
    chance = random.Random(7)
    pairs = [one for one in several if isinstance(one.record, Pair)][:10]
    return [reworded(one, chance, prompt=24, chosen=60, rejected=60) for one in pairs]


def test_near_duplicates_go_and_what_differs_stays(apart):
    pytest.importorskip("datasketch")
    twins = []
    for entry in apart:
        near = entry.record.model_copy(update={"chosen": entry.record.chosen + " otherwise"})
        far = entry.record.model_copy(update={"rejected": entry.record.chosen[::-1]})
        twins += [entry, entry.model_copy(update={"record": near}), entry.model_copy(update={"record": far})]
    found, (ledger,) = kept(twins, near_duplicates(0.85))
    assert found == [one for place, one in enumerate(twins) if place % 3 != 1]
    assert ledger.reasons == {"pair nearly the same as one before": 10}
    assert kept(found, near_duplicates(0.85))[0] == found
    assert kept([*apart, *apart], near_duplicates(1.0))[0] == apart


@pytest.mark.parametrize("threshold", [0, 1.1, -1])
def test_a_resemblance_out_of_bounds_is_refused(threshold):
    with pytest.raises(InputError, match="resemblance"):
        near_duplicates(threshold)


def test_planted_test_prompts_are_found_in_whole_and_in_good_part_and_nothing_else_is(apart, tmp_path):
    said = [one.record.prompt[-1].content.split() for one in apart]
    rows = [
        {"question": " ".join(said[0]).upper() + "?"},  # in whole, in other letters
        {
            "messages": [{"role": "user", "content": " ".join([*said[1][:16], *["elsewhere"] * 8])}]
        },  # two thirds of it
        {"prompt": " ".join([*said[2][:10], *["elsewhere"] * 14])},  # less than half of it
        {"text": " ".join(said[3][:5])},  # short, and there in whole
        {"text": " ".join([*said[4][:4], "elsewhere"])},  # short, and not there in whole
        {"prompt": " ".join(apart[5].record.rejected.split()[:30])},  # in an answer
    ]
    file = tmp_path / "test.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found, (ledger,) = kept(apart, contamination(file))
    assert found == [one for place, one in enumerate(apart) if place not in (0, 1, 3, 5)]
    assert "6 prompts of test.jsonl" in str(ledger)
    assert ledger.reasons == {"pair with a test prompt": 4}


@ROOMY
@given(st.lists(st.text("ab ", max_size=12), max_size=4), st.lists(st.text("ab ", max_size=30), max_size=3))
def test_contamination_finds_what_a_plain_search_finds(prompts, texts):
    step = Contamination(prompts, ngram=3, share=0.5)
    wanted = None
    for number, words in enumerate(step.prompts):
        size, covered = min(3, len(words)), set()
        for at in range(len(words) - size + 1):
            gram = words[at : at + size]
            for text in texts:
                said = text.split()
                if any(said[place : place + size] == gram for place in range(len(said) - size + 1)):
                    covered |= set(range(at, at + size))
        if wanted is None and len(covered) > 0.5 * len(words):
            wanted = number
    assert step.held(texts) == wanted


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("none.txt", None, "cannot be read"), ("empty.txt", "\n\n", "no prompt"), ("bad.jsonl", "{}\n", "holds no prompt"),
        ("bad.jsonl", '{"prompt": "a"}\n{', "not JSON"),
    ],
)  # fmt: skip
def test_a_file_of_test_prompts_that_cannot_be_used_is_an_error(name, text, said, tmp_path):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=said):
        contamination(tmp_path / name)


@ROOMY
@given(ANY)
def test_one_pair_of_a_prompt_is_the_one_with_the_greatest_margin(several):
    found, _ = kept(several, OnePerPrompt())
    best = {}
    for entry in several:
        if isinstance(entry.record, Pair):
            margin = entry.record.chosen_verdict - entry.record.rejected_verdict
            best[repr(entry.record.prompt)] = max(margin, best.get(repr(entry.record.prompt), margin))
    pairs = [one.record for one in found if isinstance(one.record, Pair)]
    assert {repr(one.prompt): one.chosen_verdict - one.rejected_verdict for one in pairs} == best
    assert len(pairs) == len(best)
    assert [one for one in found if not isinstance(one.record, Pair)] == [
        one for one in several if not isinstance(one.record, Pair)
    ]


@ROOMY
@given(ANY, st.integers(0, 3))
def test_a_balance_leaves_as_many_of_each_class(several, seed):
    step = parse_balance("kind", seed)
    found, _ = kept(several, step)
    counts = Counter(one.record.kind for one in several)
    assert Counter(one.record.kind for one in found) == dict.fromkeys(counts, min(counts.values(), default=0))
    assert kept(several, step)[0] == found


@pytest.mark.parametrize(("name", "error"), [("length", InputError), ("colour", UnknownNameError)])
def test_a_balance_by_what_is_no_class_is_refused(name, error):
    with pytest.raises(error):
        parse_balance(name, 0)


def test_every_step_is_told_and_stands_in_the_card(several, tmp_path):
    pytest.importorskip("datasketch")
    (tmp_path / "test.txt").write_text("a prompt that nobody ever wrote in this world of ours\n")
    steps = [
        parse_filter("kind==judged"),
        parse_filter("length<=60"),
        contamination(tmp_path / "test.txt"),
        near_duplicates(0.95),
        OnePerPrompt(),
        parse_balance("label", 3),
    ]
    counts = export(several, Plan(load("trl-unpaired"), tmp_path / "out", steps=steps))
    assert counts.labels["yes"] == counts.labels["no"] > 0
    told, card = counts.report(), (tmp_path / "out" / "README.md").read_text()
    for step in steps:
        (line,) = [one for one in told if one.startswith(f"{step}: dropped ")]
        assert line in card
    assert json.loads((tmp_path / "out" / "export.json").read_text())["left_out"] == told
    assert str(Dropped("x")) == "x: dropped 0 of 0"


def test_near_duplicates_are_those_that_a_comparison_with_all_before_finds(apart):
    pytest.importorskip("datasketch")
    chance, base = random.Random(5), apart[0]
    several = []
    for entry in apart:
        for share in (0, 0.03, 0.06, 0.1):
            said = ["other" if chance.random() < share else one for one in entry.record.chosen.split()]
            changed = {"chosen": " ".join(said), "prompt": (), "rejected": ""}
            several.append(base.model_copy(update={"record": base.record.model_copy(update=changed)}))

    def grams(entry):
        words = f"pair {entry.record.chosen}".lower().split()
        return {tuple(words[at : at + 3]) for at in range(len(words) - 2)}

    wanted = []
    for entry in several:
        mine = grams(entry)
        if all(len(mine & grams(one)) / len(mine | grams(one)) < 0.7 for one in wanted):
            wanted.append(entry)
    assert 10 < len(wanted) < 40
    assert kept(several, near_duplicates(0.7))[0] == wanted
