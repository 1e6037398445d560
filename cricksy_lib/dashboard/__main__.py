"""``python -m cricksy_lib.dashboard``: the dashboard with the settings of the environment."""

import argparse

from cricksy_lib.dashboard.server import DEFAULT_PORT, serve

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serve the coach's dashboard.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--token")
    parser.add_argument("--cull-interval", type=int, default=60)
    parser.add_argument("--cull-idle", type=int, default=600)
    given = parser.parse_args()
    serve(
        given.host, given.port, given.token, cull_interval_s=given.cull_interval, cull_idle_s=given.cull_idle
    )
