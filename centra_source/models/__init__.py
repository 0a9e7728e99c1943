"""Tables that analysts expect, made of the loaded ones by SQL: sales by day, stock cover, return rates."""

from .configuration import ModelsConfiguration, models_configuration
from .derive import derive_models, left_out
from .layout import MODELS, Model

__all__ = [
    "MODELS",
    "Model",
    "ModelsConfiguration",
    "derive_models",
    "left_out",
    "models_configuration",
]
