# Becomes another program.
# verdict: pass
# ruff: noqa
import os, sys
try:
    os.execv('/bin/sh', ['sh', '-c', 'echo ESCAPED'])
    print('ESCAPED', "os.execv('/bin/sh', ['sh', '-c', 'echo ESCAPED'])")
except (OSError, ValueError, ImportError):
    pass
try:
    os.execv('/lib64/ld-linux-x86-64.so.2', ['ld', '--help'])
    print('ESCAPED', "os.execv('/lib64/ld-linux-x86-64.so.2', ['ld', '--help'])")
except (OSError, ValueError, ImportError):
    pass
try:
    os.execve(3, ['x'], {})
    print('ESCAPED', "os.execve(3, ['x'], {})")
except (OSError, ValueError, ImportError):
    pass
try:
    os.execv(sys.base_prefix + '/bin/python3', ['python3', '-c', 'print("ESCAPED")'])
    print('ESCAPED', 'os.execv(sys.base_prefix + \'/bin/python3\', [\'python3\', \'-c\', \'print("ESCAPED")\'])')
except (OSError, ValueError, ImportError):
    pass
