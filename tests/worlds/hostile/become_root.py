# Becomes root.
# verdict: pass
# ruff: noqa
import os
try:
    os.setuid(0) if os.getuid() else os.setuid(1)
    print('ESCAPED', 'os.setuid(0) if os.getuid() else os.setuid(1)')
except (OSError, ValueError, ImportError):
    pass
try:
    os.setgroups([0])
    print('ESCAPED', 'os.setgroups([0])')
except (OSError, ValueError, ImportError):
    pass
try:
    os.setresuid(0, 0, 1)
    print('ESCAPED', 'os.setresuid(0, 0, 1)')
except (OSError, ValueError, ImportError):
    pass
try:
    os.setresgid(1, 2, 3)
    print('ESCAPED', 'os.setresgid(1, 2, 3)')
except (OSError, ValueError, ImportError):
    pass
