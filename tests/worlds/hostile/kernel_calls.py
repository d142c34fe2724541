# Tries calls that kernels were broken with.
# verdict: pass
# ruff: noqa
import ctypes
import platform

libc = ctypes.CDLL(None, use_errno=True)
arm = platform.machine() == "aarch64"
for numbers, args in (
    ((321, 280), (0, 0, 0,)),
    ((298, 241), (0, 0, -1, -1, 0,)),
    ((323, 282), (0,)),
    ((425, 425), (8, bytes(120),)),
    ((250, 219), (0, -1, 0,)),
    ((248, 217), (b'user', b'x', b'y', 1, -1,)),
    ((304, 265), (-100, 0, 0,)),
    ((303, 264), (-100, b'/', bytes(128), bytes(4), 0,)),
    ((246, 104), (0, 0, 0, 0,)),
    ((175, 105), (0, 0, 0,)),
    ((313, 273), (0, 0, 0,)),
    ((169, 142), (0, 0, 0, 0,)),
    ((103, 116), (3, 0, 0,)),
    ((135, 92), (0xFFFFFFFF,)),
    ((319, 279), (b'x', 0,)),
    ((447, 447), (0,)),
    ((29, 194), (0, 4096, 0o1600,)),
    ((68, 186), (0, 0o1600,)),
    ((240, 180), (b'x', 0o102, 0o600, 0,)),
    ((300, 262), (0, 0,)),
    ((227, 112), (0, bytes(16),)),
    ((170, 161), (b'x', 1,)),
    ((163, 89), (0,)),
    ((206, 0), (1, bytes(8),)),
):
    result = libc.syscall(numbers[arm], *args)
    if result != -1:
        print('ESCAPED', numbers, result)
