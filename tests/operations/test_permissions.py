"""What a denied permission removes from an operation."""

from __future__ import annotations

import pytest

from centra_source import RESOURCES
from centra_source.exceptions import Denial
from centra_source.operations.documents import load_operation
from centra_source.operations.permissions import find_permissions, without_denied
from centra_source.operations.selections import walk


@pytest.mark.parametrize("name", RESOURCES)
def test_denied_permission_is_removed_wherever_it_is_needed(name: str) -> None:
    """One denial without a place is enough: no second request meets the same permission again."""
    operation = load_operation(name)
    for permission, paths in find_permissions(operation).items():
        readable, reasons = without_denied(operation, [Denial(permission, ())])
        assert readable is None or permission not in find_permissions(readable)
        assert set(reasons) <= set(paths)
        assert set(reasons.values()) == {permission}


@pytest.mark.parametrize("name", RESOURCES)
def test_other_fields_stay(name: str) -> None:
    """Only what needs the permission is removed, with what is below it and with what would be left empty."""
    operation = load_operation(name)
    before = {path for _, _, path in walk(operation)}
    for permission in find_permissions(operation):
        readable, reasons = without_denied(operation, [Denial(permission, ())])
        after = {path for _, _, path in walk(readable)} if readable else set()
        denied = {path for path in before if any(path[: len(reason)] == reason for reason in reasons)}
        leaves = {path for path in before if not any(other[:-1] == path for other in before)}
        assert leaves - denied <= after
        assert not denied & after
