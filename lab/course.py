"""The course: its lessons in their order, what each of them is about, and which of the five seeds' stages it covers."""

from dataclasses import dataclass

PARTS = ("A neuron", "Learning", "Seeing")


@dataclass(frozen=True)
class Lesson:
    """One lesson: about five minutes. `file` is its page in pages/learn/, `goal` what one can do after it."""

    number: int
    file: str
    title: str
    part: str
    goal: str
    icon: str

    @property
    def path(self) -> str:
        """Its address."""
        return f"learn-{self.file.replace('_', '-')}"


LESSONS: tuple[Lesson, ...] = (
    Lesson(1, "one_neuron", "One neuron", "A neuron",
           "You will be able to say what a neuron computes, and how it learns from one example.", "adjust"),
    Lesson(2, "dot_product", "The dot product", "A neuron",
           "You will be able to write a neuron's sum in two ways, and say which is quicker.", "functions"),
    Lesson(3, "layers_on_layers", "Layers on layers", "A neuron",
           "You will be able to say which shapes fit together when neurons stand in layers.", "layers"),
    Lesson(4, "the_dense_layer", "The Dense layer, line by line", "A neuron",
           "You will be able to read the layer that this whole site runs on.", "code"),
    Lesson(5, "broadcasting", "Broadcasting and sums", "A neuron",
           "You will be able to predict the shape of a sum of tables, and say why a bias learns from all rows.",
           "table_rows"),
    Lesson(6, "activations", "Activations", "A neuron",
           "You will be able to say why a network needs a bend, and what each kind of bend does.", "timeline"),
    Lesson(7, "softmax", "Softmax and cross-entropy", "Learning",
           "You will be able to turn three sums into probabilities by hand, and say how wrong they are.", "percent"),
)  # fmt: skip


def lesson(file: str) -> Lesson:
    """The lesson of a page."""
    return next(one for one in LESSONS if one.file == file)
