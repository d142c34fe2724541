# Kills its group and session.
# verdict: pass
# ruff: noqa
import os, signal
for act in (lambda: os.killpg(0, 9), lambda: os.killpg({PID}, 9), lambda: os.killpg(os.getpgrp(), 9), lambda: signal.raise_signal(9)):
    try:
        act()
    except (ProcessLookupError, PermissionError):
        pass
