#!/usr/bin/env bash
# What the distribution must bring: says what is missing, then installs it. Debian 12 and 13; uses sudo where it is not root.
# Usage: system.sh [run|display|test]…   run = the program, display = a virtual screen, test = what the tests need besides.
set -euo pipefail

missing=()
reasons=()
backports=""

need() { # need PACKAGE 'reason' — unless dpkg already has it
  if ! dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; then
    missing+=("$1")
    reasons+=("$1: $2")
  fi
}

qgis_version() { dpkg-query -W -f='${Version}' python3-qgis 2>/dev/null || true; }

need_qgis() {
  local version
  version="$(qgis_version)"
  if [ -n "$version" ] && dpkg --compare-versions "${version#*:}" ge 3.40; then
    need qgis-providers "database and file drivers of QGIS"
    return
  fi
  missing+=(python3-qgis qgis-providers)
  reasons+=("python3-qgis, qgis-providers: QGIS 3.40 or later draws the map")
  # Only Debian 12 is older than 3.40; its backports suite carries it.
  if [ "$codename" = bookworm ]; then backports="bookworm-backports"; fi
}

has_backports() { grep -rqsE "(^|[[:space:]])bookworm-backports([[:space:]]|$)" /etc/apt/sources.list /etc/apt/sources.list.d/; }

# The mirror this machine's own sources name for its main suite, whatever it is.
debian_mirror() {
  local one_line deb822
  one_line="$(sed -nE "s/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+)[[:space:]]+${codename}[[:space:]].*/\2/p" \
    /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | head -n 1 || true)"
  deb822="$(awk -v suite="$codename" '
    BEGIN { RS = ""; FS = "\n" }
    { uri = ""; found = 0
      for (i = 1; i <= NF; i++) {
        if ($i ~ /^URIs:/) { split($i, part, /[ \t]+/); uri = part[2] }
        if ($i ~ /^Suites:/) { n = split($i, s, /[ \t]+/); for (j = 2; j <= n; j++) if (s[j] == suite) found = 1 } }
      if (found && uri != "") { print uri; exit } }' /etc/apt/sources.list.d/*.sources 2>/dev/null || true)"
  printf '%s\n' "${one_line:-$deb822}"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

[ -r /etc/debian_version ] && command -v apt-get >/dev/null || {
  echo "This set-up knows Debian 12 and 13. On another system install PyQGIS 3.40 or later, a TrueType Chinese font and Xvfb, then run: python3 -m venv .venv" >&2
  exit 1
}
codename="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"

for part in "${@:-run}"; do
  case "$part" in
    run)
      need_qgis
      need python3-venv "the program's own Python environment"
      need fonts-wqy-microhei "a TrueType Chinese font for screen and paper"
      for library in libegl1 libgl1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 \
        libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libdbus-1-3 libfontconfig1; do
        need "$library" "the window (Qt 6)"
      done
      ;;
    display)
      need xvfb "a virtual screen"
      need xauth "a virtual screen"
      ;;
    test)
      need openbox "a window manager for the window's tests"
      need postgresql "the team home of a workspace"
      need postgresql-postgis "the team home of a workspace"
      need gdal-bin "a second reader of what the program writes"
      need poppler-utils "reads the PDFs back"
      ;;
  esac
done

if [ ${#missing[@]} -eq 0 ]; then exit 0; fi
echo "About to install from Debian's packages:"
printf '  %s\n' "${reasons[@]}"
if [ -n "$backports" ] && ! has_backports; then
  mirror="$(debian_mirror)"
  [ -n "$mirror" ] || { echo "No mirror for $codename found in the apt sources; add $backports by hand and run this again." >&2; exit 1; }
  echo "  The suite $backports is added at the mirror your apt sources name."
  echo "deb $mirror $backports main" | as_root tee /etc/apt/sources.list.d/jnw-backports.list >/dev/null
fi
export DEBIAN_FRONTEND=noninteractive
as_root apt-get update -q
target=()
if [ -n "$backports" ]; then target=(-t "$backports"); fi
# Only QGIS and what it needs come from backports; the rest comes from the release itself.
if [ -n "$backports" ]; then
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${target[@]}" python3-qgis qgis-providers
fi
# A cluster for the whole machine is not wanted: the tests start a private one.
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
