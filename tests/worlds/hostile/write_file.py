# Writes over a file of the user.
# verdict: pass
# ruff: noqa
try:
    open('{CANARY}', 'w').write('x')
    print('ESCAPED', "open('{CANARY}', 'w').write('x')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('{CANARY}', 'a').write('x')
    print('ESCAPED', "open('{CANARY}', 'a').write('x')")
except (OSError, ValueError, ImportError):
    pass
