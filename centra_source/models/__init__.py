"""Tables for analysts, made from the loaded tables by SQL: sales by day, stock cover, return rates."""

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
