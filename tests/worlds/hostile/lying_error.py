# Raises an error that will not be shown.
# verdict: error
# tests: assert answer() == 42
# ruff: noqa
class Liar(BaseException):
    def __str__(self):
        raise SystemExit(0)
    __repr__ = __str__
def answer():
    raise Liar
