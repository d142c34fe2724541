# Takes capabilities back.
# verdict: pass
# ruff: noqa
import ctypes
import platform

libc = ctypes.CDLL(None, use_errno=True)
arm = platform.machine() == "aarch64"
for numbers, args in (
    ((126, 91), ((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6),)),
    ((157, 167), (24, 0, 0, 0, 0,)),
    ((157, 167), (47, 2, 21, 0, 0,)),
    ((157, 167), (28, 0, 0, 0, 0,)),
):
    result = libc.syscall(numbers[arm], *args)
    if result != -1:
        print('ESCAPED', numbers, result)
