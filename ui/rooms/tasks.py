"""What is sent and how it arrives: a page, an experiment on it, what is hidden, and a goal.

Streamlit cannot run another's page: theirs runs again when it hears of something new, and finds it
here.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from lab.data.dataset import Dataset
from lab.data.menu import CLASS_SETS, IMAGE_SETS, TOY_POINTS
from lab.rooms.registry import Registry
from lab.rooms.room import Member, Room, Task
from lab.runs.cost import OverBudgetError
from lab.runs.experiment import Experiment
from lab.runs.goals import Goal
from lab.workers.messages import FULL, GENTLE
from lab.workers.pool import BusyError, shared_pool
from ui.experiment import current_run
from ui.experiment.controls import Controls
from ui.sentences import sentence
from ui.state import page_state

MENUS: dict[str, Mapping[str, type[Dataset]]] = {
    "playground": TOY_POINTS,
    "digits": {**IMAGE_SETS, **CLASS_SETS},
}
PACES: dict[str, str] = {"playground": GENTLE, "digits": FULL}
ALSO = ("draw", "class-digits")  # pages that can be sent, besides these and the lessons
NOTHING_YET = "There is nothing on this page that could be sent."


def sendable(path: str) -> bool:
    """Return whether a page can be sent."""
    return path in MENUS or path in ALSO or path.startswith("learn-")


def put_together(page: StreamlitPage, *, everybody: bool) -> Task:
    """Return what the teacher has set up on a page; raises ValueError where that is nothing, or its
    goal cannot be read.
    """
    path, experiment = page.url_path, None
    hide, goal = (str(st.query_params.get(name, "")).strip() for name in ("hide", "goal"))
    if path in MENUS:
        if (now := page_state(path).experiment) is None:
            raise ValueError(NOTHING_YET)
        experiment = now.to_dict()
        if goal:
            Goal.parse(goal)
    else:
        hide = goal = ""
    return Task(0, path, page.title, experiment, hide, goal, everybody)


def gone_on(member: Member, path: str) -> bool:
    """Return whether a student does something else than what was last sent: is on another page, has
    another dataset, or has trained something before anything was sent.
    """
    experiment = page_state(path).experiment if path in MENUS else None
    data = type(experiment.dataset).__name__ if experiment else ""
    if not member.given:
        handle = shared_pool().get(member.run)
        return handle is not None and handle.step > 0
    return path != member.given or (data != "" and data != member.given_data)


def take(rooms: Registry, room: Room, member: Member) -> None:
    """Set this session to what was sent. The caller then shows its page."""
    task = room.task
    if task is None:
        return
    data = ""
    if task.experiment is not None:
        try:
            experiment = Experiment.from_dict(task.experiment)
            _begin(task.page, experiment)
        except (ValueError, BusyError, OverBudgetError) as problem:
            st.toast(sentence(problem))
            return
        data = type(experiment.dataset).__name__
    with rooms.lock:
        member.taken, member.given, member.given_data = task.number, task.page, data
    rooms.keep_quietly(room)
    st.toast(f"From your teacher: {task.title}")


def _begin(page: str, experiment: Experiment) -> None:
    """Set a page's controls, and put a run of this experiment in place of the one that is there."""
    state = page_state(page)
    Controls(page, MENUS[page]).put(experiment)
    state.experiment, state.copied, state.last = experiment, False, None
    current_run.begin(
        page,
        experiment,
        pace=PACES[page],
        training=False,
        instead_of=current_run.current(page),
    )


def options(task: Task) -> dict[str, str]:
    """Return what the address of a task's page says besides the experiment."""
    return {name: text for name, text in (("hide", task.hide), ("goal", task.goal)) if text}


def go_to(task: Task, page: StreamlitPage, pages: Mapping[str, StreamlitPage]) -> None:
    """Show the page of a task, with what it hides and its goal."""
    if page.url_path != task.page:
        run = {"run": page_state(task.page).token} if task.page in MENUS else {}
        st.switch_page(pages[task.page], query_params=run | options(task))
    keep_options(task, page)


def keep_options(task: Task, page: StreamlitPage) -> None:
    """Let the address of a task's page say what the task hides, and its goal."""
    if page.url_path != task.page or task.page not in MENUS:
        return
    wanted: dict[str, Any] = options(task)
    for name in ("hide", "goal"):
        if st.query_params.get(name, "") != wanted.get(name, ""):
            if name in wanted:
                st.query_params[name] = wanted[name]
            else:
                del st.query_params[name]
