"""Numbers that papers and their code give, held to the defaults of parameters, of sampling, and of training."""

import pytest

from maieutic.roles.role import OURS
from maieutic.scenarios import catalogue

PARAMETERS = {
    "class-spock": {},
    "learn-to-reason": {"samples": 4, "positives": 10, "negatives": 4, "plain": 1},
    "arte": {
        "seeds": 3,
        "probes": 40,
        "share": 0.25,
        "question_pairs": 50,
        "rationale_pairs": 250,
        "items": 100,
    },
    "tapir": {"threshold": 2.0, "both_orders": True},
    "learning-by-teaching": {"samples": 8, "exams": 3, "sittings": 3, "shots": 4},
    "tree-instruct": {"tries": 3, "deepest": 7, "edit_between_targets": False},
    "decrim": {"final": "last"},
    "tick-stick": {"ticking": "each"},
    "sciglm": {"tries": 3, "comparisons": 10, "threshold": 0.0},
    "automathcritique": {"samples": 5, "keep": 1, "margin": 2},
    "supercorrect": {},
    "spar": {
        "responses": 5,
        "votes": 5,
        "retries": 3,
        "branch": 3,
        "keep": 2,
        "depth": 3,
        "gate": 0.5,
        "budget": 1000,
        "order": "breadth",
        "pick": "greedy",
        "refinements": 4000,
        "tree_passed": 1500,
        "tree_failed": 1000,
        "first_failed": 500,
        "first_passed": 2500,
    },
    "alpaca-farm": {"samples": 4, "n": 16, "label_noise": 0.25},
    "self-judge": {},
    "codeclm": {"words": 3},
}
NOT_FOUND = {  # what had to be chosen, by the sheets of the systems or because nothing is told
    "class-spock": {"attempts": 3},
    "learn-to-reason": {"keep": 0.1},
    "arte": {"gap": 1.0},
    "tapir": {"alpha": 0.3, "step": 0.2, "weight": 1.5},
    "learning-by-teaching": {"pairs": 4},
    "tree-instruct": {"target_turns": 20, "teachings": 12, "turns": 60},
    "decrim": {"rounds": 10, "repeats": 2},
    "tick-stick": {"fewest": 2, "most": 8, "rounds": 4, "n": 8, "guard": True},
    "sciglm": {"informed": True, "digits": 3},
    "automathcritique": {"refinements": 10, "least": 3},
    "supercorrect": {"inspector": "separate", "inspections": 3},
    "spar": {"mode": "given"},
    "alpaca-farm": {"noise_seed": 0},
    "self-judge": {"weight": 0.5, "threshold": 6.0},
    "codeclm": {"theta": 3.0, "rounds": 4},
}
SAMPLING = {
    "class-spock": {
        "learner.turn": {"temperature": 0.3, "max_tokens": 512},
        "scriptwriter.script": {"max_tokens": 2048},
    },
    "learn-to-reason": {
        "student.exam": {"max_tokens": 128},
        "student.held_out": {"temperature": 0.0, "max_tokens": 256},
    },
    "arte": {
        "teacher.draft": {"temperature": 1.0},
        "student.probe": {"temperature": 0.0},
        "teacher.reshow": {"temperature": 0.0},
    },
    "tapir": {"teacher.expand": {}},
    "learning-by-teaching": {
        "teacher.explain": {"temperature": 0.7},
        "student.sit": {"temperature": 0.7, "top_k": 20},
        "student.program": {"temperature": 0.0},
    },
    "tree-instruct": {
        "instructor.question": {"temperature": 0.3, "top_p": 0.9, "max_tokens": 1024},
        "verifier.attributes": {"temperature": 0.1, "top_p": 0.9},
        "student.answer": {"top_k": 10, "max_tokens": 200},
        "verifier.turn": {"temperature": 0.0},
    },
    "decrim": {"actor.revise": {}, "examiner.item": {}},
    "tick-stick": {"examiner.tick": {}, "actor.rewrite": {}},
    "sciglm": {"solver.solve": {}},
    "automathcritique": {
        "actor.solve": {"temperature": 0.7, "max_tokens": 1024},
        "critic.walk": {"temperature": 0.0, "max_tokens": 1536},
        "flawmaker.flaw": {"temperature": 1.0},
    },
    "supercorrect": {
        "student.solve": {"temperature": 0.7, "top_p": 0.8, "max_tokens": 2048},
        "inspector.inspect": {},
    },
    "spar": {
        "evolver.evolve": {"temperature": 0.7},
        "actor.respond": {"temperature": 0.9, "top_p": 0.9, "max_tokens": 2048},
        "refiner.judge": {"temperature": 0.7, "top_p": 1.0, "max_tokens": 2048},
        "refiner.refine": {"temperature": 0.7, "max_tokens": 3072},
    },
    "alpaca-farm": {
        "policy.sample": {"temperature": 1.0, "max_tokens": 300},
        "annotator.compare": {"temperature": 1.0, "max_tokens": 600},
    },
    "self-judge": {"judge.alone": {"temperature": 0.0, "max_tokens": 10}},
    "codeclm": {"encoder.encode": {}, "strong.follow": {}},
}
ROUNDS = {  # number, and whether that was found
    "class-spock": (2, True),
    "learn-to-reason": (3, False),
    "arte": (1, True),
    "tapir": (3, False),
    "learning-by-teaching": (3, False),
    "automathcritique": (3, True),
    "supercorrect": (2, False),
    "spar": (3, True),
    "alpaca-farm": (2, False),
    "codeclm": (3, False),
}
TRAINING = {
    "class-spock": {
        "learner": {"lr": 2e-5, "epochs": 3, "warmup": 0.1, "max_length": 4096, "beta": 0.1},
    },
    "learn-to-reason": {
        "student": {
            "method": "contrast",
            "lr": 7e-6,
            "epochs": 10,
            "batch": 2,
            "prompt_weight": 0.1,
            "cl_ratio": 0.5,
            "margin": 1.0,
            "warmup": 100,
            "decay": 0.01,
        }
    },
    "arte": {"teacher": {"lr": 1e-7, "epochs": 1, "batch": 16, "warmup": 0.1}},
    "automathcritique": {"actor": {"lr": 5e-6, "epochs": 1, "max_length": 4096}},
    "spar": {
        "actor": {"lr": 2e-7, "epochs": 1, "beta": 0.1, "sft_weight": 0.1},
        "refiner": {"lr": 2e-6, "epochs": 5},
    },
    "alpaca-farm": {"reward": {"lr": 3e-6, "epochs": 1}, "policy": {"lr": 2e-5, "epochs": 3}},
}
TRAINED = {  # by others than the rounds
    "arte": {"student": {"lr": 2e-5, "epochs": 1, "warmup": 0.03, "examples": 6750}},
    "sciglm": {
        "classifier": {"lr": 3e-6, "epochs": 2, "batch": 3, "max_length": 1024},
        "solver": {"lr": 3e-6, "epochs": 2, "max_prompt": 128, "max_completion": 512},
    },
    "self-judge": {
        "judge": {
            "lr": 3e-4,
            "epochs": 2,
            "batch": 128,
            "max_length": 1024,
            "lora_rank": 16,
            "lora_alpha": 16,
            "lora_dropout": 0.05,
            "without_reference_weight": 0.3,
            "kl_weight": 2,
        }
    },
}


