"""Start: what Glassbox is, three doors, and a network that is already learning."""

import streamlit as st

from lab.frames.dots import dots_of
from lab.runs.experiment import MAX_EPOCHS
from lab.runs.presets import recommended
from lab.workers.pool import BusyError
from ui.board.board import Board, show_board
from ui.experiment import welcome
from ui.experiment.living_picture import living_picture
from ui.rooms.doors import show_doors
from ui.sentences import sentence

PAGE = "start"
TRAINING = ("playground", "digits")  # pages whose last run may be gone on with

with st.container(key="start_page"):
    left, right = st.columns([1.15, 1], gap="large")

with left:
    st.title("See a neural network learn")
    st.markdown(
        "Glassbox trains real neural networks in front of your eyes: you choose the data, the "
        "network and how it learns, and watch it get better. Nothing is hidden: all of it is "
        "plain NumPy that you can read in an evening."
    )
    for page, icon, title, text in (
        (
            "playground",
            "scatter_plot",
            "Playground",
            "Points on a plane: watch the boundary bend between the colours.",
        ),
        (
            "digits",
            "grid_on",
            "Digits",
            "Train on real handwritten digits, and see which ones it still gets wrong.",
        ),
        ("draw", "draw", "Draw", "Write a digit with mouse or finger, and let a network read it."),
        (
            "learn",
            "school",
            "Learn",
            "Begin by fooling a network; then short lessons, from a single neuron on.",
        ),
    ):
        with st.container(border=True, key=f"door_{page}"):
            st.page_link(f"../pages/{page}.py", label=f"**{title}**", icon=f":material/{icon}:")
            st.caption(text)
            if page == "learn":
                st.page_link(
                    "../pages/learn/fool_it.py",
                    label="Three minutes: write a 3, make it an 8",
                    icon=":material/gesture:",
                )
            if page in TRAINING and (last := welcome.last_run(page)):
                st.page_link(
                    f"../pages/{page}.py",
                    label=welcome.greeting(last),
                    icon=":material/history:",
                    query_params={"run": last.token},
                )
    show_doors(PAGE)

with right:
    experiment = recommended("spiral").changed(epochs=MAX_EPOCHS, seed=1)
    try:
        token = living_picture(PAGE, experiment)
    except BusyError as problem:
        st.info(sentence(problem))
        st.stop()
    data = experiment.data()
    hint = "A network is about to learn a spiral."
    board = Board("mini", data.classes, hint, dots=dots_of(data), stillable=True)
    show_board("start.board", token, board)
    st.caption(
        "This network started from nothing a moment ago, and all who open this page see the same "
        "one. Each colour is a class it tells apart."
    )
