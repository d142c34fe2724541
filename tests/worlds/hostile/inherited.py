# Uses descriptors that it may have inherited.
# verdict: pass
# ruff: noqa
import os, socket
for fd in range(256):
    try:
        os.fstat(fd)
    except OSError:
        continue
    if fd > 3:
        print("ESCAPED", fd)
    try:
        socket.socket(fileno=fd).send(b"stop")
        print("ESCAPED", fd)
    except OSError:
        pass
    try:
        os.fchdir(fd)
        print("ESCAPED", fd)
    except OSError:
        pass
