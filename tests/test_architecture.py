"""The shape of the package: who may import whom, and that every folder reaches the wheel."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ORDER = ["core", "worlds", "roles", "agents", "graphs", "scenarios", "runs", "traces", "exports", "cli"]
SIDE_BY_SIDE = {("exports", "traces")}  # neither may import the other
ONLY_IN = {
    "langgraph": ("graphs/", "scenarios/play.py", "agents/human.py", "runs/studio.py"),
    "langchain_core": ("agents/models/", "graphs/walk.py"),
    "langchain": ("agents/models/",),
    "vllm": ("agents/models/",),
    "aiohttp": ("agents/models/",),
    "psycopg": ("runs/postgres.py",),
    "ray": ("runs/cluster.py",),
    "typer": ("cli/",),
    "rich": ("cli/", "traces/"),
    "htpy": ("traces/",),
    "starlette": ("traces/view/",),
    "uvicorn": ("traces/view/",),
    "opentelemetry": ("traces/spans.py",),
    "networkx": ("core/", "scenarios/", "traces/"),
    "yaml": ("scenarios/written/", "agents/models/"),
}
HEAVY = {"vllm", "ray", "torch", "transformers", "aiohttp", "langchain", "pandas", "datasets", "psycopg"}


def modules():
    for folder in ORDER:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imports(tree):
    """(module, is it at the top level) for each import of a module's source."""
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module, id(node) in top
            if node.module == "maieutic":
                yield from ((f"maieutic.{alias.name}", id(node) in top) for alias in node.names)
            else:
                yield from ((f"{node.module}.{alias.name}", id(node) in top) for alias in node.names)


def layer(name):
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in ORDER else "core"


@pytest.mark.parametrize("file", list(modules()), ids=lambda file: str(file.relative_to(ROOT)))
def test_data_flows_one_way(file):
    place = str(file.relative_to(ROOT))
    home = place.split("/")[0]
    for name, top in imports(ast.parse(file.read_text(encoding="utf-8"))):
        package = name.split(".")[0]
        if package == "maieutic":
            there = layer(name)
            assert ORDER.index(there) <= ORDER.index(home), (
                f"{place} imports {name}: {there} comes after {home}"
            )
            assert (home, there) not in SIDE_BY_SIDE, f"{place} imports {name}"
            continue
        if package in ONLY_IN:
            assert place.startswith(ONLY_IN[package]), (
                f"{place} imports {package}, allowed in {ONLY_IN[package]}"
            )
        if package in HEAVY:
            assert not top, (
                f"{place} imports {package} at its top; heavy parts are imported where they are used"
            )


@pytest.mark.parametrize("file", sorted((ROOT / "scenarios").glob("*.py")), ids=lambda file: file.name)
def test_no_scenario_imports_another(file):
    frame = {
        "__init__",
        "scenario",
        "lesson",
        "ratings",
        "retention",
        "outer",
        "outside",
        "play",
        "pooled",
        "catalogue",
    }
    named = {one.stem for one in (ROOT / "scenarios").glob("*.py")} - frame
    for name, _ in imports(ast.parse(file.read_text(encoding="utf-8"))):
        parts = name.split(".")
        if parts[:2] == ["maieutic", "scenarios"] and len(parts) > 2:
            assert parts[2] not in named, f"{file.name} imports scenario {parts[2]}"


@pytest.mark.parametrize("file", sorted((ROOT / "graphs").glob("*.py")), ids=lambda file: file.name)
def test_graphs_see_the_agent_protocol_and_never_a_concrete_agent(file):
    for name, _ in imports(ast.parse(file.read_text(encoding="utf-8"))):
        assert not name.startswith(
            ("maieutic.agents.simulated", "maieutic.agents.models", "maieutic.agents.scripted")
        )


def test_every_folder_of_the_package_is_listed():
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    found = set()
    for folder in ORDER:
        for init in (ROOT / folder).rglob("__init__.py"):
            parts = init.parent.relative_to(ROOT).parts
            found.add(".".join(["maieutic", *(parts[1:] if parts[0] == "core" else parts)]))
    assert set(setup["packages"]) == found
    assert set(setup["package-dir"]) == {"maieutic", *(f"maieutic.{folder}" for folder in ORDER[1:])}


def test_every_folder_with_modules_is_a_package():
    for file in modules():
        assert (file.parent / "__init__.py").exists(), f"{file.parent} has modules but no __init__.py"


def test_every_module_says_what_it_is():
    for file in modules():
        doc = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
        assert doc, f"{file.relative_to(ROOT)} has no docstring"
        assert len(doc.splitlines()[0]) > 15, f"{file.relative_to(ROOT)} hardly says what it is"


def test_all_that_the_public_face_names_exists():
    import maieutic

    for name in maieutic.__all__:
        assert getattr(maieutic, name) is not None


def test_no_two_scenarios_share_a_block_of_logic():
    """What two of them need stands once, where both find it: no function of one is another's, word for word."""
    found = {}
    for file in sorted((ROOT / "scenarios").glob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                body = [one for one in node.body if not _is_docstring(one)]
                if len(ast.dump(ast.Module(body, []))) > 150:  # more than a constant given back
                    found.setdefault(ast.dump(ast.Module(body, [])), []).append(f"{file.name}: {node.name}")
    assert [places for places in found.values() if len(places) > 1] == []


def _is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
