"""The words of the lessons, each in a sentence that a fifteen-year-old understands, and the lesson
that brings it in.

A lesson's text marks a word as [[word]] or, in another form, [[word|words]]; it may use those of
its own lesson and of earlier ones. What is here is also the tooltip of the word.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """What a word means, and the number of the first lesson that may use it."""

    meaning: str
    lesson: int


TERMS: dict[str, Term] = {
    "neuron": Term(
        "Multiplies each number that comes in by a weight, adds them up, adds a bias, "
        "and bends the sum.",
        1,
    ),
    "weight": Term(
        "The number by which a neuron multiplies what comes in. Learning changes it.", 1
    ),
    "bias": Term("The number that a neuron adds to its sum. Learning changes it too.", 1),
    "ReLU": Term("Keeps a number above zero as it is and makes every other one zero.", 1),
    "target": Term("What should come out.", 1),
    "loss": Term("One number for how wrong the answers are: 0 is perfect.", 1),
    "squared error": Term("The difference between answer and target, times itself.", 1),
    "slope": Term(
        "How fast one number changes as another grows: its change divided by the other's.", 1
    ),
    "gradient": Term("All slopes of the loss together, one for each weight and bias.", 1),
    "learning rate": Term("How far each step goes downhill: the slope is multiplied by it.", 1),
    "chain rule": Term("Slopes of steps that follow one another are multiplied.", 1),
    "vector": Term("A row of numbers.", 2),
    "dot product": Term(
        "Multiply two rows of numbers place by place, and add up all the products.", 2
    ),
    "NumPy": Term("A library that computes with whole rows and tables of numbers at once.", 2),
    "matrix": Term("A table of numbers: rows and columns.", 3),
    "shape": Term("How many rows and columns a table has.", 3),
    "layer": Term("Neurons side by side that all look at the same numbers.", 3),
    "hidden layer": Term("A layer whose answers only the next layer sees.", 3),
    "batch": Term("Several examples that go through the network together, one in each row.", 3),
    "class": Term(
        "In a program: a plan for things that keep their numbers and can do something with them.", 4
    ),
    "method": Term("Something that such a thing can do.", 4),
    "broadcasting": Term("A row that is added to a table is added to each of its rows.", 5),
    "axis": Term(
        "The direction in which a table is added up: 0 goes down the columns, 1 along the rows.", 5
    ),
    "activation": Term("The function that bends a neuron's sum into its answer.", 6),
    "linear": Term("Made of straight lines only: no bend anywhere.", 6),
    "XOR": Term(
        "Yes if exactly one of two things is true. No straight line separates its yes from its no.",
        6,
    ),
    "logits": Term(
        "The sums of the last layer, before they are made into probabilities. Any numbers at all.",
        7,
    ),
    "softmax": Term("Makes a row of numbers into probabilities: each above 0, all together 1.", 7),
    "probability": Term("How likely something is: 0 is never, 1 is always.", 7),
    "cross-entropy": Term(
        "The loss for kinds of things: minus the logarithm of the right one's probability.", 7
    ),
    "one-hot": Term("A row of zeros with a single 1, at the place of what is right.", 7),
    "accuracy": Term("The share of the examples that are answered rightly.", 8),
    "nudge": Term("A small change by chance, of all weights at once.", 8),
    "backpropagation": Term(
        "Working out all slopes from the loss back to the first weight, one layer at a time.", 9
    ),
    "local slope": Term(
        "How fast what is made grows with one of the numbers that it is made of.", 9
    ),
    "gradient check": Term(
        "Change one weight a little, see how the loss moves, and compare that with its slope.", 9
    ),
    "epoch": Term("Once through all the examples that one learns from.", 9),
    "optimizer": Term("The rule by which the gradient changes the weights.", 10),
    "loss surface": Term(
        "The loss as a landscape over the weights: its height is how wrong the network is there.",
        10,
    ),
    "contour": Term("A line along which the height stays the same, as on a map.", 10),
    "SGD": Term(
        "The plainest optimizer: a step straight downhill, in proportion to the slope.", 10
    ),
    "Momentum": Term("An optimizer that rolls like a ball: it keeps most of its speed.", 10),
    "RMSprop": Term("An optimizer that divides each slope by its usual size.", 10),
    "Adam": Term("An optimizer that rolls like Momentum and divides like RMSprop.", 10),
    "diverge": Term(
        "To jump further and further past the valley, until the loss is beyond all numbers.", 10
    ),
    "schedule": Term("A plan for the learning rate: how it changes on the way.", 10),
    "initialisation": Term("How the first weights are drawn, before anything is learned.", 11),
    "Xavier initialisation": Term(
        "First weights that keep numbers the same size through layers that bend little.", 11
    ),
    "He initialisation": Term(
        "First weights for ReLU: larger, as it throws half of the numbers away.", 11
    ),
    "sigmoid": Term("Bends any sum into a number between 0 and 1, along a curve like an S.", 11),
    "vanishing gradient": Term(
        "Slopes that get smaller with every layer back, until the first layers learn nothing.", 11
    ),
    "pixel": Term(
        "One small square of a picture. Here it is a number: 0 is black, 1 is white.", 12
    ),
    "test set": Term(
        "Examples that are kept aside and never learned from, to see what was understood.", 12
    ),
    "threshold": Term("Answers at or above this number count as yes.", 12),
    "precision": Term("Of all that it called a zero: the share that really was one.", 12),
    "recall": Term("Of all the zeros that there were: the share that it found.", 12),
    "binary cross-entropy": Term(
        "The loss for yes or no: minus the logarithm of the share that the right answer got.", 12
    ),
    "F1": Term("Precision and recall in one number, which is high only if both are.", 12),
    "softmax regression": Term(
        "A single layer of sums, one for each kind, made into probabilities by softmax.", 13
    ),
    "histogram": Term("Bars that say how many of many numbers lie where.", 11),
    "parameter": Term("A number that learning changes: a weight or a bias.", 14),
    "over-fitting": Term("Learning the examples by heart instead of what they have in common.", 15),
    "regularisation": Term("All that keeps a network from learning its examples by heart.", 15),
    "dropout": Term(
        "Silencing some neurons by chance at each step, so that none relies on another.", 15
    ),
    "L2": Term("Pulling every weight a little towards 0 at each step.", 15),
    "batch normalisation": Term(
        "Shifting and stretching what a layer says to a common size, batch by batch.", 15
    ),
    "augmentation": Term(
        "Showing each picture a little moved and turned, differently every time.", 15
    ),
    "early stopping": Term(
        "Stopping when the loss on a validation set no longer falls, and going back to its lowest.",
        15,
    ),
    "validation set": Term(
        "Examples kept apart to choose and to stop by, so that the test set stays untouched.", 12
    ),
    "leak": Term(
        "Something of the test that got into the training. The score is then too good to be true.",
        15,
    ),
    "convolution": Term(
        "Sliding a small window of weights over a picture, and adding up at every place.", 16
    ),
    "kernel": Term("The small window of weights that slides over the picture.", 16),
    "feature map": Term(
        "The picture of a kernel's answers: bright where it found what it looks for.", 16
    ),
    "pooling": Term(
        "Keeping only the largest answer of each small square, so that the map gets smaller.", 16
    ),
    "padding": Term("Rows of zeros put around a picture before the window slides.", 16),
    "stride": Term("By how many pixels the window moves from one place to the next.", 16),
    "MLP": Term("A network of dense layers only: every neuron sees the whole picture.", 16),
    "CNN": Term("A network that begins with convolutions: small windows that look everywhere.", 16),
    "hyperparameter": Term(
        "A setting that you choose and learning does not change, such as the learning rate.", 17
    ),
    "embedding": Term(
        "A row of numbers that stands for a letter or a word. Learning changes it.", 18
    ),
    "recurrent network": Term(
        "A network that reads one thing after the other, with a memory of what came before.", 18
    ),
    "GRU": Term(
        "A memory that learns at each letter how much of it to keep, and what to put in its place.",
        18,
    ),
    "attention": Term(
        "Looking back at all that came before, most at what answers one's question.", 18
    ),
    "temperature": Term(
        "Divides the sums before softmax: low ones favour what is likely, high ones give more to "
        "chance.",
        18,
    ),
    "boundary": Term("Where the network's answer changes from one kind to the other.", 6),
}

MARKED = re.compile(r"\[\[([^\]|]+)(?:\|([^\]]+))?\]\]")


def strip_marks(text: str) -> str:
    """Return the text without the marks of words."""
    return MARKED.sub(lambda mark: mark[2] or mark[1], text)


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, without marks and formulas."""
    words = re.sub(r"\$[^$]*\$|`[^`]*`", "it", strip_marks(text))
    parts = re.split(r"(?<=[.!?:])\s+", " ".join(words.split()))
    return [part for part in parts if len(part.split()) > 1]


def find_terms(text: str) -> set[str]:
    """Return the words of the glossary that a text uses, marked or not, in any of their forms."""
    lowered = strip_marks(text).lower()
    return {
        word
        for word in TERMS
        if re.search(rf"(?<![\w-]){re.escape(word.lower())}(?:s|es)?(?![\w-])", lowered)
    }
