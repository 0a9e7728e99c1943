"""What the checks of a catalog can be told: severities, thresholds, and what the file is made for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...exceptions import InvalidSetting

_SHARES = ("same_code_share", "removed_share")
_COUNTS = (
    "max_name_length",
    "min_description_length",
    "same_code_folders",
    "weight_factor",
    "fewest_products",
    "fewest_weights",
)


@dataclass(frozen=True)
class CheckOptions:
    """Settings of the checks.

    Attributes:
        profile: Of the file that is to be delivered; the centra profile may lack descriptions.
        omits_blocked: Whether the file leaves out what is blocked, having no column to say so.
        severities: BLOCK, WARN, INFO or OFF by the id of a rule. It then holds for all that the rule finds.
        dangerous_goods: Whether such goods are shipped; Global-e then insists on weights.
        max_name_length: Characters. Global-e publishes no limit.
        min_description_length: Characters.
        same_code_share: Of all products; from there on, one commodity code looks like a placeholder.
        same_code_folders: Folders; from there on, one commodity code looks like a placeholder.
        min_weight: Grams.
        max_weight: Grams.
        weight_factor: How many times the median of its folder a weight may be.
        fewest_products: In fewer, nothing is concluded from products that are all alike.
        fewest_weights: From fewer rows of a folder, no median is taken.
        removed_share: Of the rows delivered last time, that may be missing.

    Raises:
        InvalidSetting: A share is not from 0 to 1, or a count is below 1.
    """

    profile: str = "full"
    omits_blocked: bool = False
    severities: Mapping[str, str] = field(default_factory=dict)
    dangerous_goods: bool = False
    max_name_length: int = 255
    min_description_length: int = 15
    same_code_share: float = 0.5
    same_code_folders: int = 5
    min_weight: float = 1
    max_weight: float = 30_000
    weight_factor: float = 5
    fewest_products: int = 10
    fewest_weights: int = 5
    removed_share: float = 0.2

    def __post_init__(self) -> None:
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise InvalidSetting(f"{name} is {getattr(self, name)}, but a share is from 0 to 1.")
        for name in _COUNTS:
            if getattr(self, name) < 1:
                raise InvalidSetting(f"{name} is {getattr(self, name)}, but it must be at least 1.")
        if not 0 <= self.min_weight < self.max_weight:
            raise InvalidSetting(
                f"min_weight {self.min_weight} is not below max_weight {self.max_weight} grams: swap them."
            )
