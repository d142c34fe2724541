# Writes into the interpreter and its library.
# verdict: pass
# ruff: noqa
import json, os
try:
    open(json.__file__, 'a').write('x')
    print('ESCAPED', "open(json.__file__, 'a').write('x')")
except (OSError, ValueError, ImportError):
    pass
try:
    open(os.__file__, 'r+').write('x')
    print('ESCAPED', "open(os.__file__, 'r+').write('x')")
except (OSError, ValueError, ImportError):
    pass
try:
    open(os.path.dirname(os.__file__) + '/hostile.py', 'w').write('x')
    print('ESCAPED', "open(os.path.dirname(os.__file__) + '/hostile.py', 'w').write('x')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.remove(json.__file__)
    print('ESCAPED', 'os.remove(json.__file__)')
except (OSError, ValueError, ImportError):
    pass
try:
    os.rename(os.__file__, os.__file__ + 'x')
    print('ESCAPED', "os.rename(os.__file__, os.__file__ + 'x')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.chmod(json.__file__, 0o777)
    print('ESCAPED', 'os.chmod(json.__file__, 0o777)')
except (OSError, ValueError, ImportError):
    pass
try:
    os.utime(json.__file__)
    print('ESCAPED', 'os.utime(json.__file__)')
except (OSError, ValueError, ImportError):
    pass
