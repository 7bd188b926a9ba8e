#!/bin/sh
# Install one pinned set into the virtual environment: install.sh base|test|dev
#
# Needs nothing but Python 3.11 and some pip: the environment is made without a
# pip of its own, because Debian's Python has no `ensurepip`, and the system's pip
# installs into it from outside, which PEP 668 allows.
set -eu

requirements="requirements/$1.txt"
venv="${VENV:-.venv}"
python="$venv/bin/python"

say() { echo "$*" >&2; }

system_python() {
    command -v python3.11 || command -v python3 || {
        say "Python 3.11 or newer is needed and neither python3.11 nor python3 was found."
        exit 1
    }
}

# The system's pip, pointed at the environment. `--python` needs pip 22.3 or newer.
outer_pip() {
    for pip in "$(system_python) -m pip" pip3 pip; do
        if $pip --version >/dev/null 2>&1; then
            $pip --disable-pip-version-check --python "$python" "$@"
            return
        fi
    done
    say "No pip was found. On Debian: apt-get install python3-pip"
    return 1
}

# uv is pinned in dev.txt like everything else; it installs ten times faster than pip.
get_uv() {
    sed -n '/^uv==/,/[^\\]$/p' requirements/dev.txt >"$venv/uv.txt"
    outer_pip install --quiet --require-hashes -r "$venv/uv.txt" && return
    say "uv cannot be had here, so pip will install everything. That takes longer."
}

[ -x "$python" ] || "$(system_python)" -m venv --without-pip "$venv"
[ -x "$venv/bin/uv" ] || get_uv

say "Installing $requirements into $venv"
if [ -x "$venv/bin/uv" ]; then
    "$venv/bin/uv" pip install --quiet --python "$python" --require-hashes -r "$requirements"
else
    outer_pip install --quiet --require-hashes -r "$requirements"
fi
