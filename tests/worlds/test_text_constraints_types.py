"""Each of the 25 checkers against texts whose label is known by construction, and the quirks of the published ones."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maieutic import rng
from maieutic.worlds.text_constraints import PUBLISHED, REGISTRIES, REPAIRED, Item, check
from maieutic.worlds.text_constraints.reading import language, sentences, whole_words

PLAIN = "the old boat lay still near the wooden pier and nobody came to row it home that night"
ENGLISH = (
    "The old boat lay still near the wooden pier. Nobody came to row it home that night. We waited for hours."
)
GERMAN = "Das alte Boot lag still am hölzernen Steg. Niemand kam und ruderte es in dieser Nacht nach Hause."
RELATIONS = ("at least", "less than")


def _label(count: int, relation: str, bound: int) -> bool:
    return count >= bound if relation == "at least" else count < bound


def made(name: str, chance: random.Random) -> tuple[dict[str, object], str, bool]:
    """Parameters, a text built by counting (never by the checker), and whether it meets them: n-1, n or n+1."""
    n = chance.randint(2, 7)
    count = n + chance.choice((-1, 0, 1))
    relation = chance.choice(RELATIONS)
    yes = chance.random() < 0.5
    match name.partition(":")[2]:
        case "existence":
            words = ["lantern", "copper", "saddle"]
            used = words if yes else chance.sample(words, 2)
            return {"keywords": words}, f"{PLAIN} " + " x ".join(used).upper(), yes
        case "frequency":
            text = " ".join([PLAIN, *("Copper, so" for _ in range(count))])
            return (
                {"keyword": "copper", "frequency": n, "relation": relation},
                text,
                _label(count, relation, n),
            )
        case "forbidden_words":
            text = f"{PLAIN} " + chance.choice(("coppery", "coppersmith") if yes else ("COPPER.", "copper"))
            return {"forbidden_words": ["copper", "saddle"]}, text, yes
        case "letter_frequency":
            text = PLAIN.replace("q", "") + "".join(chance.choice((" q", " Qu")) for _ in range(count))
            return (
                {"letter": "q", "let_frequency": n, "let_relation": relation},
                text,
                _label(count, relation, n),
            )
        case "response_language":
            return {"language": "de"}, GERMAN if yes else ENGLISH, yes
        case "number_sentences":
            text = " ".join(
                chance.choice(("Dr. Roe came late.", "Why not?", "So be it!")) for _ in range(count)
            )
            return {"num_sentences": n, "relation": relation}, text, _label(count, relation, n)
        case "number_words":
            text = " ".join(chance.choice(("boat", "pier,", "12")) for _ in range(count))
            return {"num_words": n, "relation": relation}, text, _label(count, relation, n)
        case "number_paragraphs":
            return {"num_paragraphs": n}, "\n***\n".join([PLAIN] * count), count == n
        case "nth_paragraph_first_word":
            at = chance.randint(1, min(n, count))
            parts = [f"One {PLAIN}"] * count
            if yes:
                parts[at - 1] = f"Copper, {PLAIN}"
            params = {"num_paragraphs": n, "nth_paragraph": at, "first_word": "copper"}
            return params, "\n\n".join(parts), yes and count == n
        case "number_placeholders":
            return {"num_placeholders": n}, " ".join([PLAIN, *["[name]"] * count]), count >= n
        case "postscript":
            marker = chance.choice(("P.S.", "P.P.S"))
            return {"postscript_marker": marker}, f"{PLAIN}\n{marker if yes else 'Also'} {PLAIN}", yes
        case "number_bullet_lists":
            return {"num_bullets": n}, "\n".join([PLAIN, *[chance.choice("*-") + " one"] * count]), count == n
        case "constrained_response":
            return (
                {},
                chance.choice(("My answer is yes.", "My answer is maybe.") if yes else ("Yes.", PLAIN)),
                yes,
            )
        case "number_highlighted_sections":
            return {"num_highlights": n}, " and ".join([PLAIN, *["*one part*"] * count]), count >= n
        case "multiple_sections":
            text = "\n".join(f"PART {index}\n{PLAIN}" for index in range(1, count + 1))
            return {"section_spliter": "PART", "num_sections": n}, text, count >= n
        case "json_format":
            good = ('{"a": [1, 2]}', '```json\n{"a": null}\n```', "```\n[]\n```")
            return {}, chance.choice(good if yes else ('{"a": 1,}', "Here: {}", "{'a': 1}")), yes
        case "title":
            return (
                {},
                chance.choice(("<<Boats>>\n", "a <<b>> ") if yes else ("<<>>\n", "<Boats>\n", "<< >> "))
                + PLAIN,
                yes,
            )
        case "two_responses":
            good = (f"{PLAIN}\n******\nno", "a ****** b")
            bad = (PLAIN, f"{PLAIN}******{PLAIN}", "a ****** b ****** c", "a ****** ****** b", "a ***** b")
            return {}, chance.choice(good if yes else bad), yes
        case "repeat_prompt":
            return (
                {"prompt_to_repeat": " Row the boat. "},
                ("  row THE boat. So be it." if yes else f"Sure! {PLAIN}"),
                yes,
            )
        case "end_checker":
            return (
                {"end_phrase": "So it goes."},
                f"{PLAIN}. " + ('SO it goes."' if yes else "So it goes on."),
                yes,
            )
        case "quotation":
            return {}, chance.choice((f' "{PLAIN}"\n', '""') if yes else (f'"{PLAIN}', PLAIN, '"')), yes
        case "capital_word_frequency":
            text = " ".join([PLAIN, *[chance.choice(("LOUD", "WELL-KNOWN", "I"))] * count])
            params = {"capital_frequency": n, "capital_relation": relation}
            return params, text, _label(count, relation, n)
        case "english_capital":
            text = (ENGLISH * 4).upper()
            return {}, text if yes else chance.choice((text + "s", ENGLISH)), yes
        case "english_lowercase":
            return (
                {},
                ENGLISH.lower() if yes else chance.choice((ENGLISH, GERMAN.lower(), ENGLISH.lower() + "S")),
                yes,
            )
        case "no_comma":
            return {}, PLAIN if yes else f"{PLAIN}, so", yes
    raise AssertionError(name)


def test_both_registries_hold_the_same_25_types():
    assert list(PUBLISHED) == list(REPAIRED)
    assert len(PUBLISHED) == 25
    assert all(one.repair == "" for one in PUBLISHED.values())


@pytest.mark.parametrize("registry", sorted(REGISTRIES))
@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_the_checker_agrees_with_labels_known_by_construction(name, registry):
    hits = {True: 0, False: 0}
    for seed in range(40):
        params, text, label = made(name, rng(name, seed))
        found = check(text, Item(id=name, params=params), REGISTRIES[registry])
        assert found.ok is label, (params, text, found)
        hits[label] += 1
    assert min(hits.values()) >= 4  # precision and recall are both measured


@pytest.mark.parametrize("name", sorted(PUBLISHED))
@settings(max_examples=25, deadline=None)
@given(text=st.text(max_size=60), seed=st.integers(0, 50))
def test_any_text_gets_the_same_verdict_twice_and_a_distance_of_zero_iff_a_count_is_right(name, text, seed):
    item = Item(id=name, params=PUBLISHED[name].draw(rng(seed)).model_dump())
    for registry in REGISTRIES.values():
        found = check(text, item, registry)
        assert found == check(text, item, registry)
        assert found.ok in (True, False)
        assert found.reason
        if found.ok and found.distance is not None:
            assert found.distance == 0


@pytest.mark.parametrize("name", sorted(REPAIRED))
def test_wordings_are_several_sentences_that_name_the_parameters(name):
    one = REPAIRED[name]
    for seed in range(12):
        params = one.draw(rng(name, seed))
        said = {one.describe(params, rng(name, "says", seed, again)) for again in range(12)}
        assert len(said) >= 2
        for sentence in said:
            assert "{" not in sentence
            assert sentence[0].isupper()


@given(st.integers(0, 40), st.integers(0, 40), st.sampled_from(RELATIONS))
def test_the_distance_is_the_change_that_makes_the_count_right(count, bound, relation):
    params = {"keyword": "oar", "frequency": bound, "relation": relation}
    distance = check("oar " * count + ".", Item(id="keywords:frequency", params=params)).distance
    if relation == "less than" and bound == 0:
        return
    assert _label(count + distance, relation, bound)
    assert distance == 0 or not _label(count + distance - (1 if distance > 0 else -1), relation, bound)


def verdicts(name: str, text: str, **params: object) -> tuple[bool | None, bool | None]:
    """Published and repaired."""
    item = Item(id=name, params=params)
    return check(text, item, PUBLISHED).ok, check(text, item, REPAIRED).ok


NTH = "length_constraints:nth_paragraph_first_word"


def test_quirk_1_a_blank_first_paragraph_shifts_the_published_index_only():
    text = "\n\nOne here.\n\nCopper there."
    assert verdicts(NTH, text, num_paragraphs=2, nth_paragraph=2, first_word="copper") == (False, True)
    assert verdicts(NTH, text, num_paragraphs=2, nth_paragraph=1, first_word="one") == (False, True)


def test_quirk_1_a_paragraph_beyond_the_last_is_not_judged_or_fails():
    assert verdicts(NTH, "a\n\nb", num_paragraphs=2, nth_paragraph=3, first_word="b") == (None, False)


@pytest.mark.parametrize("letter", ["#", "!", "ab"])
def test_quirk_2_a_letter_that_is_no_letter_is_not_judged_or_counted_as_it_is(letter):
    params = {"letter": letter, "let_frequency": 2, "let_relation": "at least"}
    assert verdicts("keywords:letter_frequency", f"{letter} and {letter}", **params) == (None, True)
    assert verdicts("keywords:letter_frequency", f"{letter} and", **params) == (None, False)


def test_quirk_3_the_detector_is_seeded_and_a_failure_passes_only_as_published():
    assert len({language.__wrapped__("Ok so no") for _ in range(5)}) == 1
    assert verdicts("language:response_language", "12 + 30 😀", language="de") == (True, False)
    loud = "BITTE EIN BIT. BREAKFAST AT TIFFANY IS A FILM. TRAINS RUN LATE."
    assert check(loud, Item(id="change_case:english_capital"), REPAIRED).observed == language(loud.lower())


def test_quirk_4_repairs_change_verdicts_only_where_they_say_so():
    for name in PUBLISHED:
        same = REPAIRED[name].check is PUBLISHED[name].check
        assert same == (not REPAIRED[name].repair), name


def test_quirk_5_the_request_to_repeat_is_its_own_parameter():
    assert set(PUBLISHED["combination:repeat_prompt"].params.model_fields) == {"prompt_to_repeat"}


@pytest.mark.parametrize(
    ("keyword", "text", "expected"),
    [
        ("rock", "A rocket.", (True, False)),
        ("rock", "Rock, please.", (True, True)),
        ("C++", "Only C here.", (True, False)),
        ("C++", "We like c++ here.", (True, True)),
        ("(", "An open ( here.", (None, True)),
        ("a.c", "abc", (True, False)),
    ],
)
def test_quirk_6_keywords_are_patterns_in_longer_words_only_as_published(keyword, text, expected):
    assert verdicts("keywords:existence", text, keywords=[keyword]) == expected


@given(st.sampled_from(["rock", "C++", "a b", "(", "é"]), st.text(alphabet="rock C+(abé.", max_size=30))
def test_quirk_6_repaired_existence_and_forbidden_are_opposites(word, text):
    there = check(text, Item(id="keywords:existence", params={"keywords": [word]})).ok
    absent = check(text, Item(id="keywords:forbidden_words", params={"forbidden_words": [word]})).ok
    assert there is not absent


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("---", (True, False)),
        ("-5 degrees", (True, False)),
        ("*Well*, so", (True, False)),
        ("+ plus", (False, True)),
        ("• dot", (False, True)),
        ("1. one", (False, False)),
        ("* star", (True, True)),
        ("- dash", (True, True)),
        ("**bold**", (False, False)),
    ],
)
def test_quirk_7_what_counts_as_a_bullet(line, expected):
    assert verdicts("detectable_format:number_bullet_lists", f"So:\n{line}\nEnd.", num_bullets=1) == expected


def test_quirk_7_a_list_within_a_list_counts_only_as_published():
    text = "* one\n  * within\n* two"
    assert verdicts("detectable_format:number_bullet_lists", text, num_bullets=3) == (True, False)
    assert verdicts("detectable_format:number_bullet_lists", text, num_bullets=2) == (False, True)


@pytest.mark.parametrize(
    ("text", "published", "repaired"),
    [
        ("2*3*4", 1, 0),
        ("**a**", 1, 1),
        ("* one *\n* two", 1, 0),
        ("* a\n* b", 0, 0),
        ("* see *this*", 1, 1),
        ("*a* **b**", 2, 2),
    ],
)
def test_quirk_8_what_counts_as_a_highlight(text, published, repaired):
    item = Item(id="detectable_format:number_highlighted_sections", params={"num_highlights": 1})
    assert check(text, item, PUBLISHED).observed == published
    assert check(text, item, REPAIRED).observed == repaired


@pytest.mark.parametrize(
    ("text", "published", "repaired"),
    [
        ("don't", 2, 1),
        ("3.14", 2, 1),
        ("well-known", 2, 1),
        ("電車です", 1, 4),
        ("a, b.", 2, 2),
        ("end.Start", 2, 2),
    ],
)
def test_quirk_9_what_counts_as_a_word(text, published, repaired):
    item = Item(id="length_constraints:number_words", params={"num_words": 1, "relation": "at least"})
    assert check(text, item, PUBLISHED).observed == published
    assert check(text, item, REPAIRED).observed == repaired == len(whole_words(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My answer is no.", (True, True)),
        ("Well: My answer is no. Sorry.", (True, False)),
        ("my answer is no.", (False, False)),
    ],
)
def test_quirk_10_the_allowed_answer_may_have_company_only_as_published(text, expected):
    assert verdicts("detectable_format:constrained_response", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Section 1\nOne.", (True, True)),
        ("## Section 1: One", (True, True)),
        ("Section II\nTwo.", (False, True)),
        ("As said, see Section 1.", (True, False)),
    ],
)
def test_quirk_10_what_counts_as_a_section(text, expected):
    name = "detectable_format:multiple_sections"
    assert verdicts(name, text, section_spliter="Section", num_sections=1) == expected


@pytest.mark.parametrize(
    ("marker", "line", "expected"),
    [
        ("P.S.", "P.P.S. Call me", (True, False)),
        ("P.S.", "PS: call me", (False, True)),
        ("P.S.", "p. s. call me", (True, True)),
        ("P.P.S", "P.P.S call me", (True, True)),
        ("P.P.S", "P.S. call me", (False, False)),
        ("N.B.", "nxbx", (True, False)),
        ("N.B.", "N.B. call me", (True, True)),
        ("P.S.", "He said p.s. and left", (True, False)),
    ],
)
def test_quirk_11_what_counts_as_a_postscript(marker, line, expected):
    assert (
        verdicts("detectable_content:postscript", f"Dear all.\n{line}", postscript_marker=marker) == expected
    )


@pytest.mark.parametrize(
    ("text", "expected"), [("“So.”", (False, True)), ('"So."', (True, True)), ("'So.'", (False, False))]
)
def test_quirk_12_curly_quotes_count_when_repaired(text, expected):
    assert verdicts("startend:quotation", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("At last the end", (True, True)),
        ('At last "the end"', (True, True)),
        ("At last the end.", (False, True)),
        ("At last **the end**", (False, True)),
        ("At last we bathe end", (True, False)),
        ("At last***the end", (True, True)),
        ("At last", (False, False)),
    ],
)
def test_quirk_12_marks_after_the_end_phrase_do_no_harm_when_repaired(text, expected):
    assert verdicts("startend:end_checker", text, end_phrase="the end") == expected


def test_quirk_12_the_end_phrase_must_begin_at_a_word_when_repaired():
    assert verdicts("startend:end_checker", "That is a bend.", end_phrase="end.") == (True, False)
    assert verdicts("startend:end_checker", "So...end", end_phrase="...end") == (True, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[name]", (True, True)),
        ("[a link](there)", (True, False)),
        ("- [ ] buy", (True, False)),
        ("- [x] buy", (True, False)),
        ("[]", (True, False)),
        ("as in [12]", (True, False)),
    ],
)
def test_quirk_13_what_counts_as_a_placeholder(text, expected):
    assert verdicts("detectable_content:number_placeholders", text, num_placeholders=1) == expected


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Dr. Roe met Mr. Poe at 9 p.m. in Boston.", 1),
        ("He came at 9 p.m. The rest left.", 2),
        ("J.K. Rowling wrote it. We read it.", 2),
        ("Fruit, e.g. apples. Nuts.", 3),  # the English Punkt model does not know e.g.
        ("1. Wash it.\n2. Dry it.", 4),  # nor that these are list numbers
        ("Wait... what? Yes!", 2),
        ('"Go!" she said. "Now."', 3),
        ("A title without a stop\nA line. Another.", 2),
    ],
)
def test_sentences_are_counted_as_punkt_for_english_counts_them(text, count):
    assert len(sentences(text)) == count
