"""Form: what may stand in the YAML file of a scenario, key by key, as pydantic models.

Knows nothing of how it is played. The JSON Schema for editors is made from these models
(`maieutic schema`, docs/scenario.schema.json).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from maieutic import Stop

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
RoleName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$")]
Condition = Annotated[
    str, Field(description="An expression, such as check.verdict == 'yes' and count(revise) < 3")
]
Number = int | float
Kind = Literal["text", "number", "integer", "boolean", "choice", "list"]


class Form(BaseModel):
    """Base: exact keys, none left over."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _field(value: Any) -> Any:
    if isinstance(value, str):
        return {"type": value}
    return {"type": "choice", "choices": value} if isinstance(value, list) else value


class FieldForm(Form):
    """A field of an answer; a bare word is its type, a bare list its choices."""

    type: Kind = "text"
    choices: tuple[str, ...] = Field((), description="What a choice is made of")
    of: Literal["text", "number", "integer", "boolean"] = Field("text", description="What a list holds")
    min: Number | None = Field(None, description="Least number, or least length of a text or a list")
    max: Number | None = Field(None, description="Greatest number, or greatest length of a text or a list")
    private: bool = Field(False, description="Kept in the log, never shown to another role")
    optional: bool = Field(False, description="May be null")
    says: str = Field("", description="What a model is told of it")


class SamplingForm(Form):
    """How a model samples in a role."""

    temperature: float | None = Field(None, ge=0)
    top_p: float | None = Field(None, gt=0, le=1)
    top_k: int | None = Field(None, ge=1)
    max_tokens: int | None = Field(None, ge=1)
    stop: tuple[str, ...] = ()


class RoleForm(Form):
    """What a seat may know and must say."""

    use: str | None = Field(
        None, description="A role that exists: an installed name, module:NAME or path.py:NAME"
    )
    brief: str = Field("", description="What a language model is told")
    sees: tuple[Name, ...] = Field((), description="The fields that it may be shown")
    hidden: tuple[str, ...] = Field(
        (), description="What it must never see: fields of the task, or NODE.field"
    )
    knows: tuple[Name, ...] = Field((), description="What a simulated player is granted of the truth")
    answer: dict[Name, Annotated[FieldForm, BeforeValidator(_field)]] = Field(
        default_factory=dict, description="The fields of its answer"
    )
    sampling: SamplingForm = SamplingForm()


class EdgeForm(Form):
    """Where to go from a node; the first edge whose condition holds is taken."""

    condition: Condition | None = Field(None, alias="if")
    go: Name | None = Field(None, description="The next node")
    stop: Stop | None = Field(None, description="Why the episode ends")


def _edges(value: Any) -> Any:
    several = value if isinstance(value, list) else [value]
    return [{"go": one} if isinstance(one, str) else one for one in several]


class NodeForm(Form):
    """One question to a seat."""

    ask: RoleName = Field(description="The role that is asked")
    times: Annotated[int, Field(ge=1)] | Name = Field(
        1, description="Turns side by side; a number or a parameter"
    )
    each: Name | None = Field(None, description="One question for each usable turn of that node's last visit")
    show: dict[Name, str | Number | bool] = Field(
        default_factory=dict, description="Field that the role sees -> expression, beside the task's fields"
    )
    answers: str | None = Field(
        None, description="The turn that it answers, by default the last one; `episode` for none"
    )
    most: Annotated[int, Field(ge=1)] | Name | None = Field(
        None, description="Visits in an episode at the most; every loop needs a node with it"
    )
    over: Stop = Field(Stop.TURNS, description="Why the episode ends where a visit too many is due")
    next: Annotated[tuple[EdgeForm, ...], BeforeValidator(_edges)] = Field((), description="Where to go")


class BudgetForm(Form):
    """Bounds on a whole episode; reached, it stops with `budget`."""

    turns: int | None = Field(None, ge=1)
    calls: int | None = Field(None, ge=1)
    tokens: int | None = Field(None, ge=1)


class ParameterForm(Form):
    """A parameter, changed by `--param`; a bare value is its default."""

    default: bool | int | float | str
    min: Number | None = None
    max: Number | None = None
    choices: tuple[str, ...] = ()
    says: str = ""


class RuleForm(Form):
    """A value of an answer, and when it is given."""

    condition: Condition | None = Field(None, alias="if")
    say: JsonValue


