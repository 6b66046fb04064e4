"""What a teacher wants to know of each lesson: its time, what to ask, where heads go wrong.

The key to the questions, and what goes wrong, stand in lab/course/quiz.py.
"""

from dataclasses import dataclass

from lab.course.lessons import LESSONS, Lesson
from lab.course.question import Choice
from lab.course.quiz import QUIZ


@dataclass(frozen=True)
class Plan:
    """A lesson in class: `minutes` for whoever does all of it, and what to `ask` at its end."""

    minutes: int
    ask: str


PLANS: dict[str, Plan] = {
    "fool_it": Plan(
        5, "Whose smudges are the fewest? What has the network learned, if so little fools it?"
    ),
    "one_neuron": Plan(10, "Who finds a smaller loss by hand than after a hundred steps? Why not?"),
    "dot_product": Plan(8, "Where does the loop lose its time, if both multiply as often?"),
    "layers_on_layers": Plan(8, "Which shapes would a network with three layers need?"),
    "the_dense_layer": Plan(15, "Why does backward need what forward has seen?"),
    "broadcasting": Plan(8, "Where in a table of marks would you add along axis 0, where along 1?"),
    "activations": Plan(10, "Which everyday rule is an XOR? Which is not?"),
    "softmax": Plan(15, "Is 60 % for the right answer good, if there are a hundred kinds?"),
    "luck": Plan(10, "Does evolution nudge, or draw anew? What does it do that this does not?"),
    "backpropagation": Plan(
        20, "Which numbers of the way forward have to be kept for the way back?"
    ),
    "optimizers": Plan(15, "Who can make Adam the last one to arrive?"),
    "initialisation": Plan(12, "What would happen if all pupils of a class gave the same answer?"),
    "detector": Plan(15, "For smoke, illness and spam: which mistake is worse, and to whom?"),
    "ten_digits": Plan(10, "Which two digits share most of their picture? Does it mix them up?"),
    "hidden_layer": Plan(15, "Is the larger network better, or only slower? How would you tell?"),
    "overfitting": Plan(20, "How does a pupil over-fit? What would be a validation set in school?"),
    "convolution": Plan(20, "Which kernel would find the lower end of a 7?"),
    "now_you": Plan(20, "Who got the most from the fewest parameters? Who looked at the test set?"),
    "letter_by_letter": Plan(
        15, "Which rule do its names break longest? How do you know what you read a page ago?"
    ),
}

# curricula and standards with their year, and the lessons that serve them
CURRICULA: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    (
        "AI4K12, Five Big Ideas in AI (2019)",
        "Big Idea 3, learning: how a network adjusts its weights, what data do to what is learned.",
        (1, 8, 9, 10, 15),
    ),
    (
        "AI4K12, Five Big Ideas in AI (2019)",
        "Big Idea 1, perception: from pixels to features to a digit.",
        (0, 12, 13, 14, 16),
    ),
    (
        "CSTA K-12 Computer Science Standards (2017)",
        "Level 3B, algorithms: implement an artificial intelligence algorithm, and say what drives "
        "it.",
        (1, 2, 3, 4, 5, 9, 17),
    ),
    (
        "UNESCO, AI competency framework for students (2024)",
        "AI techniques and applications: what data, algorithms and training are, by one's own "
        "model.",
        (0, 12, 15, 17, 18),
    ),
)


def misconceptions(lesson: Lesson) -> list[tuple[str, str]]:
    """Return what heads get wrong in a lesson: a wrong answer, and the question that may help."""
    pairs = []
    for asked in QUIZ[lesson.file]:
        if isinstance(asked, Choice):
            pairs += [(answer, hint) for answer, hint in asked.options.items() if hint]
        else:
            pairs += [
                (f"{value:,.10g} {asked.unit}".strip(), h) for value, h in asked.hints.items()
            ]
    return pairs


def key(lesson: Lesson) -> list[tuple[str, str, str]]:
    """Return each question of a lesson with its right answer and the reason."""
    return [
        (
            asked.ask,
            asked.right if isinstance(asked, Choice) else f"{asked.right:,} {asked.unit}".strip(),
            asked.reason,
        )
        for asked in QUIZ[lesson.file]
    ]


def slides(lesson: Lesson) -> list[tuple[str, str]]:
    """Return a lesson for a projector, one thing at a time: a heading and a text.

    First comes what one will be able to do, then each question, and after it its answer with the
    reason; at the end what to ask the class.
    """
    shown = [(lesson.title, lesson.goal)]
    for number, (asked, (ask, right, reason)) in enumerate(
        zip(QUIZ[lesson.file], key(lesson), strict=True)
    ):
        kind = "Take it further" if number else "Predict"
        options = "".join(f"\n- {o}" for o in asked.options) if isinstance(asked, Choice) else ""
        shown += [(kind, f"{ask}\n{options}".strip()), (right, reason)]
    return [*shown, ("What do you say?", PLANS[lesson.file].ask)]


def minutes(track: str = "") -> int:
    """Return how long all lessons take, or those of one way."""
    return sum(PLANS[each.file].minutes for each in LESSONS if track in ("", each.track))
