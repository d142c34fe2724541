"""Laws: families of problems from physics and chemistry, each a short text that determines one chain of calculations.

Knows nothing of tasks. A family draws its numbers and wordings from the random stream that it is given; constants are told
in the text, so that nothing has to be looked up.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from maieutic.worlds.word_problems.stories import told


@dataclass(frozen=True)
class Problem:
    """A text and its calculations: `(expression, law, what it works out, unit)`, the last of which is what is asked for."""

    text: str
    steps: tuple[tuple[str, str, str, str], ...]


Family = Callable[[random.Random], Problem]


def _tenths(chance: random.Random, low: int, high: int) -> str:
    """A number with one place behind the point, which is not nought."""
    return f"{chance.randint(low, high - 1)}.{chance.randint(1, 9)}"


def work(chance: random.Random) -> Problem:
    """Newton's second law, and the work of the force."""
    m, a, s = chance.randint(3, 90), _tenths(chance, 1, 5), chance.randint(4, 60)
    text = told(
        chance,
        (
            f"A sledge of {m} kg is accelerated at {a} m/s^2 without friction over {s} m.",
            f"Over a way of {s} m a cart with a mass of {m} kg is given an acceleration of {a} m/s^2; friction is left out.",
        ),
        ("How much work is done on it?", "What is the work of the force that does it?"),
    )
    return Problem(
        text, ((f"{m} * {a}", "F = m * a", "the force", "N"), (f"#0 * {s}", "W = F * s", "the work", "J"))
    )


def kinetic(chance: random.Random) -> Problem:
    """Kinetic energy from a speed in km/h, and the power of getting there."""
    m, v, t = 100 * chance.randint(7, 19), 18 * chance.randint(2, 6), chance.randint(5, 16)
    text = told(
        chance,
        (
            f"A car of {m} kg gets from rest to {v} km/h in {t} s.",
            f"In {t} s a car with a mass of {m} kg goes from standing still to {v} km/h.",
        ),
        (
            "What is the mean power that goes into its motion?",
            "How much power does its kinetic energy take on average?",
        ),
    )
    return Problem(
        text,
        (
            (f"{v} / 3.6", "v in m/s", "the speed in metres per second", "m/s"),
            (f"0.5 * {m} * #0 * #0", "E = 1/2 * m * v^2", "the kinetic energy", "J"),
            (f"#1 / {t}", "P = E / t", "the power", "W"),
        ),
    )


def braking(chance: random.Random) -> Problem:
    """A constant deceleration, and its braking distance."""
    v, t = 18 * chance.randint(2, 7), chance.randint(3, 11)
    text = told(
        chance,
        (
            f"A tram at {v} km/h brakes evenly and stands still after {t} s.",
            f"A train brakes evenly from {v} km/h to a halt, which takes {t} s.",
        ),
        ("How far does it go while it brakes?", "What is its braking distance?"),
    )
    return Problem(
        text,
        (
            (f"{v} / 3.6", "v in m/s", "the speed in metres per second", "m/s"),
            (f"#0 / {t}", "a = v / t", "the deceleration", "m/s^2"),
            (f"0.5 * #1 * {t} * {t}", "s = 1/2 * a * t^2", "the braking distance", "m"),
        ),
    )


def heater(chance: random.Random) -> Problem:
    """Ohm's law, electric power and energy."""
    u, r, minutes = chance.choice([12, 24, 110, 230]), chance.randint(4, 60), chance.randint(2, 45)
    text = told(
        chance,
        (
            f"A heating wire of {r} Ω is connected to {u} V for {minutes} minutes.",
            f"For {minutes} minutes a resistor of {r} Ω lies at a voltage of {u} V.",
        ),
        ("How much energy does it give off?", "What amount of heat comes from it?"),
    )
    return Problem(
        text,
        (
            (f"{u} / {r}", "I = U / R", "the current", "A"),
            (f"{u} * #0", "P = U * I", "the power", "W"),
            (f"{minutes} * 60", "t in s", "the time in seconds", "s"),
            ("#1 * #2", "E = P * t", "the energy", "J"),
        ),
    )


