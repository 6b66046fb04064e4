"""Why a network does what it does: its health, advice, a step taken apart, what a picture's pixels
add.
"""
