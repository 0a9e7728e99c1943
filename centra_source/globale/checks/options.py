"""The options of the checks of a catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..configuration import check_removed_share


@dataclass(frozen=True)
class CheckOptions:
    """What the checks of a catalog depend on besides its rows.

    Attributes:
        profile: The profile of the file to deliver. Rows of the profile `centra` may lack descriptions.
        omits_blocked: Whether the file leaves out blocked rows because it has no column to mark them.
        severities: BLOCK, WARN, INFO or OFF by rule id. It replaces the severity of all findings of the rule.
        dangerous_goods: Whether the shop sells dangerous goods. Global-e then requires weights.
        removed_share: The largest share of the rows last delivered that may be gone, from 0 to 1.

    Raises:
        InvalidSetting: The share is not from 0 to 1.
    """

    profile: str = "full"
    omits_blocked: bool = False
    severities: Mapping[str, str] = field(default_factory=dict)
    dangerous_goods: bool = False
    removed_share: float = 0.2

    def __post_init__(self) -> None:
        check_removed_share(self.removed_share)
