"""What a benchmark ran on, in one line; every benchmark prints it first."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def machine(*packages: str) -> str:
    facts = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    lines = [line for line in facts.splitlines() if line.startswith("model name")]
    model = lines[0].split(":")[1].strip() if lines else platform.processor() or platform.machine()
    named = ", ".join(f"{name} {version(name)}" for name in ("maieutic", "langgraph", *packages))
    cores = len(os.sched_getaffinity(0))
    system = f"{platform.system()} {platform.release()}"
    return f"on {cores} cores ({model}), {system}, Python {platform.python_version()}, {named}"