class CastForm(Form):
    """Who takes a seat, where one line does not say it."""

    script: list[dict[str, JsonValue]] | dict[RoleName, list[dict[str, JsonValue]]] | None = Field(
        None, description="Answers in order, of the seat's one role or of each"
    )
    program: dict[RoleName, dict[Name, Condition | list[RuleForm]]] | None = Field(
        None,
        description="Role -> field of its answer -> an expression over the fields that it sees, or rules",
    )


class TasksForm(Form):
    """The tasks that the scenario brings."""

    source: str | None = Field(
        None, alias="from", description="A file of records beside this one, or WORLD:N"
    )
    fields: tuple[Name, ...] = Field((), description="The fields without which a task cannot be played")
    map: dict[Name, str] = Field(default_factory=dict, description="Field of a task -> key of a record")
    truth: dict[Name, str] = Field(
        default_factory=dict, description="What nobody is shown and measures may use -> key of a record"
    )


class PaperForm(Form):
    """What the scenario follows."""

    title: str
    year: int
    reference: str = ""


class PairForm(Form):
    """Two answers to one prompt of which one was judged better."""

    purpose: str = "prefer"
    prompt: str = Field("task.prompt", description="Expression")
    between: Name | None = Field(
        None, description="A node whose best turn by `by` is chosen, and its worst rejected"
    )
    chosen: str | None = Field(None, description="A turn: a node, first(node), latest(a, b), best(node, by)")
    rejected: str | None = None
    by: Condition = Field(description="What each of the two is worth; nodes that answered it are meant")
    text: Name = Field("text", description="The field that holds the answer's text")
    condition: Condition | None = Field(None, alias="if")


class DialogueForm(Form):
    """A conversation to imitate."""

    purpose: str = "tutor"
    system: str | None = Field(None, description="Expression")
    opening: str | None = Field(None, description="Expression, said by the user before the first turn")
    user: tuple[str, ...] = Field((), description="Seats that speak as the user")
    assistant: tuple[str, ...] = Field(description="Seats that speak as the assistant")
    train: tuple[str, ...] = Field((), description="Seats to learn from; by default the assistant's")
    text: Name = "text"
    condition: Condition | None = Field(None, alias="if")


class JudgedForm(Form):
    """Answers with a verdict and the words that justify it, one for each turn of `critique`."""

    purpose: str = "judge"
    prompt: str = Field("task.prompt", description="Expression")
    critique: Name = Field(description="The node whose turns judge the turns that they answer")
    verdict: Condition = Field(description="Whether the answer was judged good")
    text: Name = "text"
    condition: Condition | None = Field(None, alias="if")


class StepwiseForm(Form):
    """A worked answer in steps, each labelled right or wrong."""

    purpose: str = "steps"
    prompt: str = Field("task.prompt", description="Expression")
    steps: str = Field(description="NODE.field that holds a list of texts")
    labels: str = Field(description="NODE.field that holds as many booleans")
    condition: Condition | None = Field(None, alias="if")


class RecordForm(Form):
    """One kind of record; exactly one of these."""

    pair: PairForm | None = None
    dialogue: DialogueForm | None = None
    judged: JudgedForm | None = None
    stepwise: StepwiseForm | None = None


class DecisionForm(Form):
    """What an episode decided, beside what is true; one for each usable turn of a node."""

    of: Name = Field(description="The node that decides")
    said: Condition
    true: Condition


def _parameter(value: Any) -> Any:
    return value if isinstance(value, dict) else {"default": value}


class ScenarioForm(Form):
    """A scenario without code."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    summary: str
    paper: PaperForm | None = None
    world: str = Field(
        "records", description="Where tasks come from by default: an installed world, or `records`"
    )
    parameters: dict[Name, Annotated[ParameterForm, BeforeValidator(_parameter)]] = Field(
        default_factory=dict
    )
    roles: dict[RoleName, RoleForm] = Field(min_length=1)
    start: Name
    nodes: dict[Name, NodeForm] = Field(min_length=1)
    budget: BudgetForm = BudgetForm()
    cast: dict[Name, str | CastForm] = Field(default_factory=dict)
    strangers: tuple[tuple[Name, Name], ...] = Field(
        (), description="Pairs of seats, a judge and a writer, that models of one family should not take"
    )
    tasks: TasksForm = TasksForm()
    records: tuple[RecordForm, ...] = ()
    measures: dict[Name, Condition] = Field(default_factory=dict)
    decisions: dict[Name, DecisionForm] = Field(default_factory=dict)
