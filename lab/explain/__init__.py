"""Explains what a network does: its health, advice, a step in detail, and what pixels add to an
answer.
"""