def _verified(field):
    return field.json_schema_extra.get("verified", True)


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_have_the_published_defaults_and_say_which_were_not_found(name):
    fields = catalogue.load(name).parameters.model_fields
    for expected, verified in ((PARAMETERS[name], True), (NOT_FOUND[name], False)):
        assert {one: fields[one].default for one in expected} == expected
        assert {one: _verified(fields[one]) for one in expected} == dict.fromkeys(expected, verified)


@pytest.mark.parametrize("name", SAMPLING)
def test_models_sample_as_published_and_what_was_not_found_is_marked(name):
    roles = {role.name: role.sampling for role in catalogue.load(name).roles}
    for role, expected in SAMPLING[name].items():
        told = {one: value for one in OURS if (value := getattr(roles[role], one)) is not None}
        assert {one: value for one, value in told.items() if one not in roles[role].unverified} == expected
    assert all("unverified" not in one.model_dump() for one in roles.values())  # it changes no fingerprint


@pytest.mark.parametrize("name", PARAMETERS)
def test_outer_rounds_and_training_are_the_published_ones(name):
    outer = catalogue.load(name).outer
    assert (None if outer is None else (outer.rounds, outer.verified)) == ROUNDS.get(name)
    assert ({} if outer is None else dict(outer.training)) == TRAINING.get(name, {})
    assert catalogue.load(name).paper.training == TRAINED.get(name, {})
