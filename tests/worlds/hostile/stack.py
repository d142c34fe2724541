# Recurses until the stack is gone.
# verdict: error
# ruff: noqa
import sys
sys.setrecursionlimit(10**9)
class Deep:
    def __repr__(self):
        return repr([self])
repr(Deep())
