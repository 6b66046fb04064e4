"""The course: its lessons in their order, and what one can do after each."""

from dataclasses import dataclass

BEGIN = "Begin here"
PARTS = (BEGIN, "A neuron", "Learning", "Seeing", "Writing")
# two ways through: what networks are and do, and how they are written
IDEAS, CODE = "Ideas", "Code"
IN_CODE = (2, 3, 4, 5, 7, 10, 11)


@dataclass(frozen=True)
class Lesson:
    """One lesson: about five minutes. `file` is its page in pages/learn/, `goal` what one can do
    after it.
    """

    number: int
    file: str
    title: str
    part: str
    goal: str
    icon: str

    @property
    def path(self) -> str:
        """The address of its page."""
        return f"learn-{self.file.replace('_', '-')}"

    @property
    def track(self) -> str:
        """The way through the course that it belongs to. Whoever goes by Ideas leaves Code out."""
        return CODE if self.number in IN_CODE else IDEAS


LESSONS: tuple[Lesson, ...] = (
    Lesson(
        0,
        "fool_it",
        "Fool it",
        BEGIN,
        "You will be able to fool a network that reads digits, and say what it sees instead.",
        "gesture",
    ),
    Lesson(
        1,
        "one_neuron",
        "One neuron",
        "A neuron",
        "You will be able to say what a neuron computes, and how it learns from one example.",
        "adjust",
    ),
    Lesson(
        2,
        "dot_product",
        "The dot product",
        "A neuron",
        "You will be able to write a neuron's sum in two ways, and say which is quicker.",
        "functions",
    ),
    Lesson(
        3,
        "layers_on_layers",
        "Layers on layers",
        "A neuron",
        "You will be able to say which shapes fit together when neurons stand in layers.",
        "layers",
    ),
    Lesson(
        4,
        "the_dense_layer",
        "The Dense layer, line by line",
        "A neuron",
        "You will be able to read the layer that this whole site runs on.",
        "code",
    ),
    Lesson(
        5,
        "broadcasting",
        "Broadcasting and sums",
        "A neuron",
        "You will be able to predict the shape of a sum of tables, "
        "and say why a bias learns from all rows.",
        "table_rows",
    ),
    Lesson(
        6,
        "activations",
        "Activations",
        "A neuron",
        "You will be able to say why a network needs a bend, and what each kind of bend does.",
        "timeline",
    ),
    Lesson(
        7,
        "softmax",
        "Softmax and cross-entropy",
        "Learning",
        "You will be able to turn three sums into probabilities by hand, "
        "and say how wrong they are.",
        "percent",
    ),
    Lesson(
        8,
        "luck",
        "Learning by luck",
        "Learning",
        "You will be able to say how far luck takes a network, and why it is so slow.",
        "casino",
    ),
    Lesson(
        9,
        "backpropagation",
        "Backpropagation",
        "Learning",
        "You will be able to follow a slope back through two layers, "
        "and write a whole training loop.",
        "undo",
    ),
    Lesson(
        10,
        "optimizers",
        "Optimizers",
        "Learning",
        "You will be able to say how four ways of going downhill differ, "
        "and which step is too large.",
        "landscape",
    ),
    Lesson(
        11,
        "initialisation",
        "First weights, and gradients that vanish",
        "Learning",
        "You will be able to choose first weights for ten layers, "
        "and say why sigmoids make them deaf.",
        "blur_on",
    ),
    Lesson(
        12,
        "detector",
        "A detector for zero",
        "Seeing",
        "You will be able to say why 90 % right can be worth nothing, and what to measure instead.",
        "search",
    ),
    Lesson(
        13,
        "ten_digits",
        "Ten digits with one layer",
        "Seeing",
        "You will be able to read the weights of a network as pictures.",
        "looks_one",
    ),
    Lesson(
        14,
        "hidden_layer",
        "A hidden layer",
        "Seeing",
        "You will be able to count a network's numbers, and say what a hidden layer adds.",
        "stacks",
    ),
    Lesson(
        15,
        "overfitting",
        "Too good to be true",
        "Seeing",
        "You will be able to recognise a network that learns by heart, and name five cures.",
        "school",
    ),
    Lesson(
        16,
        "convolution",
        "Convolution",
        "Seeing",
        "You will be able to say what a small window finds, and why it finds it anywhere.",
        "filter_center_focus",
    ),
    Lesson(
        17,
        "now_you",
        "Now you",
        "Seeing",
        "You will be able to build, train, save and use a network that is all your own.",
        "flag",
    ),
    Lesson(
        18,
        "letter_by_letter",
        "Letter by letter",
        "Writing",
        "You will be able to say how a network writes a name, and how it knows what came before.",
        "edit_note",
    ),
)


def find_lesson(file: str) -> Lesson:
    """Return the lesson whose page is `file`."""
    return next(lesson for lesson in LESSONS if lesson.file == file)


def next_idea(lesson: Lesson) -> Lesson | None:
    """Return the next lesson on the way of Ideas, if it is not simply the next one."""
    later = [each for each in LESSONS if each.number > lesson.number and each.track == IDEAS]
    apart = later and lesson.track == IDEAS and later[0].number > lesson.number + 1
    return later[0] if apart else None


def parse_done(address: str) -> set[int]:
    """Return the numbers of lessons in the value of `done` in an address; anything else in it is
    ignored.
    """
    named = {part.strip() for part in address.split(",")}
    return {lesson.number for lesson in LESSONS if str(lesson.number) in named}
