"""Personal data: the fields that hold it, and how each is treated: kept, hashed, or not requested."""

from .personal_fields import ATTRIBUTE_VALUES, PERSONAL, Kind, find_personal_field
from .policy import Privacy

__all__ = ["ATTRIBUTE_VALUES", "PERSONAL", "Kind", "Privacy", "find_personal_field"]
