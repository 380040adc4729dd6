#!/usr/bin/env bash
# The program's own Python environment, .venv, from a lock with hashes. Usage: environment.sh LOCK. Does nothing when it is current.
set -euo pipefail
root="$(cd "$(dirname "$0")/../.." && pwd)"
lock="$root/installer/$1"
stamp="$root/.venv/jnw-lock"
python="${PYTHON:-python3}"
fingerprint="$(cat "$lock" "$root/pyproject.toml" | sha256sum | cut -d' ' -f1) $root"

# `python -m venv` of a broken or moved environment must not be trusted: the shebangs of .venv name its folder.
if [ ! -x "$root/.venv/bin/python" ] || [ "$(cat "$stamp" 2>/dev/null || true)" != "$fingerprint" ]; then
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; set PYTHON to one." >&2; exit 1; }
  echo "Making .venv from installer/$1 (some minutes the first time)"
  rm -f "$stamp"
  [ -x "$root/.venv/bin/python" ] && [ "$("$root/.venv/bin/python" -c 'import sys; print(sys.prefix)')" = "$root/.venv" ] ||
    "$python" -m venv --clear "$root/.venv"
  "$root/.venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$lock"
  "$root/.venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps -e "$root"
  echo "$fingerprint" >"$stamp"
fi

# The compiled catalogue is not in the repository; made again when the text is newer.
for po in "$root"/resources/locale/*/LC_MESSAGES/jnw.po; do
  mo="${po%.po}.mo"
  if [ ! -e "$mo" ] || [ "$po" -nt "$mo" ]; then
    "$root/.venv/bin/pybabel" -q compile -i "$po" -o "$mo" 2>/dev/null || "$root/.venv/bin/pybabel" compile -i "$po" -o "$mo"
  fi
done