def series(chance: random.Random) -> Problem:
    """Resistors one after the other, and the voltage at one of them."""
    a, b, c = (chance.randint(2, 47) for _ in range(3))
    u = chance.choice([6, 9, 12, 24, 48])
    text = told(
        chance,
        (
            f"Resistors of {a} Ω, {b} Ω and {c} Ω are connected in series to {u} V.",
            f"At a source of {u} V three resistors stand in series: {a} Ω, {b} Ω and {c} Ω.",
        ),
        (
            f"What is the voltage at the last one, of {c} Ω?",
            f"Which voltage lies at the third one, the {c} Ω?",
        ),
    )
    return Problem(
        text,
        (
            (f"{a} + {b} + {c}", "R = R1 + R2 + R3", "the whole resistance", "Ω"),
            (f"{u} / #0", "I = U / R", "the current", "A"),
            (f"{c} * #1", "U3 = R3 * I", "the voltage at the third resistor", "V"),
        ),
    )


def parallel(chance: random.Random) -> Problem:
    """Two resistors side by side, and the current through both."""
    a, b = chance.sample(range(3, 60), 2)
    u = chance.choice([6, 9, 12, 24, 48])
    text = told(
        chance,
        (
            f"Two resistors, {a} Ω and {b} Ω, are connected in parallel to a battery of {u} V.",
            f"A battery of {u} V feeds two resistors of {a} Ω and {b} Ω side by side.",
        ),
        ("What current does the battery give?", "How large is the whole current?"),
    )
    return Problem(
        text,
        (
            (f"{u} / {a}", "I1 = U / R1", "the current through the first", "A"),
            (f"{u} / {b}", "I2 = U / R2", "the current through the second", "A"),
            ("#0 + #1", "I = I1 + I2", "the whole current", "A"),
        ),
    )


def diver(chance: random.Random) -> Problem:
    """The pressure of water, and its force on an area."""
    h, area = chance.randint(3, 40), chance.randint(40, 900)
    rho = chance.choice([1000, 1025])
    text = told(
        chance,
        (
            f"A hatch of {area} cm^2 lies {h} m below the surface of water of {rho} kg/m^3.",
            f"In water with a density of {rho} kg/m^3, at a depth of {h} m, there is a window of {area} cm^2.",
        ),
        ("With g = 9.8 m/s^2,",),
        (
            "what force does the water alone press on it with?",
            "how large is the force of the water on it, that of the air left out?",
        ),
    )
    return Problem(
        text,
        (
            (f"{rho} * 9.8 * {h}", "p = rho * g * h", "the pressure of the water", "Pa"),
            (f"{area} / 10000", "A in m^2", "the area in square metres", "m^2"),
            ("#0 * #1", "F = p * A", "the force", "N"),
        ),
    )


def slab(chance: random.Random) -> Problem:
    """Density, and the weight of a body."""
    long, wide, high = chance.randint(12, 95), chance.randint(11, 60), chance.randint(2, 10)
    thing, rho = chance.choice(
        [("granite", 2.7), ("oak", 0.7), ("aluminium", 2.7), ("steel", 7.9), ("glass", 2.5)]
    )
    text = told(
        chance,
        (
            f"A plate of {thing} is {long} cm long, {wide} cm wide and {high} cm high; its density is {rho} g/cm^3.",
            f"Of {thing}, with {rho} g/cm^3, there is a plate of {long} cm by {wide} cm by {high} cm.",
        ),
        ("What is its weight, with g = 9.8 m/s^2?", "With what force does it weigh down, if g = 9.8 m/s^2?"),
    )
    return Problem(
        text,
        (
            (f"{long} * {wide} * {high}", "V = a * b * c", "the volume", "cm^3"),
            (f"{rho} * #0", "m = rho * V", "the mass in grams", "g"),
            ("#1 / 1000", "m in kg", "the mass in kilograms", "kg"),
            ("#2 * 9.8", "G = m * g", "the weight", "N"),
        ),
    )


