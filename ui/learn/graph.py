"""The computation graph of a neuron and its loss: each step a node, with slopes on the edges."""

from lab.course.value import Value
from ui import theme
from ui.board.sketch import Sketch
from ui.learn.lesson import number

WIDTH, HEIGHT = 460, 500
BOX = (92, 44)  # of a node, in pixels
NODES = {  # the middle of each node
    "x": (70, 40),
    "w": (190, 40),
    "p": (130, 132),
    "b": (268, 132),
    "z": (199, 216),
    "a": (199, 300),
    "y": (330, 300),
    "d": (264, 384),
    "L": (264, 468),
}
MADE = {"p": "w · x", "z": "p + b", "a": "max(0, z)", "d": "a − y", "L": "d²"}


def neuron_graph(x: float, w: float, b: float, y: float) -> dict[str, Value]:
    """Return the nodes of L = (max(0, w·x + b) − y)², by name, with all their slopes."""
    nodes = {name: Value(value) for name, value in (("x", x), ("w", w), ("b", b), ("y", y))}
    nodes["p"] = nodes["w"] * nodes["x"]
    nodes["z"] = nodes["p"] + nodes["b"]
    nodes["a"] = nodes["z"].relu()
    nodes["d"] = nodes["a"] - nodes["y"]
    nodes["L"] = nodes["d"].square()
    nodes["L"].backward()
    return nodes


def children(nodes: dict[str, Value], name: str) -> list[tuple[str, float]]:
    """Return the nodes that are made of this one, each with its local slope for it."""
    return [
        (child, local)
        for child, value in nodes.items()
        for parent, local in value.parents
        if parent is nodes[name]
    ]


def draw_graph(nodes: dict[str, Value], picked: str) -> Sketch:
    """The graph from top to bottom; the node that is picked and its way to the loss are orange."""
    title = f"The graph of a neuron's loss; dL/d{picked} is {nodes[picked].slope:.4g}"
    drawing = Sketch((0, WIDTH), (HEIGHT, 0), title, WIDTH, HEIGHT)
    way, at = [picked], picked
    while step := children(nodes, at):
        at = step[0][0]
        way.append(at)
    for name in NODES:
        for child, local in children(nodes, name):
            (ax, ay), (bx, by) = NODES[name], NODES[child]
            on_way = name in way and child in way
            colour, wide = (theme.ORANGE, 4.0) if on_way else (theme.GREY, 2.0)
            drawing.line([ax, bx], [ay + BOX[1] / 2, by - BOX[1] / 2], colour, "", wide)
            # beside the edge, on the side where the graph is open
            label = f"× {number(round(local, 3))}"
            side = 16 + 5 * len(label)
            middle = (ax + bx) / 2 + (side if bx <= ax else -side), (ay + by) / 2 + 6
            drawing.word(*middle, label)
    for name, (x, y) in NODES.items():
        colour = theme.ORANGE if name in way else theme.BLUE
        label = f"{name} {number(round(nodes[name].data, 3))}"
        drawing.box(x - BOX[0] / 2, y - BOX[1] / 2, *BOX, label, colour)
    return drawing
