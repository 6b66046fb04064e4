"""A neural network in NumPy that can be read in an evening.

Read it in this order: settings, activations, initializers, losses, layer, dense, network,
regularizers, optimizers, schedules, metrics, training, gradient_check, diagnosis; then
normalization, convolution, recurrent, embedding, attention, augmentation.
"""

from engine.activations import (
    ACTIVATIONS,
    ELU,
    GELU,
    SELU,
    Activation,
    HardSigmoid,
    LeakyReLU,
    Linear,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from engine.arrays import as_numbers
from engine.attention import Attention
from engine.convolution import AvgPool2D, Conv2D, MaxPool2D
from engine.dense import Dense, Dropout, Flatten
from engine.diagnosis import Diagnosis
from engine.embedding import Embedding
from engine.initializers import (
    INITIALIZERS,
    Constant,
    He,
    Initializer,
    LeCun,
    Normal,
    Orthogonal,
    Uniform,
    Xavier,
    Zeros,
)
from engine.layer import Layer
from engine.layers import LAYERS
from engine.losses import (
    LOSSES,
    MAE,
    MSE,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    HalfSquaredError,
    Hinge,
    Huber,
    Loss,
)
from engine.metrics import (
    accuracy,
    confusion_matrix,
    expected_calibration_error,
    f1,
    macro,
    precision,
    r2,
    recall,
    reliability,
    roc_auc,
    top_k_accuracy,
    weighted,
)
from engine.network import Network, shapes_through
from engine.normalization import BatchNorm, LayerNorm
from engine.optimizers import (
    OPTIMIZERS,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Descent,
    HillClimb,
    Momentum,
    NAdam,
    Nesterov,
    Optimizer,
    RandomSearch,
    RMSprop,
    Search,
)
from engine.recurrent import GRU
from engine.regularizers import (
    L1,
    L2,
    REGULARIZERS,
    Augmentation,
    EarlyStopping,
    GradientClipping,
    MaxNorm,
    Regularizer,
)
from engine.schedules import (
    SCHEDULES,
    ConstantRate,
    Cosine,
    ExponentialDecay,
    InverseTime,
    OneCycle,
    ReduceOnPlateau,
    Schedule,
    StepDecay,
    WarmUp,
)
from engine.settings import Choice, choice, find, from_dict, option, setting, text
from engine.training import (
    Evaluation,
    Step,
    TrainingOptions,
    TrainingPosition,
    batches,
    batches_per_epoch,
    confident_mistakes,
    evaluate,
    fit,
    measure,
)
