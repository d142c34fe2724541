"""Every snippet of the guides is executed, page by page, in an empty folder; what a page shows is what was printed.

Write the shown outputs anew with MAIEUTIC_SNAPSHOTS=write. With MAIEUTIC_WHEEL=FILE.whl the first guide installs that
wheel in a virtual environment of its own, as its reader does.

    ```console   commands after `$ `; output that follows one must be what it prints; `# exits with N` is said where N > 0
    ```python    a program of its own, or, with title="FILE", a file; ```yaml and ```json with a title are files, too
    ```sh        installation; executed with MAIEUTIC_WHEEL only
    ```text      not executed: needs a model, a network, or is no command
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import in_process
import pytest

DOCS = Path(__file__).parents[2] / "docs"
ELSEWHERE = {"humans.md", "sweeps.md"}  # in tests/cli/test_guides.py
PAGES = [
    *sorted((DOCS / "guide").glob("*.md")),
    *(one for one in sorted(DOCS.glob("*.md")) if one.name not in ELSEWHERE),
]
BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
EXIT = re.compile(r"\s*# exits with (\d)$")
WRITE = os.environ.get("MAIEUTIC_SNAPSHOTS") == "write"
WHEEL = os.environ.get("MAIEUTIC_WHEEL")


class Reader:
    """Somebody who does what a page says, in an empty folder."""

    def __init__(self, folder, install):
        self.folder, self.python, self.maieutic = folder, sys.executable, None
        self.install = install

    def command(self, line):
        """A plain command of maieutic in this process, which saves its start; None where only a shell will do."""
        line, pipe, rest = line.partition(" | ")
        words = shlex.split(line)
        into = words[-1] if words[-2:-1] == [">"] else None
        words = words[:-2] if into else words
        both = words[-1] == "2>&1"
        words = words[:-1] if both else words
        if self.maieutic is not None or words[0] != "maieutic" or {">", "&&", ";"} & set(words):
            return None
        done = in_process.maieutic(self.folder, *words[1:])
        if both:
            done = subprocess.CompletedProcess(words, done.returncode, done.stdout + done.stderr, "")
        if pipe:
            return subprocess.run(
                ["bash", "-c", rest],
                cwd=self.folder,
                input=done.stdout,
                capture_output=True,
                text=True,
                check=False,
            )
        if into:
            (self.folder / into).write_text(done.stdout)
            done.stdout = ""
        return done

    def shell(self, line):
        """Do what a line says: what came of it, and what it would show."""
        done = self.command(line) or self.outside(line)
        said = done.stdout + "".join(
            line
            for line in done.stderr.splitlines(keepends=True)
            if line.startswith("maieutic:") or "written" in line
        )
        return done, "".join(f"{line.rstrip()}\n" for line in said.splitlines())

    def outside(self, line):
        tools = self.folder / ".tools"
        if not tools.exists():
            tools.mkdir()
            if self.maieutic is None:
                script = f'#!/bin/sh\nexec {shlex.quote(self.python)} -c "from maieutic.cli import main; main()" "$@"\n'
            else:
                script = f'#!/bin/sh\nexec {shlex.quote(str(self.maieutic))} "$@"\n'
            for name, text in (
                ("maieutic", script),
                ("python", f'#!/bin/sh\nexec {shlex.quote(self.python)} "$@"\n'),
            ):
                (tools / name).write_text(text)
                (tools / name).chmod(0o755)
        environment = {**os.environ, "COLUMNS": "100", "PATH": f"{tools}:{os.environ['PATH']}"}
        environment["PYTEST_ADDOPTS"] = "-p no:cacheprovider"
        return subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def console(self, body):
        """Do what a block says, and give back how it would look with what was printed."""
        made, shown = [], None
        for line in body.splitlines():
            if not line.startswith("$ "):
                if shown is not None:
                    made.append(shown)  # the whole output, in place of what stands there
                    shown = None
                continue
            command, code = line[2:], EXIT.search(line)
            done, shown = self.shell(EXIT.sub("", command))
            assert done.returncode == (int(code[1]) if code else 0), f"{line}\n{done.stdout}\n{done.stderr}"
            made.append(f"{line}\n")
        return "".join(made)

    def block(self, kind, title, body):
        if title is not None:
            (self.folder / title).write_text(body)
        elif kind == "console":
            return self.console(body)
        elif kind == "sh" and self.install:
            for line in body.splitlines():
                subprocess.run(
                    [
                        "bash",
                        "-c",
                        line.replace("install maieutic", f"install -q {shlex.quote(self.install)} pytest"),
                    ],
                    cwd=self.folder,
                    check=True,
                )
            self.python, self.maieutic = (
                str(self.folder / ".venv/bin/python"),
                self.folder / ".venv/bin/maieutic",
            )
        elif kind == "python" and self.maieutic is None:
            in_process.program(self.folder, body)
        elif kind == "python":
            done = subprocess.run(
                [self.python, "-W", "error", "-c", body],
                cwd=self.folder,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
        else:
            assert kind in ("sh", "text", "toml"), (
                f"a block of {kind} is not executed: give it a title, or call it text"
            )
        return body


def followed(page, folder, install=None):
    """The page's text with what was printed in place of what it shows."""
    reader, text = Reader(folder, install), page.read_text(encoding="utf-8")

    def done(found):
        kind, title, body = found[1], found[2], found[3]
        head = f"```{kind}" + (f' title="{title}"' if title else "")
        return f"{head}\n{reader.block(kind, title, body)}```"

    return BLOCK.sub(done, text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_snippet_runs_and_prints_what_is_shown(page, tmp_path):
    made = followed(page, tmp_path)
    if WRITE:
        page.write_text(made, encoding="utf-8")
        return
    assert made == page.read_text(encoding="utf-8"), f"{page.name} shows something else than was printed"


@pytest.mark.skipif(not WHEEL, reason="MAIEUTIC_WHEEL names no wheel; .ci/heavy-docs builds one")
def test_the_ten_minute_guide_from_an_empty_folder_with_the_built_wheel(tmp_path):
    page = DOCS / "guide" / "first.md"
    assert followed(page, tmp_path, install=str(Path(WHEEL).resolve())) == page.read_text(encoding="utf-8")
    assert (tmp_path / ".venv/bin/maieutic").exists()
    assert (tmp_path / "pairs.jsonl").read_text().count("\n") > 5
