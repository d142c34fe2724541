"""The page in a process of its own, as a person starts it, and runs to look at."""

import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager


def maieutic(*arguments, **options):
    """The command line, in a process of its own."""
    return [sys.executable, "-c", "from maieutic.cli import main; main()", *map(str, arguments)]


def ran(*arguments):
    done = subprocess.run(maieutic(*arguments), capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode in (0, 3), done.stderr


@contextmanager
def served(folder, *options):
    """`maieutic view` on a free port; gives its address."""
    command = maieutic("view", folder, "--port", 0, *options)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            line = process.stderr.readline()
            assert line.startswith("open http"), line
            yield line.split()[1]
        finally:
            process.terminate()


def caught_up(address, slug, episodes):
    """Waits until the index has all episodes of a run, records and decisions included."""
    for _ in range(1600):
        with urllib.request.urlopen(f"{address}run/{slug}") as answer:
            text = answer.read().decode()
        if (
            "in the index so far" not in text
            and "still to be counted" not in text
            and f">{episodes:,}<" in text
        ):
            return
        time.sleep(0.25)
    raise AssertionError(f"the index of {slug} is not complete")
