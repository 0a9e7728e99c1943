"""One POST: certificates and proxies of the environment count."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from gql import GraphQLRequest

from centra_jobs.output.alerts import AlertFailed, send_alert
from centra_source.api.certificates import VARIABLES
from centra_source.api.retries import Transient
from centra_source.api.transport import CentraTransport
from centra_source.exceptions import QueryRefused, ShopUnreachable

REQUEST = GraphQLRequest("{ stores { id } }")
FILES = [name for name in VARIABLES if name != "SSL_CERT_DIR"]


class SecureShop(NamedTuple):
    """A shop behind the certificate of a company, and the file with that certificate."""

    url: str
    certificate: Path


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Answers every query in the same way."""
        self.rfile.read(int(self.headers["content-length"]))
        body = b'{"data": {"stores": []}}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """Writes a certificate for localhost that nobody trusts, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "company.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


@pytest.fixture(scope="module")
def secure_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureShop]:
    """A server that shows the certificate."""
    certificate, key = write_certificate(tmp_path_factory.mktemp("certificates"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = HTTPServer(("localhost", 0), _Answer)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield SecureShop(f"https://localhost:{server.server_port}/graphql", certificate)
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names none."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("variable", FILES)
def test_certificates_of_the_company_are_used(
    secure_shop: SecureShop, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Of the three variables that tools look at, each is enough."""
    monkeypatch.setenv(variable, str(secure_shop.certificate))
    assert CentraTransport(secure_shop.url, "token").execute(REQUEST).data == {"stores": []}


@pytest.mark.parametrize("variable", FILES)
def test_alerts_use_them_too(secure_shop: SecureShop, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """A webhook is behind the same proxy as the shop."""
    with pytest.raises(AlertFailed, match=r"SSLError\)\. If your company .* REQUESTS_CA_BUNDLE"):
        send_alert(secure_shop.url, "text", {}, lambda seconds: None)
    monkeypatch.setenv(variable, str(secure_shop.certificate))
    send_alert(secure_shop.url, "text", {})
    monkeypatch.setenv(variable, "/nowhere.pem")
    with pytest.raises(AlertFailed, match="OSError"):
        send_alert(secure_shop.url, "text", {}, lambda seconds: None)


def test_first_of_several_variables_counts(
    secure_shop: SecureShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of requests; an empty variable is none."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")
    monkeypatch.setenv("CURL_CA_BUNDLE", str(secure_shop.certificate))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    assert CentraTransport(secure_shop.url, "token").execute(REQUEST).data == {"stores": []}


def test_certificate_that_nothing_trusts_says_what_to_set(secure_shop: SecureShop) -> None:
    """Without any variable."""
    with pytest.raises(
        ShopUnreachable, match="set the environment variable REQUESTS_CA_BUNDLE to their file"
    ):
        CentraTransport(secure_shop.url, "token").execute(REQUEST)


@pytest.mark.parametrize("variable", VARIABLES)
def test_certificates_that_do_not_fit_are_named(
    secure_shop: SecureShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """With the variable and the place, as somebody else has set it."""
    place = tmp_path / "others"
    place.mkdir()
    others, _ = write_certificate(place)
    path = place if variable == "SSL_CERT_DIR" else others
    monkeypatch.setenv(variable, str(path))
    with pytest.raises(ShopUnreachable, match=f"{path}, which the environment variable {variable} names"):
        CentraTransport(secure_shop.url, "token").execute(REQUEST)


@pytest.mark.parametrize("variable", VARIABLES)
def test_certificates_that_are_missing_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """A wrong path is no fault of the shop."""
    monkeypatch.setenv(variable, str(tmp_path / "company.pem"))
    with pytest.raises(
        ShopUnreachable,
        match=rf"no certificates at .*company\.pem, which the environment variable {variable}",
    ):
        CentraTransport("https://127.0.0.1:9/graphql", "token").execute(REQUEST)


class _Echo(_Answer):
    def do_POST(self) -> None:
        """Repeats the token in the status line, in an error and in data."""
        self.rfile.read(int(self.headers["content-length"]))
        token = self.headers["authorization"]
        status, key = (200, "data") if self.path.startswith("/data") else (418, "errors")
        body = f'{{"{key}": {{"stores": "{token}", "message": "{token}"}}}}'.encode()
        self.send_response(status, f"{token} is a teapot")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def test_token_that_a_server_repeats_is_hidden() -> None:
    """Otherwise it would be printed, and dlt would keep it in its trace."""
    server = HTTPServer(("localhost", 0), _Echo)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    address = f"http://localhost:{server.server_port}"
    token = "a-token-of-a-shop"
    try:
        with pytest.raises(QueryRefused) as refused:
            CentraTransport(f"{address}/graphql", token).execute(REQUEST)
        answer = CentraTransport(f"{address}/data/graphql", token).execute(REQUEST)
    finally:
        server.shutdown()
        server.server_close()
    described = f"{refused.value} {refused.value.complaints} {answer.data}"
    assert token not in described
    assert described.count("***") >= 3


def test_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens at its port."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(Transient, match=r"cannot be reached \((Proxy|NewConnection)Error\)"):
        CentraTransport("https://shop.example.com/graphql", "token").execute(REQUEST)
