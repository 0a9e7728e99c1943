"""The certificates that a company has put into an environment variable."""

from __future__ import annotations

import os
from dataclasses import dataclass

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""The environment variables that name a file or folder of certificates. The first that is set counts."""


@dataclass(frozen=True)
class Certificates:
    """Which certificates a server's is checked against.

    Attributes:
        path: Their file or folder. None for those that come with the package certifi.
        variable: The environment variable that names it.
    """

    path: str | None = None
    variable: str = ""

    @classmethod
    def find(cls) -> Certificates:
        """Returns the certificates that the environment names."""
        for variable in VARIABLES:
            path = os.environ.get(variable, "").strip()
            if path:
                return cls(path, variable)
        return cls()

    @property
    def is_missing(self) -> bool:
        """Whether the environment names something that does not exist."""
        return self.path is not None and not os.path.exists(self.path)

    def advise(self) -> str:
        """Says what to do if a server's certificate is not trusted."""
        if self.path is None:
            return (
                "If your company has certificates of its own, set the environment variable "
                "REQUESTS_CA_BUNDLE to their file."
            )
        return (
            f"The trusted certificates are those in {self.path}, which the environment variable "
            f"{self.variable} names: add your company's certificates there."
        )
