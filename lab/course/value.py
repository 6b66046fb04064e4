"""A number that remembers what it was made of, and so finds its own slopes: a graph in forty lines.

After Karpathy's micrograd, 2020; the method is reverse-mode differentiation (Linnainmaa, 1970).
"""

import math


class Value:
    """A number in a graph: `data`, and after `backward` of the last one its `slope`.

    `parents`: what it was made of, each with the local slope, of this number for that one.
    """

    def __init__(self, data: float, *parents: tuple["Value", float]) -> None:
        self.data, self.parents, self.slope = data, parents, 0.0

    def __add__(self, other: "Value") -> "Value":
        return Value(self.data + other.data, (self, 1.0), (other, 1.0))

    def __sub__(self, other: "Value") -> "Value":
        return Value(self.data - other.data, (self, 1.0), (other, -1.0))

    def __mul__(self, other: "Value") -> "Value":
        return Value(self.data * other.data, (self, other.data), (other, self.data))

    def square(self) -> "Value":
        """Itself times itself."""
        return Value(self.data**2, (self, 2 * self.data))

    def relu(self) -> "Value":
        """Itself above zero, else 0."""
        return Value(max(0.0, self.data), (self, float(self.data > 0)))

    def tanh(self) -> "Value":
        """Its hyperbolic tangent."""
        a = math.tanh(self.data)
        return Value(a, (self, 1 - a**2))

    def backward(self) -> None:
        """Give each number that this one hangs on its slope: local times incoming, added up."""
        order: list[Value] = []

        def visit(value: Value) -> None:
            if value not in order:
                for parent, _ in value.parents:
                    visit(parent)
                order.append(value)

        visit(self)
        for value in order:
            value.slope = 0.0
        self.slope = 1.0
        for value in reversed(order):
            for parent, local in value.parents:
                parent.slope += local * value.slope
