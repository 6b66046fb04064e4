"""Slow motion on a page: the next mini-batch walks through the network, and one can work out its
numbers by hand.
"""

import html
from dataclasses import dataclass, field

import streamlit as st

from lab.explain.step_by_step import Array, Substep
from lab.explain.worked import Worked
from lab.workers.pool import shared_pool
from ui.experiment.controls import Controls
from ui.state import remembered

WAYS = {"forward": "forward", "backward": "backward", "update": "the step"}


@dataclass
class Quiz:
    """How an answer by hand stands: what was wrong with it, or that it is done."""

    mistake: str = ""
    done: bool = False


@dataclass
class WalkState:
    """What slow motion remembers: the station it is at, and the answers, by what is asked."""

    at: int = 0
    quizzes: dict[str, Quiz] = field(default_factory=dict)


def slow_motion(token: str, controls: Controls) -> None:
    """Show a switch; while it is on, the run pauses, and its next step can be walked through."""
    key = controls.key("slow")
    if st.toggle(
        "Slow motion",
        key=key,
        on_change=lambda: shared_pool().train(token, False),
        help="Walk one batch of examples through the network, "
        "with every number and the code that computes it",
    ):
        with st.container(border=True, key=f"{controls.page}-walk"):
            _walk(token, controls)


@st.fragment
def _walk(token: str, controls: Controls) -> None:
    key = controls.key("slow")
    pool, state = shared_pool(), remembered(f"{key}:walk", WalkState)
    handle = pool.get(token)
    if handle is None:
        st.caption("This run has ended. Press Reset to begin a new one.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        back = st.button("Back", key=f"{key}:back", icon=":material/arrow_back:")
        forth = st.button(
            "Next", key=f"{key}:next", icon=":material/arrow_forward:", type="primary"
        )
        make = st.button(
            "Make this step", key=f"{key}:make", help="Makes it, and goes on with the next batch"
        )
        example = (
            st.number_input(
                "Example", 1, 10_000, key=f"{key}:example", width=130, help="Of the batch"
            )
            - 1
        )
        unit = (
            st.number_input(
                "Unit", 1, 4096, key=f"{key}:unit", width=130, help="Which unit is worked out"
            )
            - 1
        )
        by_hand = st.toggle(
            "I compute", key=f"{key}:by_hand", help="Hides the results, until you have found them"
        )
    if make:
        pool.step(token)
        state.at = 0
    # asked anew each time: weights may have been typed in meanwhile, which no count of steps tells
    steps = pool.walk(token, example, unit)
    if not steps:
        usual = (
            "There is no next step: the run has finished, or has diverged. "
            "Press Reset, or give it more epochs."
        )
        st.caption(pool.why_nothing(token, usual))
        return
    at = state.at = max(0, min(len(steps) - 1, state.at + int(forth) - int(back)))
    st.html(_strip(steps, at))
    quizzes = state.quizzes if by_hand else None
    _show_station(steps[at], f"{key}:{at}", f"{at + 1} of {len(steps)}", quizzes)


def _strip(steps: list[Substep], at: int) -> str:
    """Draw where in the walk one is: a chip for each station, all but the first with an arrow."""
    arrows = {"forward": "→ ", "backward": "← ", "update": "↻ "}
    chips = ""
    for number, step in enumerate(steps):
        here = 'class="here" aria-current=step' if number == at else 'class=""'
        arrow = arrows[step.direction] if number else ""
        chips += f"<li {here}>{arrow}{html.escape(step.title.split(':')[0])}</li>"
    return f'<ol class="stations">{chips}</ol>'


def _show_station(step: Substep, key: str, number: str, quizzes: dict[str, Quiz] | None) -> None:
    """Show one stop of the walk; with `quizzes`, its numbers are to be worked out."""
    st.markdown(f"**{number}: {step.title}**")
    st.write(step.caption)
    if step.formula:
        st.latex(step.formula)
    if step.plain:
        st.code(step.plain, language="python", wrap_lines=True)
    for n, worked in enumerate(step.worked):
        st.markdown(f"{worked.label}:")
        if quizzes is not None:
            name = f"{key}:{n}:{worked.text}"  # other numbers are another question
            _ask(worked, name, quizzes.setdefault(name, Quiz()))
        else:
            st.code(worked.text, language=None, wrap_lines=True)
    st.html(f'<div class="arrays">{"".join(map(_table, step.arrays))}</div>')
    title = "The fast version: the engine's own lines" if step.plain else "The engine's own lines"
    with st.expander(title, expanded=not step.plain):
        if step.names:
            st.caption(step.names)
        for where, code in step.source:
            st.caption(where)
            st.code(code, language="python" if where != "The formula" else None, wrap_lines=True)


def _table(array: Array) -> str:
    shape = " × ".join(map(str, array.shape))
    rows = "".join(
        f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in array.rows
    )
    height = array.shape[0] if len(array.shape) > 1 else 1
    more = " …" if height > len(array.rows) or array.shape[-1] > len(array.rows[0]) else ""
    title = f"<figcaption><b>{html.escape(array.name)}</b> {shape}{more}</figcaption>"
    return f'<figure tabindex="0">{title}<table>{rows}</table></figure>'


def _ask(worked: Worked, key: str, quiz: Quiz) -> None:
    """Ask for a number to be worked out; show it when it is found, or asked for."""

    def check() -> None:
        mistake = _judge(worked, st.session_state[f"{key}:typed"])
        quiz.mistake = f"{mistake} {worked.hint}" if mistake else ""
        quiz.done = not mistake

    def give_up() -> None:
        quiz.done = True

    if quiz.done:
        st.code(worked.text, language=None, wrap_lines=True)
        return
    st.code(f"{worked.sum} = ?", language=None, wrap_lines=True)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(
            "Your result",
            key=f"{key}:typed",
            width=160,
            placeholder="such as −0.126",
            on_change=check,
        )
        st.button("Check", key=f"{key}:check", on_click=check)
        st.button("Show it", key=f"{key}:show", on_click=give_up)
    if quiz.mistake:
        st.warning(quiz.mistake)


def _judge(worked: Worked, typed: str) -> str:
    """Return what is wrong with an answer; nothing for a right one."""
    try:
        number = float(typed.replace("−", "-").replace(",", ".").strip())
    except ValueError:
        return "That is not a number."
    # who computes by hand may round: to three digits is right
    slack = max(worked.tolerance, 0.006 * abs(worked.answer))
    if abs(number - worked.answer) <= slack:
        return ""
    if abs(number + worked.answer) <= slack:
        return "The right size, but the wrong sign."
    return "Not yet."
