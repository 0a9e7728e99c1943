"""Start the sandbox from the command line."""

import argparse

from . import Sandbox, Settings
from .settings import PLANS

SHOWN = (
    "stores",
    "products",
    "product_sizes",
    "stock",
    "orders",
    "order_lines",
    "shipments",
    "returns",
    "customers",
)


def main() -> None:
    """Serve a generated shop until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m centra_sandbox", description="A local Centra with a generated shop."
    )
    parser.add_argument("--products", type=int, default=500, help="products in the shop (default 500)")
    parser.add_argument("--orders", type=int, default=2000, help="orders in the shop (default 2000)")
    parser.add_argument(
        "--seed", type=int, default=7, help="the same seed and sizes give the same shop (default 7)"
    )
    parser.add_argument(
        "--port", type=int, default=8080, help="port on 127.0.0.1, 0 for any free one (default 8080)"
    )
    parser.add_argument(
        "--plan", choices=sorted(PLANS), default="growth", help="rate limits (default growth)"
    )
    parser.add_argument("--token", default=Settings.token, help="the Bearer token to accept")
    parser.add_argument("--empty", action="store_true", help="a shop without any objects")
    chosen = vars(parser.parse_args())
    port = chosen.pop("port")
    sandbox = Sandbox(Settings(**chosen), port=port)
    sandbox.start()
    print(f"Sandbox shop at {sandbox.url} (token: {sandbox.token})", flush=True)
    held = {name: len(rows) for name, rows in sandbox.shop.lists()}
    counts = ", ".join(f"{held[name]:,} {name.replace('_', ' ')}" for name in SHOWN)
    print(f"Plan {sandbox.settings.plan}, seed {sandbox.settings.seed}: {counts}", flush=True)
    try:
        sandbox.wait()
    except KeyboardInterrupt:
        sandbox.stop()


if __name__ == "__main__":
    main()
