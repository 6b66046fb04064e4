"""Lesson 15: a network learns 500 pictures by heart, on purpose; five cures, each switched on and
taken apart.
"""

import math
from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from engine import (
    L2,
    MSE,
    SGD,
    Adam,
    Augmentation,
    BatchNorm,
    ConstantRate,
    Dense,
    Dropout,
    EarlyStopping,
    Layer,
    Linear,
    Network,
    Regularizer,
    ReLU,
    Xavier,
)
from engine.augmentation import warp
from lab.data import image_sets
from lab.data.image_sets import MNIST
from lab.runs.experiment import Experiment
from lab.runs.model_file import Model
from lab.runs.presets import recommended
from ui import theme
from ui.board.sketch import Sketch
from ui.draw.gallery import gallery, picture_url
from ui.experiment.downloads import offer
from ui.experiment.insides import card, signed
from ui.learn import lesson
from ui.learn.lesson import say
from ui.learn.trial import trial

PICTURES, UNITS, EPOCHS, SHOWN = 500, 128, 40, 8
KEY, PLAIN, CURED = "l15.run", "Nothing switched on", "With your cures"
CURES = {
    "dropout": (
        "Dropout",
        "Silences three in ten pixels and half of the hidden neurons, others at each step",
    ),
    "l2": ("L2", "Pulls every weight a little towards 0"),
    "norm": ("Batch normalisation", "Brings every hidden neuron's answers to a common size"),
    "moved": ("Augmentation", "Moves and turns every picture a little, differently each time"),
    "stop": ("Early stopping", "Ends when the loss on the test set has not fallen for five epochs"),
}
DRAWN = {
    "Right answers": (("test_accuracy", "train_accuracy"), 0.6, 1.0),
    "Loss": (("test_loss", "train_loss"), 0.0, 1.0),
}

one = lesson.begin("overfitting")
state = st.session_state

say("""A network with plenty of weights can learn its pictures by heart. That is [[over-fitting]].
Here it has 500 pictures and 40 epochs. Watch it happen, then switch on a cure: [[dropout]], [[L2]],
[[batch normalisation]], [[augmentation]], [[early stopping]]. Together such cures are called
[[regularisation]].""")
with st.container(horizontal=True, gap="medium", key="l15-cures"):
    on = {
        name
        for name, (label, told) in CURES.items()
        if st.toggle(label, key=f"l15.{name}", help=told)
    }


def chosen(on: set[str]) -> Experiment:
    """The network of this lesson with these cures."""
    layers: list[Layer] = [Dense(UNITS, ReLU())]
    if "norm" in on:
        layers = [Dense(UNITS, Linear()), BatchNorm(activation=ReLU())]
    if "dropout" in on:
        layers = [Dropout(0.3), *layers, Dropout(0.5)]
    cures: dict[str, Regularizer] = {
        "l2": L2(0.003),
        "moved": Augmentation(),
        "stop": EarlyStopping(5),
    }
    return recommended(MNIST(train_size=PICTURES)).changed(
        layers=tuple(layers),
        regularizers=tuple(cure for name, cure in cures.items() if name in on),
        optimizer=Adam(0.002),
        schedule=ConstantRate(),
        batch_size=32,
        epochs=EPOCHS,
    )


data = image_sets.first_images(MNIST(), 10_000)
offer("mnist")
seen = data.train_x[:SHOWN].copy()
rng = np.random.default_rng(15)
if "moved" in on:
    Augmentation().change_batch(seen, data.shape, rng)
if "dropout" in on:
    seen *= rng.random(seen.shape) >= 0.3
left, right = st.columns([1.5, 1], gap="medium", vertical_alignment="center")
with left:
    gallery(
        list(seen.reshape(-1, *data.shape)), [""] * SHOWN, "What the network is shown in one step"
    )
