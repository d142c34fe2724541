# Makes a program that runs as root.
# verdict: pass
# ruff: noqa
import os
with open("tool", "wb") as file:
    file.write(b"#!/bin/sh\n")
try:
    os.chmod("tool", 0o6777)
    os.execv("./tool", ["tool"])
    print("ESCAPED")
except OSError:
    pass
