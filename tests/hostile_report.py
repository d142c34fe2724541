"""Runs made by the command, for tests of what is shown of them: usual ones, and one that is hostile in every field."""

import json

import pytest

from maieutic.cli import main

HOSTILE = (
    '<script>window.hit=1</script><img src=x onerror=window.hit=2>"\' onmouseover="window.hit=3" '
    "[a](javascript:window.hit=4) <a href='javascript:window.hit=5'>x</a> <!-- --> ]]> </style></details> **un`closed "
    '\u202egnirts\u2066 \x1b[31m </svg><svg onload=window.hit=6> id="turn-x" href="#turn-x" '
)


def ran(tmp_path, monkeypatch, scenario, name, *options):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "sys.argv", ["maieutic", "run", scenario, "--out", name, "--json", *map(str, options)]
    )
    with pytest.raises(SystemExit):
        main()
    return tmp_path / name


def hostile_task(folder):
    """Files of a task that is hostile in every field and of a student who is; the arguments of `run` that name them."""
    said = {"text": HOSTILE + "A" * 4000, "answer": HOSTILE[:900], "confidence": 0.5}
    (folder / "student.json").write_text(json.dumps({"student.reply": [said] * 9}))
    fields = {
        "question": HOSTILE + "B" * 1_000_000,
        "answer": "8",
        "solution": HOSTILE,
        HOSTILE[:60]: HOSTILE,
    }
    (folder / "tasks.jsonl").write_text(json.dumps(fields) + "\n")
    return ["--tasks", folder / "tasks.jsonl", "--cast", f"student=scripted:{folder / 'student.json'}"]


def hostile_run(tmp_path, monkeypatch):
    """A run whose tasks and answers are hostile in every field."""
    return ran(tmp_path, monkeypatch, "socratic-math", "bad<b>", *hostile_task(tmp_path))
