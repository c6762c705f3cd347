#!/bin/sh
# Make .venv (or VENV) with Leadstate, its plugins, the demo (editable) and every tool, on a
# fresh machine.
# uv from the package index is fast; where it cannot be had, plain pip does the same.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
venv=${VENV:-.venv}

"$python" - <<'CHECK' || exit 1
import sys
if sys.version_info < (3, 11):
    sys.exit(f"Leadstate needs Python 3.11 or newer; {sys.executable} is "
             f"{sys.version.split()[0]}. Try: make PYTHON=python3.12 setup")
CHECK

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
export PIP_DISABLE_PIP_VERSION_CHECK=1

if "$venv/bin/python" -m pip install --quiet uv 2>/dev/null; then
    "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" \
        --constraints constraints.txt \
        -e '.[console]' -e 'plugins/hubspot[sandbox]' -e 'plugins/amocrm[sandbox]' \
        -e demo --group dev && exit 0
    echo "uv could not install everything; trying plain pip" >&2
fi
# --group needs pip 25.1.
"$venv/bin/python" -m pip install --quiet --upgrade 'pip>=25.1'
"$venv/bin/python" -m pip install --quiet --constraint constraints.txt \
    -e '.[console]' -e 'plugins/hubspot[sandbox]' -e 'plugins/amocrm[sandbox]' \
    -e demo --group dev
