# Reads what every machine has.
# verdict: pass
# ruff: noqa
try:
    open('/etc/passwd').read()
    print('ESCAPED', "open('/etc/passwd').read()")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/etc/shadow').read()
    print('ESCAPED', "open('/etc/shadow').read()")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/etc/hostname').read()
    print('ESCAPED', "open('/etc/hostname').read()")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/root/.bashrc').read()
    print('ESCAPED', "open('/root/.bashrc').read()")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/root/.ssh/id_rsa').read()
    print('ESCAPED', "open('/root/.ssh/id_rsa').read()")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/var/log/syslog').read()
    print('ESCAPED', "open('/var/log/syslog').read()")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/sys/kernel/notes','rb').read()
    print('ESCAPED', "open('/sys/kernel/notes','rb').read()")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/run/utmp','rb').read()
    print('ESCAPED', "open('/run/utmp','rb').read()")
except (OSError, ValueError, ImportError):
    pass
