"""What the destination holds, and destinations that merge exactly."""

from .lake import LakeConfiguration, lake
from .postgres import postgres

__all__ = ["LakeConfiguration", "lake", "postgres"]
