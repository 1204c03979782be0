#!/usr/bin/env bash
# The README's two commands as on a bare machine: what is committed, in a fresh clone; an empty home; no fonts but DejaVu.
# Of the environment stay PATH and what the machine needs to reach its registries: proxies, certificates, and pip's and
# npm's settings, which they look for in the home that is not there. CI is set as where the gate runs: tools colour by it.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" != hidden ]; then
  changes=$(git status --porcelain)
  [ -z "$changes" ] || echo "make bare tries what is committed; these changes are not: ${changes//$'\n'/, }"
  private=(unshare --mount)
  [ "$(id -u)" = 0 ] || private=(unshare --user --map-root-user --mount)
  "${private[@]}" true 2>/dev/null || {
    echo "make bare hides fonts with unshare --mount, which this machine refuses; run it as root on a machine that does not" >&2
    exit 1
  }
  command -v fc-list >/dev/null || {
    echo "make bare asks fc-list where fonts are; install it (Debian: apt-get install fontconfig)" >&2; exit 1; }
  # Now: what apt-get installs later would go into folders that are hidden.
  tests/browser.sh
  exec "${private[@]}" tests/bare.sh hidden
fi

folder=$(mktemp --directory)
trap 'rm -rf "$folder"' EXIT
git clone --quiet . "$folder/checkout"
mkdir "$folder/home" "$folder/fonts"

# Only this process and its children see the mounts. One folder may lie in another.
dejavu=$(fc-list --format '%{file}\n' | grep '/DejaVu[^/]*$') || {
  echo "make bare needs DejaVu; install it (Debian: apt-get install fonts-dejavu-core)" >&2; exit 1; }
# One by one: cp refuses two files of one name, and a font may be installed twice.
xargs --delimiter='\n' --max-args=1 cp --target-directory="$folder/fonts" <<< "$dejavu"
places=$(fc-list --format '%{file}\n' | xargs --delimiter='\n' dirname)
while read -r place; do
  if [ -d "$place" ]; then mount -t tmpfs fonts "$place"; fi
done < <(printf '%s\n' /usr/share/fonts /usr/local/share/fonts "$places" | sort --unique)
mkdir --parents /usr/share/fonts && cp "$folder"/fonts/* /usr/share/fonts

kept=(HOME="$folder/home" LANG=C.UTF-8 CI=true)
while IFS= read -r -d '' variable; do
  if [[ ${variable%%=*} =~ ^(PATH|PYTHON|PIP_.*|(NPM_CONFIG|npm_config)_.*|.*_(PROXY|proxy)|.*_CA_.*|.*CERT.*)$ ]]; then
    kept+=("$variable")
  fi
done < <(env --null)
for settings in PIP_CONFIG_FILE="${XDG_CONFIG_HOME:-$HOME/.config}/pip/pip.conf" NPM_CONFIG_USERCONFIG="$HOME/.npmrc"; do
  if [ -f "${settings#*=}" ]; then kept+=("$settings"); fi
done
bare() { env --ignore-environment "${kept[@]}" "$@"; }

others=$(bare fc-list : family | grep -v '^DejaVu' | sort --unique | tr '\n' ' ' || true)
[ -z "$others" ] || { echo "make bare could not hide these fonts: $others" >&2; exit 1; }

cd "$folder/checkout"
echo "In a clone of $(git log -1 --format='%h of %cs') with $(bare fc-list | wc -l) fonts, all DejaVu:"
for target in html test; do
  echo "$ make $target"
  bare make --no-print-directory $target
done
