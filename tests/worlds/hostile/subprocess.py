# Starts a shell.
# verdict: limit processes
# ruff: noqa
import subprocess
print(subprocess.run(['/bin/sh', '-c', 'echo ESCAPED'], capture_output=True))