with right:
    told = [label for name, (label, _) in CURES.items() if name in on]
    st.caption(
        f"What it is shown in one step. Switched on: {', '.join(told) if told else 'nothing'}."
    )

lesson.question(
    one,
    1,
    "Without a cure it soon gets all its 500 pictures right. And pictures that it has never seen?",
    ["Just as well", "Worse", "No better than guessing"],
    "Worse",
    "It may remember single pixels of its pictures. Do these tell it anything about other "
    "pictures?",
    "What it knows by heart does not help with new pictures. What the pictures have in common "
    "does.",
)


def look(name: str, model: Model) -> str:
    """The weights of six hidden neurons as pictures."""
    six = model.network.weights[0][:, :6].T.reshape(6, *data.shape)
    return f'<img src="{signed(six, 3, scale=2)}" alt="The weights of six neurons of {name}">'


above = st.container()
drawn = st.segmented_control(
    "What is drawn",
    list(DRAWN),
    default="Right answers",
    required=True,
    key="l15.drawn",
    label_visibility="collapsed",
)
curves, low, high = DRAWN[str(drawn)]
wanted = {PLAIN: chosen(set())} | ({CURED: chosen(on)} if on else {})
with above:
    ended = trial(KEY, wanted, curves=curves, low=low, high=high, look=look)


def counted(model: Model) -> tuple[int, int]:
    """How many of the training pictures and of the test set it gets right."""

    def right_ones(x: NDArray[np.float32], y: NDArray[np.int64]) -> int:
        return int(np.sum(model.network.decide(model.network.outputs(x)) == y))

    return right_ones(data.train_x[:PICTURES], data.train_y[:PICTURES]), right_ones(
        data.test_x, data.test_y
    )


known = state.setdefault("l15.counted", {})
if known.get("of") != wanted or set(known.get("right", {})) != set(ended):
    known.update(of=wanted, right={name: counted(model) for name, model in ended.items()})
if known["right"]:
    tests = len(data.test_y)
    lines = [f"{'':20}  {'training pictures':>26}  {'test pictures':>28}  gap"]
    for name, (heart, fresh) in known["right"].items():
        learned, new = (
            f"{heart} / {PICTURES} = {heart / PICTURES:.2%}",
            f"{fresh:,} / {tests:,} = {fresh / tests:.2%}",
        )
        lines.append(
            f"{name:20}  {learned:>26}  {new:>28}  {100 * (heart / PICTURES - fresh / tests):.2f} "
            "points"
        )
    lesson.result("\n".join(lines))
say("""The gap between the two shares is what it knows by heart. The small pictures are the weights
of six hidden neurons. Try the cures one by one, then together. More of them is not always
better.""")
if data.note:
    say("""These pictures are easy: most of those that it has never seen are right as well. So the
    gap is small, and no cure brings much. With harder pictures the gap is wider, and augmentation
    brings most.""")
else:
    say("""Draw the loss as well: on the test set it falls, and then climbs again, as the network
    gets ever surer of its mistakes. Here augmentation brings most: it is nearly as good as having
    more pictures. Dropout brings a little. The other three hardly change how many are right. They
    keep the loss from climbing as far, so the network is less sure where it is wrong.""")

# --- each cure by itself --------------------------------------------------------------------------

Piece = tuple[str, str]  # a listing, and what it prints


def row(numbers: NDArray[np.floating], form: str = "6.3f") -> str:
    """Numbers side by side."""
    return " ".join(f"{value:{form}}" for value in numbers)


def single() -> Network:
    """A network with one weight."""
    return Network(
        [Dense(1, Linear())],
        1,
        MSE(),
        Xavier(),
        np.random.default_rng(0),
        np.float64,
        regression=True,
    )


def another() -> None:
    """The next draw."""
    state["l15.draw"] = state.get("l15.draw", 0) + 1


