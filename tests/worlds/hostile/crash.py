# Crashes the interpreter.
# verdict: error
# ruff: noqa
import ctypes
ctypes.string_at(0)
