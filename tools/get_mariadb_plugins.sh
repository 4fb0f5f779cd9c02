#!/bin/bash
# Unpacks the plugins that Debian ships with mariadb-server, but not with mariadb-server-core, into
# DIR, for tests that need one (auth_ed25519), and prints the folder with them:
#
#   tools/get_mariadb_plugins.sh [DIR]
#
# DIR is ${XDG_CACHE_HOME:-~/.cache}/understudy/mariadb by default. Nothing is installed. About 4 MB
# to fetch, once for each version of the server.
set -euo pipefail

version=$(dpkg-query -W -f '${Version}' mariadb-server-core)
dir=$(realpath -m "${1:-${XDG_CACHE_HOME:-$HOME/.cache}/understudy/mariadb}")/${version//:/_}
plugins=$dir/usr/lib/mysql/plugin
mkdir -p "$dir"
exec 9>"$dir/lock"  # of several tests one fetches, the others wait
flock 9
if [ ! -e "$dir/complete" ]; then
  if ! (cd "$dir" && apt-get download -q -o APT::Sandbox::User=root "mariadb-server=$version") \
    >"$dir/log" 2>&1; then
    cat "$dir/log" >&2
    exit 1
  fi
  dpkg-deb --fsys-tarfile "$dir"/mariadb-server_*.deb | tar -x -C "$dir" ./usr/lib/mysql/plugin
  rm "$dir"/mariadb-server_*.deb
  touch "$dir/complete"
fi
echo "$plugins"
