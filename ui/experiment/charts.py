"""Charts for what one studies, drawn by Plotly: pointing gives exact values, dragging zooms in."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

from ui import theme

CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d"]}


def curves(
    history: Sequence[dict[str, Any]], *, key: str, logarithmic: bool, held: str = "test"
) -> None:
    """Loss and accuracy of training and test after every epoch of a run's history.

    `held` is what the examples are called that were not learned from.
    """
    figure = make_subplots(
        rows=1, cols=2, subplot_titles=("Loss", "Accuracy"), horizontal_spacing=0.1
    )
    epochs = [row["epoch"] for row in history]
    for name, colour, dash in (("train", theme.TRAIN, "solid"), ("test", theme.TEST, "dash")):
        for column, what, shown in ((1, "loss", ".4f"), (2, "accuracy", ".2%")):
            figure.add_trace(
                go.Scatter(
                    x=epochs,
                    y=[row[f"{name}_{what}"] for row in history],
                    name=held if name == "test" else name,
                    legendgroup=name,
                    showlegend=column == 1,
                    line={"color": colour, "dash": dash},
                    mode="lines",
                    hovertemplate=f"%{{y:{shown}}}",
                ),
                row=1,
                col=column,
            )
    figure.update_layout(
        height=300,
        margin={"l": 40, "r": 10, "t": 40, "b": 40},
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.18, "x": 1, "xanchor": "right"},
    )
    figure.update_xaxes(title_text="epoch")
    figure.update_yaxes(tickformat=".0%", col=2)
    figure.update_yaxes(type="log" if logarithmic else "linear", col=1)
    st.plotly_chart(figure, key=key, config=CONFIG)
