"""The words of the lessons, each in a sentence that a fifteen-year-old understands, and the lesson that brings it in.

A lesson's text marks a word as [[word]] or, in another form, [[word|words]]; it may use those of its own lesson and of
earlier ones. What is here is also the tooltip of the word.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """What a word means, and the number of the lesson from which on it may be used."""

    meaning: str
    lesson: int


TERMS: dict[str, Term] = {
    "neuron": Term(
        "Multiplies each number that comes in by a weight, adds them up, adds a bias, and bends the sum.", 1
    ),
    "weight": Term("The number by which a neuron multiplies what comes in. Learning changes it.", 1),
    "bias": Term("The number that a neuron adds to its sum. Learning changes it too.", 1),
    "ReLU": Term("Keeps a number above zero as it is and makes every other one zero.", 1),
    "target": Term("What should come out.", 1),
    "loss": Term("One number for how wrong the answers are: 0 is perfect.", 1),
    "squared error": Term("The difference between answer and target, times itself.", 1),
    "slope": Term("By how much one number changes when another grows by a little.", 1),
    "gradient": Term("All slopes of the loss together, one for each weight and bias.", 1),
    "learning rate": Term("How far each step goes downhill: the slope is multiplied by it.", 1),
    "chain rule": Term("Slopes of steps that follow one another are multiplied.", 1),
    "vector": Term("A row of numbers.", 2),
    "dot product": Term("Multiply two rows of numbers place by place, and add up all the products.", 2),
    "NumPy": Term("A library that computes with whole rows and tables of numbers at once.", 2),
    "matrix": Term("A table of numbers: rows and columns.", 3),
    "shape": Term("How many rows and columns a table has.", 3),
    "layer": Term("Neurons side by side that all look at the same numbers.", 3),
    "hidden layer": Term("A layer whose answers only the next layer sees.", 3),
    "batch": Term("Several examples that go through the network together, one in each row.", 3),
    "class": Term("In a program: a plan for things that keep their numbers and can do something with them.", 4),
    "method": Term("Something that such a thing can do.", 4),
    "broadcasting": Term("A row that is added to a table is added to each of its rows.", 5),
    "axis": Term("The direction in which a table is added up: 0 goes down the columns, 1 along the rows.", 5),
    "activation": Term("The function that bends a neuron's sum into its answer.", 6),
    "linear": Term("Made of straight lines only: no bend anywhere.", 6),
    "XOR": Term("Yes if exactly one of two things is true. No straight line separates its yes from its no.", 6),
    "logits": Term("The sums of the last layer, before they are made into probabilities. Any numbers at all.", 7),
    "softmax": Term("Makes a row of numbers into probabilities: each above 0, all together 1.", 7),
    "probability": Term("How likely something is: 0 is never, 1 is always.", 7),
    "cross-entropy": Term("The loss for kinds of things: minus the logarithm of the right one's probability.", 7),
    "one-hot": Term("A row of zeros with a single 1, at the place of what is right.", 7),
    "boundary": Term("Where the network's answer changes from one kind to the other.", 6),
}

MARKED = re.compile(r"\[\[([^\]|]+)(?:\|([^\]]+))?\]\]")


def plain(text: str) -> str:
    """The text without its marks."""
    return MARKED.sub(lambda found: found[2] or found[1], text)


def sentences(text: str) -> list[str]:
    """The sentences of a text, without marks and formulas."""
    words = re.sub(r"\$[^$]*\$|`[^`]*`", "it", plain(text))
    parts = re.split(r"(?<=[.!?:])\s+", " ".join(words.split()))
    return [part for part in parts if len(part.split()) > 1]


def uses(text: str) -> set[str]:
    """The words of the glossary that a text uses, marked or not, in any of their forms."""
    told = plain(text).lower()
    return {
        word for word in TERMS
        if re.search(rf"(?<![\w-]){re.escape(word.lower())}(?:s|es)?(?![\w-])", told)
    }  # fmt: skip
