# Leaves by exception.
# verdict: error
# tests: assert answer() == 42
# ruff: noqa
import sys
sys.exit(0)
