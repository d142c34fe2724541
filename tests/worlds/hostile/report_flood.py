# Floods the channel of reports.
# verdict: limit output
# ruff: noqa
import os
while True:
    os.write(3, b'x' * 65536)
