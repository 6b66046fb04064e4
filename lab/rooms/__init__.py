"""Classrooms: who is in a room, what was sent to it, and what its wall and its board show."""
