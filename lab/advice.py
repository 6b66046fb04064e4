"""What to say of a trouble: one plain sentence with the one thing to try."""

import math

from engine import Trouble

SENTENCES = {
    "diverged": "The loss is {times} what it was at the start and does not come back: try a smaller learning rate.",
    "plateau": "The loss has hardly moved for a while: try a larger learning rate, or more units.",
    "over-fitting": "The test loss is {times} what it was at its lowest while the training loss still falls: it learns "
    "the examples by heart. Try L2, dropout, or more examples.",
    "dead units": "{share} of the units of layer {layer} answer 0 to every example and learn nothing any more: try a "
    "smaller learning rate, other first weights, or LeakyReLU.",
    "saturated units": "{share} of the answers of layer {layer} lie where its curve is flat, so it hardly learns: try "
    "smaller first weights, or ReLU.",
    "one answer": "It gives the same answer to every example: try another learning rate, or other first weights.",
}


def sentence(trouble: Trouble) -> str:
    """The trouble and what to try, for a reader of fifteen."""
    times = f"{trouble.amount:.1f} times" if math.isfinite(trouble.amount) else "many times"
    share = f"{trouble.amount:.0%}" if math.isfinite(trouble.amount) else "most"
    return SENTENCES[trouble.kind].format(times=times, share=share, layer=trouble.layer)
