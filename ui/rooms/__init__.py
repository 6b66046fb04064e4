"""Classrooms in the browser: joining, the socket of a room, the bar of its pages, its wall."""