def kettle(chance: random.Random) -> Problem:
    """Heat, and how long a heater takes for it."""
    m, cold, hot = _tenths(chance, 0, 4), chance.randint(8, 25), chance.randint(55, 98)
    power = 100 * chance.randint(6, 23)
    text = told(
        chance,
        (
            f"A kettle of {power} W heats {m} kg of water from {cold} °C to {hot} °C.",
            f"{m} kg of water at {cold} °C are brought to {hot} °C by a heater of {power} W.",
        ),
        ("Water takes 4.2 kJ/(kg*K), and nothing is lost.",),
        ("How long does it take?", "What time does it need?"),
    )
    return Problem(
        text,
        (
            (f"{hot} - {cold}", "dT = T2 - T1", "the rise in temperature", "K"),
            (f"4200 * {m} * #0", "Q = c * m * dT", "the heat", "J"),
            (f"#1 / {power}", "t = Q / P", "the time", "s"),
        ),
    )


def solution(chance: random.Random) -> Problem:
    """Amount of substance, and a concentration."""
    name, molar = chance.choice(
        [
            ("sodium chloride", "58.5"),
            ("glucose", "180"),
            ("sodium hydroxide", "40"),
            ("potassium nitrate", "101"),
        ]
    )
    m, ml = _tenths(chance, 2, 60), 50 * chance.randint(2, 16)
    text = told(
        chance,
        (
            f"{m} g of {name}, with {molar} g/mol, are dissolved and filled up with water to {ml} mL.",
            f"A solution of {ml} mL holds {m} g of {name}, whose molar mass is {molar} g/mol.",
        ),
        ("What is its concentration in mol/L?", "How many mol/L is that?"),
    )
    return Problem(
        text,
        (
            (f"{m} / {molar}", "n = m / M", "the amount of substance", "mol"),
            (f"{ml} / 1000", "V in L", "the volume in litres", "L"),
            ("#0 / #1", "c = n / V", "the concentration", "mol/L"),
        ),
    )


def burning(chance: random.Random) -> Problem:
    """A reaction: from the mass of what burns to that of what comes of it."""
    fuel, molar, ratio, formula = chance.choice(
        [
            ("methane", 16, 1, "CH4"),
            ("propane", 44, 3, "C3H8"),
            ("ethanol", 46, 2, "C2H5OH"),
            ("butane", 58, 4, "C4H10"),
        ]
    )
    m = chance.randint(5, 240)
    text = told(
        chance,
        (
            f"{m} g of {fuel} ({formula}, {molar} g/mol) burn completely.",
            f"A camping stove burns {m} g of {fuel}, {formula}, completely; its molar mass is {molar} g/mol.",
        ),
        ("Each carbon atom ends in a molecule of carbon dioxide, with 44 g/mol.",),
        ("What mass of carbon dioxide comes of it?", "How much carbon dioxide is that, as a mass?"),
    )
    return Problem(
        text,
        (
            (f"{m} / {molar}", f"n({fuel}) = m / M", f"the amount of {fuel}", "mol"),
            (f"#0 * {ratio}", f"n(CO2) = n({fuel}) * number of C", "the amount of carbon dioxide", "mol"),
            ("#1 * 44", "m = n * M", "the mass of carbon dioxide", "g"),
        ),
    )


