"""A neural network in NumPy that can be read in an evening.

Read it in this order: settings, activations, initializers, losses, layers, network, optimizers, schedules,
regularizers, training, metrics, gradient_check.
"""

from engine.activations import ACTIVATIONS, Activation, LeakyReLU, Linear, ReLU, Sigmoid, Softmax, Tanh
from engine.initializers import INITIALIZERS, He, Initializer, Normal, Xavier, Zeros
from engine.layers import LAYERS, Dense
from engine.losses import LOSSES, MSE, BinaryCrossEntropy, CategoricalCrossEntropy, Loss
from engine.metrics import accuracy, confusion_matrix, f1, macro, precision, recall
from engine.network import Network
from engine.optimizers import OPTIMIZERS, SGD, Adam, Momentum, Optimizer, RMSprop
from engine.regularizers import L2, REGULARIZERS
from engine.schedules import SCHEDULES, Constant, Cosine, Schedule
from engine.settings import Choice, find, from_dict, option, setting
from engine.training import Evaluation, Step, confident_mistakes, evaluate, fit, measure

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "L2",
    "LAYERS",
    "LOSSES",
    "MSE",
    "OPTIMIZERS",
    "REGULARIZERS",
    "SCHEDULES",
    "SGD",
    "Activation",
    "Adam",
    "BinaryCrossEntropy",
    "CategoricalCrossEntropy",
    "Choice",
    "Constant",
    "Cosine",
    "Dense",
    "Evaluation",
    "He",
    "Initializer",
    "LeakyReLU",
    "Linear",
    "Loss",
    "Momentum",
    "Network",
    "Normal",
    "Optimizer",
    "RMSprop",
    "ReLU",
    "Schedule",
    "Sigmoid",
    "Softmax",
    "Step",
    "Tanh",
    "Xavier",
    "Zeros",
    "accuracy",
    "confident_mistakes",
    "confusion_matrix",
    "evaluate",
    "f1",
    "find",
    "fit",
    "from_dict",
    "macro",
    "measure",
    "option",
    "precision",
    "recall",
    "setting",
]
