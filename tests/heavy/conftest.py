"""What heavy tests share: a tiny Llama made on the spot, and one engine over it. All are skipped without vLLM."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.heavy)
            item.add_marker(pytest.mark.filterwarnings("ignore"))  # those of vLLM, torch and transformers
            if find_spec("vllm") is None:
                item.add_marker(
                    pytest.mark.skip(reason="vllm is not installed; .ci/heavy-vllm runs these tests")
                )


@pytest.fixture(scope="session", autouse=True)
def settings():
    for name, value in {
        "HF_HUB_OFFLINE": "1",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_LOGGING_LEVEL": "ERROR",
        "VLLM_NO_USAGE_STATS": "1",
    }.items():
        os.environ.setdefault(name, value)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    from tiny_llama import make

    return str(make(tmp_path_factory.mktemp("tiny-llama")))


@pytest.fixture(scope="session")
def engine(tiny):
    """One engine for the whole session."""
    import asyncio

    from tiny_llama import OPTIONS

    from maieutic.agents.models.vllm import open_vllm

    opened = open_vllm(tiny, OPTIONS)
    yield opened
    asyncio.run(opened.close())
