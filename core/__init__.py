"""maieutic: agent-based multi-role simulation whose every run can be checked against a known truth."""

from importlib.metadata import version as _version

from maieutic.episode import Episode, Stop, episode_id
from maieutic.errors import (
    InputError,
    MaieuticError,
    RunError,
    SandboxError,
    ScenarioError,
    StopRun,
    UnknownNameError,
)
from maieutic.event import Event, Usage, event_id, usable
from maieutic.identity import Frozen, canonical, digest, late_defaults, rng, seed_of
from maieutic.records import (
    Dialogue,
    Judged,
    Message,
    Pair,
    Record,
    Stepwise,
    Tool,
    ToolCall,
    faults,
    named_events,
)
from maieutic.task import Task
from maieutic.tree import Tree, path, tree

__version__ = _version("maieutic")

__all__ = [
    "Dialogue",
    "Episode",
    "Event",
    "Frozen",
    "InputError",
    "Judged",
    "MaieuticError",
    "Message",
    "Pair",
    "Record",
    "RunError",
    "SandboxError",
    "ScenarioError",
    "Stepwise",
    "Stop",
    "StopRun",
    "Task",
    "Tool",
    "ToolCall",
    "Tree",
    "UnknownNameError",
    "Usage",
    "__version__",
    "canonical",
    "digest",
    "episode_id",
    "event_id",
    "faults",
    "late_defaults",
    "named_events",
    "path",
    "rng",
    "seed_of",
    "tree",
    "usable",
]
