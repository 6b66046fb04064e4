"""The menu of layers, from simple to complex, gathered from the files that explain them."""

from engine.convolution import AvgPool2D, Conv2D, MaxPool2D
from engine.dense import Dense, Dropout, Flatten
from engine.layer import Layer
from engine.normalization import BatchNorm, LayerNorm
from engine.recurrent import GRU

LAYERS: dict[str, type[Layer]] = {
    c.__name__: c
    for c in (Dense, Conv2D, MaxPool2D, AvgPool2D, Flatten, Dropout, BatchNorm, LayerNorm, GRU)
}
