# Waits for ever.
# verdict: limit wall
# ruff: noqa
import time
time.sleep(1000)
