# Reads a file of the user.
# verdict: pass
# ruff: noqa
try:
    open('{CANARY}').read()
    print('ESCAPED', "open('{CANARY}').read()")
except (OSError, ValueError, ImportError):
    pass