def gas(chance: random.Random) -> Problem:
    """A gas that is warmed and squeezed."""
    p, v, w = chance.randint(90, 240), chance.randint(12, 60), chance.randint(4, 11)
    cold, hot = chance.randint(270, 299), chance.randint(310, 480)
    text = told(
        chance,
        (
            f"A gas fills {v} L at {p} kPa and {cold} K. It is squeezed into {w} L and warmed to {hot} K.",
            f"From {v} L, {p} kPa and {cold} K a gas is brought to {w} L and {hot} K.",
        ),
        (
            "What is its pressure then, in kPa, if it is ideal?",
            "Taken as ideal, what pressure has it then, in kPa?",
        ),
    )
    return Problem(
        text,
        (
            (f"{p} * {v}", "p1 * V1", "pressure times volume at first", "J"),
            (f"#0 / {cold}", "p * V / T", "what stays the same", "J/K"),
            (f"#1 * {hot}", "p2 * V2 = (p * V / T) * T2", "pressure times volume at the end", "J"),
            (f"#2 / {w}", "p2 = p2 * V2 / V2", "the pressure at the end", "kPa"),
        ),
    )


def coupling(chance: random.Random) -> Problem:
    """Momentum: two waggons that couple."""
    m, n, v = chance.randint(8, 40), chance.randint(9, 38), _tenths(chance, 1, 7)
    text = told(
        chance,
        (
            f"A waggon of {m} t at {v} m/s runs into one of {n} t that stands still, and they couple.",
            f"Two waggons couple: one of {m} t that rolls at {v} m/s, and one of {n} t at rest.",
        ),
        ("How fast do they roll on together?", "What is their common speed?"),
    )
    return Problem(
        text,
        (
            (f"{m} * {v}", "p = m1 * v", "the momentum", "t*m/s"),
            (f"{m} + {n}", "m = m1 + m2", "the mass of both", "t"),
            ("#0 / #1", "u = p / m", "the common speed", "m/s"),
        ),
    )


def crane(chance: random.Random) -> Problem:
    """Potential energy, power, and what a motor takes for it."""
    m, h, t = 10 * chance.randint(12, 95), chance.randint(4, 36), chance.randint(9, 60)
    share = chance.choice([60, 64, 75, 80])
    text = told(
        chance,
        (
            f"A crane lifts {m} kg by {h} m in {t} s. Its motor has an efficiency of {share} %.",
            f"The motor of a crane works with an efficiency of {share} % and lifts {m} kg by {h} m within {t} s.",
        ),
        (
            "What power does the motor take in, with g = 9.8 m/s^2?",
            "With g = 9.8 m/s^2, what power goes into the motor?",
        ),
    )
    return Problem(
        text,
        (
            (f"{m} * 9.8 * {h}", "E = m * g * h", "the energy", "J"),
            (f"#0 / {t}", "P = E / t", "the power of lifting", "W"),
            (f"#1 * 100 / {share}", "P_in = P / efficiency", "the power of the motor", "W"),
        ),
    )


def wave(chance: random.Random) -> Problem:
    """A wave: its speed from frequency and length, and an echo."""
    f, wavelength, t = 10 * chance.randint(20, 95), _tenths(chance, 0, 3), _tenths(chance, 0, 5)
    text = told(
        chance,
        (
            f"A tone of {f} Hz has a wavelength of {wavelength} m in some gas. An echo comes back after {t} s.",
            f"In some gas a tone of {f} Hz is {wavelength} m long from crest to crest; its echo takes {t} s.",
        ),
        ("How far away is the wall?", "At what distance does the wall stand?"),
    )
    return Problem(
        text,
        (
            (f"{f} * {wavelength}", "c = f * wavelength", "the speed of sound", "m/s"),
            (f"#0 * {t}", "s = c * t", "the way there and back", "m"),
            ("#1 / 2", "d = s / 2", "the distance", "m"),
        ),
    )


FAMILIES: tuple[Family, ...] = (
    work,
    kinetic,
    braking,
    heater,
    series,
    parallel,
    diver,
    slab,
    kettle,
    solution,
    burning,
    gas,
    coupling,
    crane,
    wave,
)
