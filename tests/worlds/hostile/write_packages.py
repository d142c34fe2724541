# Plants a module where programs to come would find it.
# verdict: pass
# ruff: noqa
import os
try:
    open('/packages/0/hostile.py', 'w').write('x')
    print('ESCAPED', "open('/packages/0/hostile.py', 'w').write('x')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/packages/hostile.py', 'w').write('x')
    print('ESCAPED', "open('/packages/hostile.py', 'w').write('x')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/sandbox/hostile.py', 'w').write('x')
    print('ESCAPED', "open('/sandbox/hostile.py', 'w').write('x')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/hostile.py', 'w').write('x')
    print('ESCAPED', "open('/hostile.py', 'w').write('x')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/usr/lib/hostile.py', 'w').write('x')
    print('ESCAPED', "open('/usr/lib/hostile.py', 'w').write('x')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/etc/hostile.py', 'w').write('x')
    print('ESCAPED', "open('/etc/hostile.py', 'w').write('x')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/dev/hostile.py', 'w').write('x')
    print('ESCAPED', "open('/dev/hostile.py', 'w').write('x')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/lib/hostile.py', 'w').write('x')
    print('ESCAPED', "open('/lib/hostile.py', 'w').write('x')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.mkdir('/hostile')
    print('ESCAPED', "os.mkdir('/hostile')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.symlink('/tmp', '/sandbox/x')
    print('ESCAPED', "os.symlink('/tmp', '/sandbox/x')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/sandbox/zygote.py', 'r+').write('x')
    print('ESCAPED', "open('/sandbox/zygote.py', 'r+').write('x')")
except (OSError, ValueError, ImportError):
    pass
