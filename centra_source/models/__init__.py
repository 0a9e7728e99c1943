"""Tables that analysts expect, made of the loaded ones by SQL: sales by day, stock cover, return rates."""

from .configuration import ModelsConfiguration, models_configuration
from .derive import DerivedModels, derive_models
from .layout import MODELS, Model

__all__ = [
    "MODELS",
    "DerivedModels",
    "Model",
    "ModelsConfiguration",
    "derive_models",
    "models_configuration",
]