def dropout() -> Piece:
    """Ten answers, some of them silenced."""
    answers = np.array([0.8, 0.3, 1.2, 0.5, 0.9, 0.1, 1.4, 0.6, 0.2, 1.0])
    seed = state.get("l15.draw", 0)
    left, right = st.columns([1, 1.6], gap="medium")
    with left:
        p = st.slider("p, the share silenced", 0.0, 0.9, 0.5, 0.1, key="l15.p")
        st.button("Another draw", key="l15.another", on_click=another)
    chance = np.random.default_rng(seed).random(10)
    layer = Dropout(p)
    layer.bind((10,), np.dtype(np.float64), {})
    after = layer.forward(answers[None], layer.cache(1, True), np.random.default_rng(seed))[
        0
    ].copy()
    stays = chance >= p
    with right:
        drawing = Sketch(
            (0, 1), (0, 1), f"{int((~stays).sum())} of ten neurons are silenced", 560, 116
        )
        for i, answer in enumerate(after):
            x, colour = 4 + 56 * i, lesson.BLUE if stays[i] else lesson.GREY
            drawing.word(x + 24, 22, f"{answers[i]:g}")
            drawing.box(
                x, 34, 48, 48, f"{answer:.2f}" if stays[i] else "×", colour, f"{chance[i]:.3f}"
            )
        lesson.picture(drawing)
        st.caption(
            "Above: what ten neurons say. In the boxes: what is handed on. Below: the draw of each."
        )
    lesson.result(
        f"draw    {row(chance)}\nbefore  {row(answers)}\nafter   {row(after)}\n"
        f"stays if its draw is {p:g} or more, and is then divided by 1 − {p:g} = {1 - p:g}\n"
        f"sum     before {answers.sum():.3f}   after {after.sum():.3f}"
    )
    say("""Those that stay are scaled up, so that the sum is unchanged on average. No neuron can
    rely on one other, so each learns something of its own. In use, no neuron is silenced.""")
    lesson.formula(
        r"a_i \leftarrow \frac{a_i}{1-p}\ \text{ or }\ 0",
        (Dropout.forward, "rng.random", "return np.mult"),
    )
    return (
        f"""
        import numpy as np

        a, p = np.array({answers.tolist()}), {p:g}
        draw = np.random.default_rng({seed}).random(10)

        after = a * (draw >= p) / (1 - p)
        print("draw   ", " ".join(f"{{value:6.3f}}" for value in draw))
        print("after  ", " ".join(f"{{value:6.3f}}" for value in after))
        print(f"sum     before {{a.sum():.3f}}   after {{after.sum():.3f}}")
        """,
        f"draw    {row(chance)}\nafter   {row(after)}\nsum     before {answers.sum():.3f}   after "
        f"{after.sum():.3f}",
    )


