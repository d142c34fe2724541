# Looks for what programs before it left behind.
# verdict: pass
# ruff: noqa
import os
try:
    raise OSError if not os.listdir('/tmp') else None
    print('ESCAPED', "raise OSError if not os.listdir('/tmp') else None")
except (OSError, ValueError, ImportError):
    pass
try:
    raise OSError if not os.listdir('.') else None
    print('ESCAPED', "raise OSError if not os.listdir('.') else None")
except (OSError, ValueError, ImportError):
    pass
try:
    raise OSError if not os.environ else None
    print('ESCAPED', 'raise OSError if not os.environ else None')
except (OSError, ValueError, ImportError):
    pass
