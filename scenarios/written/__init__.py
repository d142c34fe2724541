"""Written: scenarios without code, one YAML file each."""

from maieutic.scenarios.written.build import build
from maieutic.scenarios.written.file import form_of, load, schema
from maieutic.scenarios.written.form import ScenarioForm

__all__ = ["ScenarioForm", "build", "form_of", "load", "schema"]
