# Kills everything that it can reach.
# verdict: pass
# ruff: noqa
import os, signal
for pid in (-1, 1, 0, 2, 3, os.getppid(), {PID}, -{PID}):
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
