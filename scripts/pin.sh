#!/bin/sh
# Write constraints.txt: names and versions only, no addresses.
set -eu
cd "$(dirname "$0")/.."
{
    echo "# Versions that the tests ran with.  Made by: make constraints"
    .venv/bin/python -m pip list --format=freeze --exclude-editable \
        --exclude pip --exclude setuptools --exclude uv
} > constraints.txt
