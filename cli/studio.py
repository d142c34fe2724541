"""Studio on the command line: what `langgraph dev` and Studio need to open every scenario.

Knows nothing of the server.
"""

from __future__ import annotations


def print_settings() -> None:
    """Print a langgraph.json that opens every installed scenario in `langgraph dev` and Studio."""
    from maieutic.runs.studio import settings, written

    print(written(settings()), end="")
