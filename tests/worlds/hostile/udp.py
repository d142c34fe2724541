# Sends without a connection.
# verdict: pass
# ruff: noqa
import socket
try:
    socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {PORT}))
    print('ESCAPED', "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {PORT}))")
except (OSError, ValueError, ImportError):
    pass
try:
    socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('8.8.8.8', 53))
    print('ESCAPED', "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('8.8.8.8', 53))")
except (OSError, ValueError, ImportError):
    pass
