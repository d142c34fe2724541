"""A raw reply that was kept is read back byte for byte, short or long, in the same session's folder opened anew."""

from hypothesis import given, settings
from hypothesis import strategies as st

from maieutic.agents.models.cache import request_key
from maieutic.agents.models.engine import Request
from maieutic.agents.models.replies import SHORT, Replies

BODIES = st.binary(min_size=0, max_size=64) | st.binary(min_size=SHORT - 2, max_size=SHORT + 2)
PACKED_LOOK = st.builds(
    lambda body: b"\x78" + body, st.binary(max_size=20)
)  # begins as zlib's own output does


def asked(number):
    return Request(messages=({"role": "user", "content": str(number)},), seed=number)


@settings(max_examples=50)
@given(st.lists(BODIES | PACKED_LOOK, min_size=1, max_size=6))
def test_what_was_kept_is_read_back(tmp_path_factory, bodies):
    folder = tmp_path_factory.mktemp("run") / "replies"
    replies = Replies()
    replies.open(folder)
    for number, body in enumerate(bodies):
        replies.receive("engine", asked(number), body)
    replies.receive("engine", asked(-1), b"busy", 503)
    replies.close()
    again = Replies()
    again.open(folder)
    found = [again.find(request_key("engine", asked(number))) for number in range(len(bodies))]
    again.close()
    assert found == bodies
    assert again.find(request_key("engine", asked(-1))) is None


def test_a_request_has_no_name_made_where_nothing_is_kept():
    request = asked(1)
    Replies().receive("engine", request, b"{}")
    assert request.keys == {}
    told = []
    Replies(also=lambda key, raw, status: told.append((key, raw, status))).receive("engine", request, b"{}")
    assert told == [(request_key("engine", request), b"{}", 200)]
