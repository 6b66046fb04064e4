"""The board of a class: who has met the goal, and how, as the server has counted it."""

import html

import streamlit as st

from lab.frames.tiles import Standing
from lab.rooms.room import Room
from lab.rooms.rounds import Rounds
from lab.words import percent

NO_GOAL = (
    "No goal is set. On the Playground or on Digits press Share, write one, and send the page to "
    "the class. For example: test loss at most 0.18 with the fewest units."
)
EVERY = 2.0  # seconds
BY_HAND = "weights set by hand"


@st.fragment(run_every=EVERY)
def show_standings(rounds: Rounds, room: Room) -> None:
    """Show the board, and look again every few seconds."""
    wall = rounds.wall(room)
    goal = wall.goal
    if goal is None:
        st.info(NO_GOAL)
        return
    st.markdown("**Goal.** The server counts it from each run's own history.")
    st.html(f'<p class="room-goal">{html.escape(goal.text)}</p>')
    met = wall.board()
    if not met:
        st.caption("Nobody has reached it yet.")
        return
    loss = goal.metric.endswith("loss")
    rows = "".join(
        f'<tr data-part="standing"><td>{place}</td><td>{html.escape(room.called(member))}</td>'
        f"{_figures(each, loss=loss)}</tr>"
        for place, member, each in met
    )
    heads = ("", "Name", "Loss" if loss else "Accuracy", "Units", "Parameters", "Epoch", "Steps")
    head = "".join(f"<th>{name}</th>" for name in (*heads, ""))
    st.html(f'<div class="wide-table"><table class="versus"><tr>{head}</tr>{rows}</table></div>')


def _figures(standing: Standing, *, loss: bool) -> str:
    value = f"{standing.value:.4g}" if loss else percent(standing.value)
    numbers = (standing.units, standing.parameters, standing.epoch, standing.steps)
    cells = [value, *(f"{number:,}" for number in numbers), BY_HAND if standing.by_hand else ""]
    return "".join(f"<td>{cell}</td>" for cell in cells)
