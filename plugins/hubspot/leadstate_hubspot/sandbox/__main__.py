"""Run the sandbox alone: `python -m leadstate_hubspot.sandbox --port 8801`."""

from __future__ import annotations

from .command import command

if __name__ == "__main__":
    command()
