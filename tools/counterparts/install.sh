#!/usr/bin/env bash
# Installs what test/counterparts talks to, as far as it is absent: Debian's postfix, knot, unbound and chromium.
# Nothing of it is started or set up here: the tests run instances of their own, on loopback, from temporary folders.
set -euo pipefail

export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
programs=(postfix:postfix knotd:knot unbound:unbound chromium:chromium)

packages=()
for program in "${programs[@]}"; do
  command -v "${program%%:*}" >/dev/null || packages+=("${program##*:}")
done
[ "${#packages[@]}" -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "npm run test:counterparts needs Debian packages that are not installed: ${packages[*]}." >&2
  echo "Run as root on Debian, or install them first." >&2
  exit 1
fi

# Debian starts what it installs, unless this program says not to.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
