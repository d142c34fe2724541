"""The README is true: its commands run in order in one empty folder, and what it shows is what they print.

Write the shown outputs anew with MAIEUTIC_SNAPSHOTS=write. The first two blocks install; continuous integration runs those.
"""

import os
import re
import shlex
from pathlib import Path

import in_process
import pytest

README = Path(__file__).parents[1] / "README.md"
SHOWN = ("trace dialogues", "trace trees 4", "list", "replay")  # commands whose output the README gives
BLOCK = re.compile(r"```(console|python)\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("readme")


def output(command, folder):
    line, _, target = command.partition(" > ")
    done = in_process.maieutic(folder, *shlex.split(line)[1:])
    assert done.returncode == 0, f"{command}: {done.stderr}"
    if target:
        (folder / target).write_text(done.stdout)
        return ""
    return "\n".join(line.rstrip() for line in done.stdout.splitlines())


def test_every_command_of_the_readme_runs_and_prints_what_is_shown(folder):
    text = README.read_text(encoding="utf-8")
    written = text
    for kind, body in BLOCK.findall(text):
        if kind == "python":
            done = in_process.program(folder, body)
            assert done.stdout.startswith("solved"), done.stdout
            continue
        made = ""
        for command in (line[2:] for line in body.splitlines() if line.startswith("$ ")):
            said = output(command, folder)
            made += f"$ {command}\n"
            if any(command.startswith(f"maieutic {shown}") for shown in SHOWN):
                made += f"{said}\n"
        written = written.replace(body, made)
    if os.environ.get("MAIEUTIC_SNAPSHOTS") == "write":
        README.write_text(written, encoding="utf-8")
    assert written == text or os.environ.get("MAIEUTIC_SNAPSHOTS") == "write", (
        "the README shows something else"
    )
