"""The menu of layers, from simple to complex, gathered from the files that explain them."""

from engine.attention import Attention
from engine.convolution import AvgPool2D, Conv2D, MaxPool2D
from engine.dense import Dense, Dropout, Flatten
from engine.embedding import Embedding
from engine.layer import Layer
from engine.normalization import BatchNorm, LayerNorm
from engine.recurrent import GRU

IN_PLACE = (Dense, Conv2D, MaxPool2D, AvgPool2D, Flatten, Dropout, BatchNorm, LayerNorm)
IN_ORDER = (GRU, Embedding, Attention)  # of sequences
LAYERS: dict[str, type[Layer]] = {c.__name__: c for c in (*IN_PLACE, *IN_ORDER)}
