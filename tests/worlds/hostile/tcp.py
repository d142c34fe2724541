# Talks to a server on this machine.
# verdict: pass
# ruff: noqa
import socket
try:
    socket.create_connection(('127.0.0.1', {PORT}), 1)
    print('ESCAPED', "socket.create_connection(('127.0.0.1', {PORT}), 1)")
except (OSError, ValueError, ImportError):
    pass
try:
    socket.create_connection(('localhost', {PORT}), 1)
    print('ESCAPED', "socket.create_connection(('localhost', {PORT}), 1)")
except (OSError, ValueError, ImportError):
    pass
try:
    socket.socket(socket.AF_INET6)
    print('ESCAPED', 'socket.socket(socket.AF_INET6)')
except (OSError, ValueError, ImportError):
    pass
try:
    socket.create_server(('0.0.0.0', 0))
    print('ESCAPED', "socket.create_server(('0.0.0.0', 0))")
except (OSError, ValueError, ImportError):
    pass
