"""Models at the command line: what a newcomer gets wrong is one line with the remedy, exit code 2, nothing left behind."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

for package in ("aiohttp", "json_repair", "langchain"):
    pytest.importorskip(package, reason="needs pip install 'maieutic[test]'")

sys.path.insert(0, str(Path(__file__).parents[1] / "agents"))
import served_script

NOBODY = "http://127.0.0.1:9/v1#m"


def mistaken(maieutic, spec, *more):
    code, out, err = maieutic("run", "spar", "--n", 2, "--cast", f"refiner={spec}", *more)
    assert (code, out, err.count("\n")) == (2, "", 1), (out, err)
    assert "Traceback" not in err
    assert list(Path.cwd().iterdir()) == []
    return err


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("gpt4", "vllm:PATH_OR_ID, http://host:port/v1#MODEL, PROVIDER:MODEL"),
        ("http://127.0.0.1:9/v1", "a served model is http://host:port/v1#MODEL"),
        ("http://127.0.0.1:port/v1#m", "a served model is http://host:port/v1#MODEL"),
        ("http://[::1/v1#m", "a served model is http://host:port/v1#MODEL"),
        (f"{NOBODY}?temprature=1", "did you mean 'temperature'?"),
        (f"{NOBODY}?temperature=-1", "greater than or equal to 0, got '-1'"),
        (f"{NOBODY}?key_env=NO_SUCH_KEY", "environment variable NO_SUCH_KEY should hold the API key"),
        (NOBODY, "start the server, or mend the address"),
        ("nobody:m", "expected PROVIDER:MODEL"),
    ],
)
def test_a_wrong_spec_or_a_server_that_is_down(maieutic, spec, words):
    assert words in mistaken(maieutic, spec)


@pytest.mark.parametrize(
    ("spec", "package", "extra"),
    [
        ("vllm:some/model", "vllm", "vllm"),
        (NOBODY, "aiohttp", "served"),
        (NOBODY, "json_repair", "served"),
        ("openai:m", "langchain", "langchain"),
    ],
)
def test_a_missing_extra_is_named(maieutic, monkeypatch, spec, package, extra):
    def hidden(name, *rest):
        return None if name == package else find_spec(name, *rest)

    monkeypatch.setattr("maieutic.agents.models.spec.find_spec", hidden)
    said = mistaken(maieutic, spec)
    assert f"needs {package}" in said
    assert f"pip install 'maieutic[{extra}]'" in said


def test_a_key_that_the_server_refuses(maieutic, monkeypatch):
    monkeypatch.setenv("WRONG_KEY", "sesame")
    with served_script.running(key="secret") as url:
        for given in ("", "?key_env=WRONG_KEY"):
            said = mistaken(maieutic, f"{url}/v1#scripted{given}")
            assert "Incorrect API key" in said
            assert "?key_env=NAME" in said
        monkeypatch.setenv("RIGHT_KEY", "secret")
        spec = f"{url}/v1#scripted?key_env=RIGHT_KEY"
        code, _, _ = maieutic("run", "spar", "--n", 1, "--cast", f"refiner={spec}", "--out", "there")
        assert code == 0
    assert "secret" not in "".join(
        file.read_text(errors="replace") for file in Path("there").rglob("*") if file.is_file()
    )


def test_a_model_that_the_server_does_not_have(maieutic):
    with served_script.running() as url:
        assert "no model 'other'; it has scripted" in mistaken(maieutic, f"{url}/v1#other")


def test_a_server_that_stays_away_ends_the_run_in_good_order_and_the_same_command_goes_on(maieutic):
    with served_script.running(dies_after=20) as url:
        command = ["run", "socratic-math", "--n", 8, "--out", "there", "--json"]
        for seat in ("teacher", "student", "critic"):
            command += ["--cast", f"{seat}={url}/v1#scripted?patience=0.2&backoff=0.01&identity=here"]
        code, out, err = maieutic(*command)
        told = json.loads(out)
        assert code == 130  # something is missing, and nothing is lost
        assert "was away for more than 0.2 s" in told["stopped"]
        assert told["missing"] > 0
        assert told["dropped"] == {}
        assert "is away" in err
    port = int(url.rpartition(":")[2])
    with served_script.running(port=port):
        code, out, _ = maieutic(*command)
    assert (code, json.loads(out)["missing"]) == (0, 0)
