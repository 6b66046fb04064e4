"""Lets the pictures of a lesson follow its sliders while they are dragged, by a script of ours.

Without the script a page follows when the hand lets go.
"""

from ui import modules

_component = modules.Component(
    "glassbox_live_sliders",
    "live_sliders.js",
    html='<i data-part="live" hidden></i>',
    css="",
)


def follow_sliders() -> None:
    """Have the page run again some ten times a second while a slider is dragged."""
    _component(key="lesson.live_sliders", height="content")
