# Stops itself, so that no clock of processor time runs.
# verdict: limit wall
# ruff: noqa
import signal, time
signal.pause()
