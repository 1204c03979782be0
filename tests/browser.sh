#!/bin/sh
# A browser for the tests: one already there, else Debian's if it may be installed, else one line and failure.
for name in chromium chromium-browser google-chrome chrome; do
  command -v "$name" >/dev/null && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Debian's chromium for the browser tests"
  apt-get update --quiet=2 && DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 chromium >/dev/null && exit 0
fi
echo "make test needs a browser: install chromium (Debian: apt-get install chromium) and run it again" >&2
exit 1
