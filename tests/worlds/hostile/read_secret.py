# Looks for a secret in every descriptor, and sends it back.
# verdict: error
# tests: assert answer() == 42
# ruff: noqa
import os
for fd in range(64):
    try:
        os.set_blocking(fd, False)
        secret = os.pread(fd, 16, 0) if fd else b''
    except OSError:
        secret = b''
    try:
        secret = secret or os.read(fd, 16)
    except OSError:
        pass
    try:
        os.write(3, secret)
    except OSError:
        pass
os._exit(0)
