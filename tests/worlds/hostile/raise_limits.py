# Raises its own limits.
# verdict: pass
# ruff: noqa
import os, resource
try:
    resource.setrlimit(resource.RLIMIT_CPU, (1 << 30, 1 << 30))
    print('ESCAPED', 'resource.setrlimit(resource.RLIMIT_CPU, (1 << 30, 1 << 30))')
except (OSError, ValueError, ImportError):
    pass
try:
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    print('ESCAPED', 'resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))')
except (OSError, ValueError, ImportError):
    pass
try:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
    print('ESCAPED', 'resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))')
except (OSError, ValueError, ImportError):
    pass
try:
    resource.setrlimit(resource.RLIMIT_NOFILE, (1 << 30, 1 << 30))
    print('ESCAPED', 'resource.setrlimit(resource.RLIMIT_NOFILE, (1 << 30, 1 << 30))')
except (OSError, ValueError, ImportError):
    pass
try:
    resource.setrlimit(resource.RLIMIT_NPROC, (1 << 30, 1 << 30))
    print('ESCAPED', 'resource.setrlimit(resource.RLIMIT_NPROC, (1 << 30, 1 << 30))')
except (OSError, ValueError, ImportError):
    pass
try:
    resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))
    print('ESCAPED', 'resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))')
except (OSError, ValueError, ImportError):
    pass
try:
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (1 << 30, 1 << 30))
    print('ESCAPED', 'resource.setrlimit(resource.RLIMIT_MEMLOCK, (1 << 30, 1 << 30))')
except (OSError, ValueError, ImportError):
    pass
try:
    resource.setrlimit(resource.RLIMIT_CPU, (-1, -1))
    print('ESCAPED', 'resource.setrlimit(resource.RLIMIT_CPU, (-1, -1))')
except (OSError, ValueError, ImportError):
    pass
try:
    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
    print('ESCAPED', 'resource.setrlimit(resource.RLIMIT_AS, (-1, -1))')
except (OSError, ValueError, ImportError):
    pass
try:
    resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
    print('ESCAPED', 'resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))')
except (OSError, ValueError, ImportError):
    pass
try:
    resource.setrlimit(resource.RLIMIT_NOFILE, (-1, -1))
    print('ESCAPED', 'resource.setrlimit(resource.RLIMIT_NOFILE, (-1, -1))')
except (OSError, ValueError, ImportError):
    pass
try:
    resource.setrlimit(resource.RLIMIT_NPROC, (-1, -1))
    print('ESCAPED', 'resource.setrlimit(resource.RLIMIT_NPROC, (-1, -1))')
except (OSError, ValueError, ImportError):
    pass
try:
    os.nice(-5)
    print('ESCAPED', 'os.nice(-5)')
except (OSError, ValueError, ImportError):
    pass
