# Traces other processes, or reads their memory.
# verdict: pass
# ruff: noqa
import ctypes
import platform

libc = ctypes.CDLL(None, use_errno=True)
arm = platform.machine() == "aarch64"
for numbers, args in (
    ((101, 117), (16, 1, 0, 0,)),
    ((101, 117), (16, 2, 0, 0,)),
    ((101, 117), (16, {PID}, 0, 0,)),
    ((101, 117), (0, 0, 0, 0,)),
    ((310, 270), ({PID}, 0, 0, 0, 0, 0,)),
    ((311, 271), ({PID}, 0, 0, 0, 0, 0,)),
    ((310, 270), (1, bytes(16), 1, bytes(16), 1, 0,)),
    ((434, 434), (1, 0,)),
    ((438, 438), (0, 0, 0,)),
    ((312, 272), (1, 1, 0, 0, 0,)),
):
    result = libc.syscall(numbers[arm], *args)
    if result != -1:
        print('ESCAPED', numbers, result)