def move() -> Piece:
    """A digit moved by chance, and one pixel of it worked out."""
    left, right = st.columns([1, 1.6], gap="medium")
    with left:
        most = st.slider("Pixels at most, each way", 0.0, 6.0, 3.0, 0.5, key="l15.most")
        st.button("Another draw", key="l15.again", on_click=another)
    seed, old, made = (
        state.get("l15.draw", 0),
        data.train_x[0].reshape(data.shape),
        data.train_x[:1].copy(),
    )
    Augmentation(shift=most, rotate=0.0, scale=0.0).change_batch(
        made, data.shape, np.random.default_rng(seed)
    )
    new = made.reshape(data.shape)
    chance = np.random.default_rng(seed)
    chance.uniform(size=2)  # by how much it is turned and scaled, here not at all
    down, across = (float(draw) for draw in chance.uniform(-most, most, 2))
    row, column = divmod(int(np.abs(new - 0.5).argmin()), data.shape[1])
    y, x = row - down, column - across
    i, j = math.floor(y), math.floor(x)
    below, beside = round(y - i, 7), round(x - j, 7)
    framed = np.pad(old, 8)[i + 8 : i + 10, j + 8 : j + 10].astype(float).round(7)
    (a, b), (c, d) = framed
    upper, lower = a + beside * (b - a), c + beside * (d - c)
    with right:
        cards = (
            ("A training picture", old),
            (f"Right by {lesson.number(across, '.2f')}, down by {lesson.number(down, '.2f')}", new),
        )
        html = "".join(card(picture_url(pixels, scale=5), title) for title, pixels in cards)
        st.html(f'<div class="why">{html}</div>')
    lesson.result(
        f"pixel in row {row + 1}, column {column + 1}: it was in row {row + 1} − ({down:.4f}) = "
        f"{y + 1:.4f}, column {column + 1} − ({across:.4f}) = {x + 1:.4f}\nneighbours there   "
        f"{a:.4f} {b:.4f}\n                   {c:.4f} {d:.4f}\nbetween the upper  {a:.4f} + "
        f"{beside:.4f} · ({b:.4f} − {a:.4f}) = {upper:.4f}\nbetween the lower  {c:.4f} + "
        f"{beside:.4f} · ({d:.4f} − {c:.4f}) = {lower:.4f}\nbetween both       {upper:.4f} + "
        f"{below:.4f} · ({lower:.4f} − {upper:.4f}) = {new[row, column]:.3f}"
    )
    say("""The draw is another one in each step, so the network never sees the same picture twice.
    It cannot learn single pixels by heart, as they are never in the same place. Turning and scaling
    work alike. In the formula s and t say how far the place lies to the right of its left
    neighbours, and below its upper ones.""")
    lesson.formula(
        r"u = a + s\,(b - a),\quad l = c + s\,(d - c),\quad p = u + t\,(l - u)",
        (warp, "a, b = flat.take", "np.add"),
    )
    return (
        f"""
        import numpy as np

        (a, b), (c, d) = np.array({framed.tolist()})
        beside, below = {beside!r}, {below!r}

        upper = a + beside * (b - a)
        lower = c + beside * (d - c)
        print(f"upper {{upper:.3f}}, lower {{lower:.3f}}, \
pixel {{upper + below * (lower - upper):.3f}}")
        """,
        f"upper {upper:.3f}, lower {lower:.3f}, pixel {new[row, column]:.3f}",
    )


def pull() -> Piece:
    """A weight that no picture asks for, over a hundred steps."""
    rate, steps = 0.1, 100
    left, right = st.columns([1, 1.6], gap="medium")
    with left:
        w = st.slider("The weight", -2.0, 2.0, 1.5, 0.1, key="l15.w")
        strength = st.select_slider(
            "λ, how hard L2 pulls", [0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0], 0.1, key="l15.force"
        )
        st.caption(f"Learning rate {rate:g}; slope g = 0, so no picture asks for this weight.")
    made, step, cure, path = single(), SGD(rate), L2(strength), [w]
    made.theta[0] = w
    step.start(made.theta)
    for _ in range(steps):
        made.gradient[:] = 0
        cure.change_gradient(made)
        step.step(made.theta, made.gradient, rate)
        path.append(float(made.theta[0]))
    with right:
        drawing = Sketch(
            (0, steps), (-2.2, 2.2), f"The weight goes from {w:g} to {path[-1]:.4f}", 560, 190
        )
        drawing.axes("steps", "w", 20).line([0, steps], [w, w], lesson.GREY, "6 5", 2)
        lesson.picture(drawing.line(list(range(steps + 1)), path, lesson.BLUE))
        st.caption("Blue: the weight with L2. Grey, dashed: without.")
    lesson.result(
        f"one step       w ← {w:g} − {rate:g} · (0 + {strength:g} · {w:g}) = {path[1]:.4f}\n"
        f"{steps} steps      {w:g} · (1 − {rate:g} · {strength:g})^{steps} = {path[-1]:.4f}"
    )
    say("""A large weight is pulled harder than a small one. Weights that many pictures need resist
    the pull. What only one picture needs is forgotten. All this is so for plain SGD, as in the
    formula. The networks above learn by Adam, which divides each slope by its usual size: where no
    picture asks for a weight, it pulls large and small ones alike.""")
    lesson.formula(
        r"w \leftarrow w - \eta\,(g + \lambda w)",
        (L2.change_gradient, "network.gradient", "network.gradient"),
    )
    return (
        f"""
        import numpy as np

        w, g, strength, rate = {w:g}, 0.0, {strength:g}, {rate:g}

        path = np.zeros({steps + 1})
        path[0] = w
        for step in range({steps}):
            path[step + 1] = path[step] - rate * (g + strength * path[step])
        print(f"one step    {{path[1]:.4f}}")
        print(f"{steps} steps   {{path[-1]:.4f}}")
        """,
        f"one step    {path[1]:.4f}\n{steps} steps   {path[-1]:.4f}",
    )


