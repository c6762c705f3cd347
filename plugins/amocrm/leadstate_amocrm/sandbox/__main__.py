"""Run the sandbox alone: `python -m leadstate_amocrm.sandbox --port 8802`."""

from __future__ import annotations

from .command import command

if __name__ == "__main__":
    command()
