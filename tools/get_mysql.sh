#!/bin/bash
# Unpacks a MySQL server (Debian unstable's own package, its signature checked by apt) into DIR, for
# tests that need one, and prints the path of a program that runs it:
#
#   tools/get_mysql.sh [DIR]
#
# DIR is ${XDG_CACHE_HOME:-~/.cache}/understudy/mysql by default. Nothing is installed on the machine:
# the server runs with the libraries that are unpacked beside it. About 60 MB to fetch, once.
set -euo pipefail

dir=$(realpath -m "${1:-${XDG_CACHE_HOME:-$HOME/.cache}/understudy/mysql}")
mkdir -p "$dir"
exec 9>"$dir/lock"  # of several tests one fetches, the others wait
flock 9
if [ -x "$dir/mysqld" ]; then echo "$dir/mysqld"; exit 0; fi

root=$dir/root
libraries=$root/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
# The mirror that this machine's apt already has.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' \
  'Label: Debian' | head -1)
rm -rf "$root" "$dir/apt"
mkdir -p "$dir"/apt/{lists/partial,cache/archives/partial,state} "$root"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" \
  >"$dir/apt/sources.list"
: >"$dir/apt/state/status"
apt=(
  apt-get -q -o "Dir::Etc::sourcelist=$dir/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
  -o "Dir::State=$dir/apt/state" -o "Dir::State::status=$dir/apt/state/status"
  -o "Dir::State::lists=$dir/apt/lists" -o "Dir::Cache=$dir/apt/cache"
  -o APT::Install-Recommends=false -o Debug::NoLocking=1 -o APT::Sandbox::User=root
  -o Acquire::Languages=none
)
if ! { "${apt[@]}" update && "${apt[@]}" install -y --download-only mysql-server-core; } \
  >"$dir/log" 2>&1; then
  cat "$dir/log" >&2
  exit 1
fi
for package in "$dir"/apt/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" |
    tar -x -C "$root" --keep-directory-symlink --skip-old-files
done
rm -rf "$dir/apt"

loaders=("$libraries"/ld-linux-*.so.*)
cat >"$dir/mysqld.new" <<SCRIPT
#!/bin/bash
exec "${loaders[0]}" --library-path "$libraries:$root/usr/lib/mysql/private" \\
  "$root/usr/sbin/mysqld" --no-defaults --basedir="$root/usr" \\
  --plugin-dir="$root/usr/lib/mysql/plugin" --lc-messages-dir="$root/usr/share/mysql" \\
  --secure-file-priv= --mysqlx=OFF "\$@"
SCRIPT
chmod +x "$dir/mysqld.new"
"$dir/mysqld.new" --version >/dev/null
mv "$dir/mysqld.new" "$dir/mysqld"
echo "$dir/mysqld"
