# Deletes and renames files of the user.
# verdict: pass
# ruff: noqa
import os
try:
    os.remove('{CANARY}')
    print('ESCAPED', "os.remove('{CANARY}')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.rename('{CANARY}', '/tmp/x')
    print('ESCAPED', "os.rename('{CANARY}', '/tmp/x')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.chmod('{CANARY}', 0)
    print('ESCAPED', "os.chmod('{CANARY}', 0)")
except (OSError, ValueError, ImportError):
    pass
try:
    os.truncate('{CANARY}', 0)
    print('ESCAPED', "os.truncate('{CANARY}', 0)")
except (OSError, ValueError, ImportError):
    pass