def norm() -> Piece:
    """What one neuron says to five pictures, brought to a common size."""
    left, right = st.columns([1, 1.6], gap="medium")
    with left:
        first = st.slider("What it says to the first picture", -4.0, 8.0, 6.0, 0.5, key="l15.first")
        st.caption("The other four get 1, 2, 4 and 5.")
    said = np.array([first, 1.0, 2.0, 4.0, 5.0])
    layer, of_one = BatchNorm(), (np.ones(1), np.zeros(1), np.zeros(1), np.ones(1))
    layer.bind(
        (1,), np.dtype(np.float64), dict(zip(("gamma", "beta", "mean", "var"), of_one, strict=True))
    )
    after = layer.forward(said[:, None], layer.cache(5, True))[:, 0].copy()
    mean, var = said.mean(), said.var()
    with right:
        drawing = Sketch(
            (-5, 9),
            (-1, 2.6),
            f"Five answers with the mean {mean:g}, and shifted to the mean 0",
            560,
            170,
        )
        drawing.axes("", "", 2).line([mean, mean], [1.1, 1.9], lesson.ORANGE, "5 4", 2)
        drawing.points(said.tolist(), [1.5] * 5, lesson.ORANGE, 7).points(
            after.tolist(), [0] * 5, lesson.BLUE, 7
        )
        drawing.points([first], [1.5], theme.BLACK, 3).points(
            [float(after[0])], [0], theme.WHITE, 3
        )
        lesson.picture(drawing)
        st.caption(
            "Above, orange: the answers and their mean. Below, blue: what is made of them. The "
            "eye: the first."
        )
    lesson.result(
        f"mean      ({' + '.join(f'{v:g}' for v in said)}) / 5 = {mean:.4f}\n"
        f"variance  the mean of the squared distances from it = {var:.4f}\n"
        f"answers   {row(said, '8.4f')}\nmade      {row(after, '8.4f')}\n"
        f"such as   ({first:g} − {mean:.4f}) / √({var:.4f} + 0.00001) = {after[0]:.4f}"
    )
    say("""Each answer now depends a little on which pictures share its batch, and these are others
    every time. That makes learning by heart harder. Two more parameters let the neuron stretch and
    shift the outcome again. It is more than a cure: many networks learn faster with it, and bear
    larger learning rates. In use there is no batch. Then mean and variance are averages over many
    batches, noted down while it learned.""")
    lesson.formula(
        r"\hat{x} = \frac{x - \text{mean}}{\sqrt{\text{variance} + \varepsilon}},\qquad z = "
        r"\gamma\,\hat{x} + \beta",
        (BatchNorm.forward, "mean = v.mean", "var = np.square"),
        (BatchNorm.forward, "cache.root", "z += "),
    )
    return (
        f"""
        import numpy as np

        x = np.array({said.tolist()})

        made = (x - x.mean()) / np.sqrt(np.mean((x - x.mean()) ** 2) + 1e-5)
        print(f"mean {{x.mean():.4f}}, variance {{np.mean((x - x.mean()) ** 2):.4f}}")
        print("made", " ".join(f"{{value:8.4f}}" for value in made))
        """,
        f"mean {mean:.4f}, variance {var:.4f}\nmade {row(after, '8.4f')}",
    )


