"""Commands of maieutic and programs of Python as a reader types them in a folder, done in this process.

A start of an interpreter takes seconds, and what it does before the first line is the same each time. Whatever is about a
process (signals, closed pipes, what another process makes) is tested with one of its own.
"""

import io
import os
import runpy
import subprocess
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from maieutic.cli import main


@contextmanager
def _standing_in(folder):
    """In `folder`, with nothing to read, what is written kept, and what is imported from there forgotten afterwards."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("COLUMNS", "100")
        patch.syspath_prepend(folder)
        patch.setattr(sys, "stdin", io.StringIO())
        with redirect_stdout(out), redirect_stderr(err):
            yield out, err, patch
    home = str(Path(folder).resolve())
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(home):
            del sys.modules[name]


def maieutic(folder, *words):
    """`maieutic WORDS` in `folder`: its exit code and what it wrote."""
    with _standing_in(folder) as (out, err, patch):
        patch.setattr(sys, "argv", ["maieutic", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
    return CompletedProcess(words, ended.value.code, out.getvalue(), err.getvalue())


def here_and_elsewhere(folder, text, *hash_seeds):
    """What the program `text` writes here and in a process with each of the hash seeds; this one has one of its own."""
    yield program(folder, text).stdout
    for seed in hash_seeds:
        yield subprocess.run(
            [sys.executable, "-c", text],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        ).stdout


def program(folder, text):
    """The program `text` in `folder`, any warning an error: what it wrote; an error passes through."""
    file = Path(folder) / ".program.py"
    file.write_text(text, encoding="utf-8")
    with _standing_in(folder) as (out, err, _):
        runpy.run_path(str(file), run_name="__main__")
    file.unlink()
    return CompletedProcess([file], 0, out.getvalue(), err.getvalue())
