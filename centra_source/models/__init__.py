"""Tables for analysts, made from the loaded tables by SQL: sales by day, stock cover, return rates."""

from .configuration import ModelsConfiguration, models_configuration
from .derive import DerivedModels, derive_models
from .layout import MODELS, Model
from .totals import TotalsCheck

__all__ = [
    "MODELS",
    "DerivedModels",
    "Model",
    "ModelsConfiguration",
    "TotalsCheck",
    "derive_models",
    "models_configuration",
]