def stop() -> Piece:
    """The losses of fifteen epochs, and where one would have stopped."""
    losses = [
        0.93,
        0.64,
        0.57,
        0.54,
        0.52,
        0.53,
        0.51,
        0.52,
        0.52,
        0.53,
        0.50,
        0.53,
        0.54,
        0.55,
        0.56,
    ]
    left, right = st.columns([1, 1.6], gap="medium")
    with left:
        patience = st.slider("For how many epochs it waits", 1, 5, 2, key="l15.patience")
    cure, made = EarlyStopping(patience), single()
    last = next((i for i, loss in enumerate(losses, 1) if cure.enough(made, loss)), len(losses))
    best = 1 + int(np.argmin(losses[:last]))
    with right:
        drawing = Sketch(
            (0, 15),
            (0.4, 1.0),
            f"It stops after epoch {last} and goes back to epoch {best}",
            560,
            190,
        )
        drawing.grid("epochs", "{:.1f}", 0.2).line(range(1, 16), losses, lesson.GREY, "6 5", 2)
        drawing.line(range(1, last + 1), losses[:last], lesson.BLUE).points(
            [best], [losses[best - 1]], lesson.ORANGE, 8
        )
        lesson.picture(drawing.line([last, last], [0.4, 1.0], lesson.BLUE, "3 4", 2))
        st.caption(
            "Blue, solid: a loss on the test set (made up), until it stops. Orange: the weights "
            "that it goes back to."
        )
    lesson.result(
        f"losses  {' '.join(f'{loss:.2f}' for loss in losses)}\n"
        f"stops after epoch {last}, goes back to epoch {best}, whose loss is {losses[best - 1]:.2f}"
    )
    say("""Waiting pays: the loss wobbles, and may fall once more. Waiting costs only time, as the
    best weights are kept meanwhile. On this site it stops by the test set. So the test set has had
    a say in the training, and what it says in the end is a little too good. Properly, one stops by
    a third set of pictures, and asks the test set once.""")
    lesson.formula(
        r"\text{stop after } n \text{ epochs with } L \ge L_{\text{best}}",
        (EarlyStopping.enough, "if loss", "return True"),
    )
    return (
        f"""
        import numpy as np

        losses, patience = np.array({losses}), {patience}

        best = last = 0
        for epoch in range(len(losses)):
            last = epoch
            if losses[epoch] < losses[best]:
                best = epoch
            if epoch - best >= patience:
                break
        print(f"stops after epoch {{last + 1}}, goes back to epoch {{best + 1}}")
        """,
        f"stops after epoch {last}, goes back to epoch {best}",
    )


DEMOS: dict[str, Callable[[], Piece]] = {
    "Dropout": dropout,
    "L2": pull,
    "Batch normalisation": norm,
    "Augmentation": move,
    "Early stopping": stop,
}
st.markdown("#### One cure at a time")
closer = st.segmented_control(
    "Which cure",
    list(DEMOS),
    default="Dropout",
    required=True,
    key="l15.closer",
    label_visibility="collapsed",
)
code, printed = DEMOS[str(closer)]()

lesson.question(
    one,
    2,
    "You train on 5,000 pictures instead of 500, and switch nothing on. What happens to the gap?",
    ["It gets smaller", "It stays as it is", "It gets larger"],
    "It gets smaller",
    "Is it easier to learn 500 things by heart, or 5,000?",
    "More pictures are harder to learn by heart, and show better what they have in common. No "
    "cure beats them.",
)
lesson.listing(code, printed)
lesson.open_in("digits", chosen(on), "This network with these cures, on Digits")
lesson.end(one)
