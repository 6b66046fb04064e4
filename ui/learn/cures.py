"""The five cures of lesson 15, each by itself: a small example to move, drawn and worked out.

Each `show_...` puts its example on the page and returns the listing that prints the same numbers.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from engine import (
    L2,
    MSE,
    SGD,
    Augmentation,
    BatchNorm,
    Dense,
    Dropout,
    EarlyStopping,
    Linear,
    Network,
    Xavier,
    as_numbers,
)
from engine.augmentation import interpolate
from lab.data.dataset import Data
from ui.draw.gallery import picture_url
from ui.experiment.insides import card
from ui.learn import lesson
from ui.learn.cure_drawings import draw_normalised, draw_pulled, draw_silenced, draw_stopped
from ui.learn.lesson import say
from ui.state import remembered

Listing = tuple[str, str]  # plain NumPy, and what it prints
LOSSES = (0.93, 0.64, 0.57, 0.54, 0.52, 0.53, 0.51, 0.52, 0.52, 0.53, 0.50, 0.53, 0.54, 0.55, 0.56)


@dataclass
class CuresState:
    """What the cures remember: the seed of the draws that are shown."""

    seed: int = 0


def _in_a_row(numbers: NDArray[np.floating], form: str = "6.3f") -> str:
    """Numbers side by side."""
    return " ".join(f"{value:{form}}" for value in numbers)


def _one_weight() -> Network:
    """A network with one weight."""
    layers, rng = [Dense(1, Linear())], np.random.default_rng(0)
    return Network(layers, 1, MSE(), Xavier(), rng, np.float64, regression=True)


def _draw_again() -> None:
    """Take the next seed of the draws."""
    remembered("l15", CuresState).seed += 1


def show_dropout(data: Data) -> Listing:
    """Ten answers, some of them silenced."""
    answers = np.array([0.8, 0.3, 1.2, 0.5, 0.9, 0.1, 1.4, 0.6, 0.2, 1.0])
    seed = remembered("l15", CuresState).seed
    left, right = st.columns([1, 1.6], gap="medium")
    with left:
        p = st.slider("p, the share silenced", 0.0, 0.9, 0.5, 0.1, key="l15.p")
        st.button("Another draw", key="l15.another", on_click=_draw_again)
    draws = np.random.default_rng(seed).random(10)
    layer = Dropout(p)
    layer.bind((10,), np.dtype(np.float64), {})
    rng = np.random.default_rng(seed)
    after = layer.forward(answers[None], layer.cache(1, True), rng)[0].copy()
    stays = draws >= p
    with right:
        lesson.picture(draw_silenced(answers, after, draws, stays))
        st.caption(
            "Above: what ten neurons say. In the boxes: what is handed on. Below: the draw of each."
        )
    lesson.result(
        f"draw    {_in_a_row(draws)}\nbefore  {_in_a_row(answers)}\nafter   {_in_a_row(after)}\n"
        f"stays if its draw is {p:g} or more, and is then divided by 1 − {p:g} = {1 - p:g}\n"
        f"sum     before {answers.sum():.3f}   after {after.sum():.3f}"
    )
    say("""Those that stay are scaled up, so that the sum is unchanged on average. No neuron can
    rely on one other, so each learns something of its own. In use, no neuron is silenced.""")
    lesson.formula(
        r"a_i \leftarrow \frac{a_i}{1-p}\ \text{ or }\ 0",
        (Dropout.forward, "rng.random", "return np.mult"),
        plain="a = a * (rng.random(a.shape) >= p) / (1 - p)",
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
        f"draw    {_in_a_row(draws)}\n"
        f"after   {_in_a_row(after)}\n"
        f"sum     before {answers.sum():.3f}   after {after.sum():.3f}",
    )


def _moved(data: Data, most: float, seed: int) -> tuple[NDArray[np.float32], float, float]:
    """The first training picture, moved; and by how many pixels: down, and to the right."""
    batch = as_numbers(data.train_x[:1]).copy()
    augmentation = Augmentation(shift=most, rotate=0.0, scale=0.0)
    augmentation.change_batch(batch, data.shape, np.random.default_rng(seed))
    rng = np.random.default_rng(seed)
    rng.uniform(size=2)  # by how much it is turned and scaled, here not at all
    down, across = (float(draw) for draw in rng.uniform(-most, most, 2))
    return batch.reshape(data.shape), down, across


def _show_side_by_side(*pictures: tuple[NDArray[np.floating], str]) -> None:
    cards = "".join(card(picture_url(pixels, scale=5), text) for pixels, text in pictures)
    st.html(f'<div class="why">{cards}</div>')


def show_augmentation(data: Data) -> Listing:
    """A digit moved by chance, and one pixel of it worked out."""
    left, right = st.columns([1, 1.6], gap="medium")
    most = left.slider("Pixels at most, each way", 0.0, 6.0, 3.0, 0.5, key="l15.most")
    left.button("Another draw", key="l15.again", on_click=_draw_again)
    old = as_numbers(data.train_x[0]).reshape(data.shape)
    new, down, across = _moved(data, most, remembered("l15", CuresState).seed)
    row, column = divmod(int(np.abs(new - 0.5).argmin()), data.shape[1])
    y, x = row - down, column - across
    i, j = math.floor(y), math.floor(x)
    below, beside = round(y - i, 7), round(x - j, 7)
    framed = np.pad(old, 8)[i + 8 : i + 10, j + 8 : j + 10].astype(float).round(7)
    (a, b), (c, d) = framed
    upper, lower = a + beside * (b - a), c + beside * (d - c)
    title = f"Right by {lesson.number(across, '.2f')}, down by {lesson.number(down, '.2f')}"
    with right:
        _show_side_by_side((old, "A training picture"), (new, title))
    lesson.result(
        f"pixel in row {row + 1}, column {column + 1}: it was in row {row + 1} − ({down:.4f}) = "
        f"{y + 1:.4f}, column {column + 1} − ({across:.4f}) = {x + 1:.4f}\n"
        f"neighbours there   {a:.4f} {b:.4f}\n"
        f"                   {c:.4f} {d:.4f}\n"
        f"between the upper  {a:.4f} + {beside:.4f} · ({b:.4f} − {a:.4f}) = {upper:.4f}\n"
        f"between the lower  {c:.4f} + {beside:.4f} · ({d:.4f} − {c:.4f}) = {lower:.4f}\n"
        f"between both       {upper:.4f} + {below:.4f} · ({lower:.4f} − {upper:.4f}) = "
        f"{new[row, column]:.3f}"
    )
    say("""The draw is another one in each step, so the network never sees the same picture twice.
    It cannot learn single pixels by heart, as they are never in the same place. Turning and scaling
    work alike. In the formula s and t say how far the place lies to the right of its left
    neighbours, and below its upper ones.""")
    lesson.formula(
        r"u = a + s\,(b - a),\quad l = c + s\,(d - c),\quad p = u + t\,(l - u)",
        (interpolate, "a, b = flat.take", "np.add"),
        plain="upper = a + s * (b - a)\n"
        "lower = c + s * (d - c)\n"
        "pixel = upper + t * (lower - upper)",
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


def _pulled(w: float, strength: float, rate: float, steps: int) -> list[float]:
    """A weight after each step of plain SGD when nothing but L2 moves it, the first one first."""
    network, optimizer, cure = _one_weight(), SGD(rate), L2(strength)
    network.theta[0] = w
    optimizer.start(network.theta)
    path = [w]
    for _ in range(steps):
        network.gradient[:] = 0
        cure.change_gradient(network)
        optimizer.step(network.theta, network.gradient, rate)
        path.append(float(network.theta[0]))
    return path


def show_l2(data: Data) -> Listing:
    """A weight that no picture asks for, over a hundred steps."""
    rate, steps = 0.1, 100
    left, right = st.columns([1, 1.6], gap="medium")
    with left:
        w = st.slider("The weight", -2.0, 2.0, 1.5, 0.1, key="l15.w")
        strength = st.select_slider(
            "λ, how hard L2 pulls", [0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0], 0.1, key="l15.force"
        )
        st.caption(f"Learning rate {rate:g}; slope g = 0, so no picture asks for this weight.")
    path = _pulled(w, strength, rate, steps)
    with right:
        lesson.picture(draw_pulled(path))
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
        plain="w = w - rate * (g + strength * w)",
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


def show_batch_normalisation(data: Data) -> Listing:
    """What one neuron says to five pictures, brought to a common size."""
    left, right = st.columns([1, 1.6], gap="medium")
    with left:
        first = st.slider("What it says to the first picture", -4.0, 8.0, 6.0, 0.5, key="l15.first")
        st.caption("The other four get 1, 2, 4 and 5.")
    answers = np.array([first, 1.0, 2.0, 4.0, 5.0])
    layer, of_one = BatchNorm(), (np.ones(1), np.zeros(1), np.zeros(1), np.ones(1))
    layer.bind(
        (1,), np.dtype(np.float64), dict(zip(("gamma", "beta", "mean", "var"), of_one, strict=True))
    )
    after = layer.forward(answers[:, None], layer.cache(5, True))[:, 0].copy()
    mean, var = answers.mean(), answers.var()
    with right:
        lesson.picture(draw_normalised(answers, after))
        st.caption(
            "Above, orange: the answers and their mean. Below, blue: what is made of them. The "
            "eye: the first."
        )
    lesson.result(
        f"mean      ({' + '.join(f'{v:g}' for v in answers)}) / 5 = {mean:.4f}\n"
        f"variance  the mean of the squared distances from it = {var:.4f}\n"
        f"answers   {_in_a_row(answers, '8.4f')}\nmade      {_in_a_row(after, '8.4f')}\n"
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
        plain="spread = np.sqrt(x.var(axis=0) + 1e-5)\n"
        "z = gamma * (x - x.mean(axis=0)) / spread + beta",
    )
    return (
        f"""
        import numpy as np

        x = np.array({answers.tolist()})

        made = (x - x.mean()) / np.sqrt(np.mean((x - x.mean()) ** 2) + 1e-5)
        print(f"mean {{x.mean():.4f}}, variance {{np.mean((x - x.mean()) ** 2):.4f}}")
        print("made", " ".join(f"{{value:8.4f}}" for value in made))
        """,
        f"mean {mean:.4f}, variance {var:.4f}\nmade {_in_a_row(after, '8.4f')}",
    )


def show_early_stopping(data: Data) -> Listing:
    """The losses of fifteen epochs, and where one would have stopped."""
    left, right = st.columns([1, 1.6], gap="medium")
    with left:
        patience = st.slider("For how many epochs it waits", 1, 5, 2, key="l15.patience")
    losses = list(LOSSES)
    cure, network = EarlyStopping(patience), _one_weight()
    last = next((i for i, loss in enumerate(losses, 1) if cure.enough(network, loss)), len(losses))
    best = 1 + int(np.argmin(losses[:last]))
    with right:
        lesson.picture(draw_stopped(losses, last, best))
        st.caption(
            "Blue, solid: a loss on the validation set (made up), until it stops. Orange: the "
            "weights that it goes back to."
        )
    lesson.result(
        f"losses  {' '.join(f'{loss:.2f}' for loss in losses)}\n"
        f"stops after epoch {last}, goes back to epoch {best}, whose loss is {losses[best - 1]:.2f}"
    )
    say("""Waiting pays: the loss wobbles, and may fall once more. Waiting costs only time, as the
    best weights are kept meanwhile. It watches a [[validation set]]: pictures that it does not
    learn from and is not tested on. If it stopped by the test set, that set would have a say in the
    training, and flatter the network a little. So the test set is asked once, at the very end.""")
    lesson.formula(
        r"\text{stop after } n \text{ epochs with } L \ge L_{\text{best}}",
        (EarlyStopping.enough, "if loss", "return True"),
        plain="if loss < best:\n"
        "    best, waited, kept = loss, 0, theta.copy()\n"
        "else:\n"
        "    waited += 1\n"
        "if waited >= patience:\n"
        "    theta = kept",
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


CURES: dict[str, Callable[[Data], Listing]] = {
    "Dropout": show_dropout,
    "L2": show_l2,
    "Batch normalisation": show_batch_normalisation,
    "Augmentation": show_augmentation,
    "Early stopping": show_early_stopping,
}
