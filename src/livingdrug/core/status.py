"""How the simulation of one subject ended."""

from __future__ import annotations

import enum

__all__ = ["STATUS_MESSAGES", "Status", "status_attributes"]


class Status(enum.IntEnum):
    """How the simulation of one subject ended; what to try is in `STATUS_MESSAGES`."""

    OK = 0
    NOT_FINITE = 1
    STEP_TOO_SMALL = 2
    TOO_MANY_STEPS = 3
    CHATTER = 4
    EVENT_CASCADE = 5
    BAD_INITIAL = 6
    QUEUE_OVERFLOW = 7
    PIVOT = 8
    TOO_MANY_EVENTS = 9
    BAD_DELAY = 10


STATUS_MESSAGES: dict[Status, str] = {
    Status.OK: "",
    Status.NOT_FINITE: (
        "a value became infinite or not a number; check this subject's parameter values and the "
        "rate laws near zero"
    ),
    Status.STEP_TOO_SMALL: (
        "the step size fell to rounding level; use a stiff method, loosen rtol, or look for a "
        "rate that jumps or grows without bound"
    ),
    Status.TOO_MANY_STEPS: (
        "the step limit was reached before the last time; use a stiff method, raise max_steps or "
        "loosen rtol"
    ),
    Status.CHATTER: (
        "a switch flipped more than 100 times within 1e-9 day; give its condition a hysteresis or "
        "replace it by a smooth transition"
    ),
    Status.EVENT_CASCADE: (
        "events kept triggering each other at one time; make an assignment switch its own trigger "
        "off, or add a delay"
    ),
    Status.BAD_INITIAL: (
        "the initial values are not finite, are negative where that is not allowed, or admit no "
        "consistent start; check the initial values and parameters"
    ),
    Status.QUEUE_OVERFLOW: (
        "more delayed events were pending than the queue holds; raise the queue capacity or "
        "shorten the delays"
    ),
    Status.PIVOT: (
        "the linear equations of a step stayed singular as it shrank; check for states with no "
        "rate of their own, or use the reference backend"
    ),
    Status.TOO_MANY_EVENTS: (
        "more jumps than max_events: a population is large or grows without bound; use "
        "method='hybrid' or 'tau', or raise max_events"
    ),
    Status.BAD_DELAY: (
        "a delay became negative or is not a number; check this subject's parameter values and "
        "what the delay is computed from"
    ),
}
"""One line per status: what happened and what to try."""


def status_attributes() -> dict[str, list[int] | str]:
    """Return the CF attributes of the variable ``status``.

    Returns
    -------
    dict
        ``flag_values``, a list of int, and ``flag_meanings``, words separated by blanks.
    """
    return {
        "flag_values": [int(status) for status in Status],
        "flag_meanings": " ".join(status.name.lower() for status in Status),
    }
