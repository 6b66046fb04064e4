"""The course: its lessons in their order, and its words."""
