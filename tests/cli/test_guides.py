"""Guides in which people are waited for, or much is played, are true: their commands run in order in an empty folder, and what they show is what is printed.

Write the shown outputs anew with MAIEUTIC_SNAPSHOTS=write.
"""

import os
import re
import shlex
from pathlib import Path

import in_process
import pytest

GUIDES = [Path(__file__).parents[2] / "docs" / name for name in ("humans.md", "sweeps.md")]
BLOCK = re.compile(r"```(console|python)\n(.*?)```", re.DOTALL)
ENDS = (0, 3)  # 3: people are waited for


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_command_of_a_guide_runs_and_prints_what_is_shown(guide, maieutic, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    text = written = guide.read_text(encoding="utf-8")
    for kind, body in BLOCK.findall(text):
        if kind == "python":
            in_process.program(Path.cwd(), body)
            continue
        made = ""
        for command in (line[2:] for line in body.splitlines() if line.startswith("$ ")):
            code, out, err = maieutic(*shlex.split(command)[1:])
            assert code in ENDS, f"{command}: {err}"
            made += f"$ {command}\n" + "".join(f"{line.rstrip()}\n" for line in out.splitlines())
        written = written.replace(body, made)
    if os.environ.get("MAIEUTIC_SNAPSHOTS") == "write":
        guide.write_text(written, encoding="utf-8")
    assert written == text or os.environ.get("MAIEUTIC_SNAPSHOTS") == "write", (
        f"{guide.name} shows something else"
    )
