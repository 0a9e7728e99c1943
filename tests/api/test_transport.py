"""One POST: certificates and proxies of the environment count."""

from __future__ import annotations

from pathlib import Path

import pytest
from gql import GraphQLRequest

from centra_source.api.retries import Transient
from centra_source.api.transport import CentraTransport
from centra_source.exceptions import ShopUnreachable

REQUEST = GraphQLRequest("{ stores { id } }")


def test_certificates_of_the_company_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is named but missing shows that it is looked at."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "company.pem"))
    with pytest.raises(ShopUnreachable, match=r"company\.pem"):
        CentraTransport("https://127.0.0.1:9/graphql", "token").execute(REQUEST)


def test_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens at its port."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(Transient, match=r"cannot be reached \((Proxy|NewConnection)Error\)"):
        CentraTransport("https://shop.example.com/graphql", "token").execute(REQUEST)
