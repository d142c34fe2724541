"""A PostgreSQL server of the tests' own, or a reason why there is none."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path


def programs():
    """The folder of the server's programs; None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    if found:
        return found[0].parent
    there = shutil.which("initdb")
    return None if there is None else Path(there).resolve().parent


def missing():
    """Why no server can be had; None where one can."""
    if find_spec("psycopg") is None:
        return "psycopg is not installed (pip install 'maieutic[postgres]')"
    return "no PostgreSQL server is installed (apt install postgresql)" if programs() is None else None


@contextmanager
def running():
    """A server in a folder of its own; gives the address of its database."""
    bin = programs()
    folder = Path(tempfile.mkdtemp(prefix="maieutic-pg-"))
    user = ()
    if os.getuid() == 0:  # the server refuses to be root
        user = ("runuser", "-u", "postgres", "--")
        shutil.chown(folder, "postgres")

    def do(*command):
        subprocess.run([*user, *map(str, command)], cwd=folder, check=True, capture_output=True, timeout=60)

    try:
        do(bin / "initdb", "-D", folder / "data", "-A", "trust", "-U", "maieutic", "--no-sync", "-E", "UTF8")
        options = f"-k {folder} -c listen_addresses='' -c shared_buffers=32MB -c max_connections=40"
        do(bin / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-o", options, "-w", "start")
        try:
            yield f"postgresql://maieutic@/postgres?host={folder}"
        finally:
            do(bin / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
