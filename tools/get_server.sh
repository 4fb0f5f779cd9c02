#!/bin/bash
# Unpacks a database server that Debian 12 does not have (another Debian release's own package, its
# signature checked by apt) into DIR, for tests that need one, and prints the path of a program that
# runs it:
#
#   tools/get_server.sh mysql|mariadb [DIR]
#
# mysql is MySQL 9.7 of Debian unstable, mariadb is MariaDB 11.8 of Debian 13. DIR is
# ${XDG_CACHE_HOME:-~/.cache}/understudy/NAME by default. Nothing is installed on the machine: the
# server runs with the libraries that are unpacked beside it. About 60 MB to fetch, once.
set -euo pipefail

case "${1:-}" in
  mysql) folder=mysql release=sid packages=(mysql-server-core) program=mysqld ;;
  mariadb)
    folder=mariadb-11.8 release=trixie program=mariadbd
    packages=(mariadb-server-core mariadb-client-core mariadb-backup)
    ;;
  *) echo "usage: ${0##*/} mysql|mariadb [DIR]" >&2; exit 2 ;;
esac
dir=$(realpath -m "${2:-${XDG_CACHE_HOME:-$HOME/.cache}/understudy/$folder}")
program=$dir/$program
root=$dir/root
libraries=$root/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
mkdir -p "$dir"
exec 9>"$dir/lock"  # of several tests one fetches, the others wait
flock 9

fetch() {
  local mirror apt package
  # The mirror that this machine's apt already has.
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' \
    'Label: Debian' | head -1)
  rm -rf "$root" "$dir/apt"
  mkdir -p "$dir"/apt/{lists/partial,cache/archives/partial,state} "$root"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" \
    >"$dir/apt/sources.list"
  : >"$dir/apt/state/status"
  apt=(
    apt-get -q -o "Dir::Etc::sourcelist=$dir/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State=$dir/apt/state" -o "Dir::State::status=$dir/apt/state/status"
    -o "Dir::State::lists=$dir/apt/lists" -o "Dir::Cache=$dir/apt/cache"
    -o APT::Install-Recommends=false -o Debug::NoLocking=1 -o APT::Sandbox::User=root
    -o Acquire::Languages=none
  )
  if ! { "${apt[@]}" update && "${apt[@]}" install -y --download-only "${packages[@]}"; } \
    >"$dir/log" 2>&1; then
    cat "$dir/log" >&2
    return 1
  fi
  for package in "$dir"/apt/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" |
      tar -x -C "$root" --keep-directory-symlink --skip-old-files
  done
  rm -rf "$dir/apt"
}

# A program in DIR that runs PATH of what was unpacked with these arguments before its others. What
# says which option file to read (--defaults-file) has to be the first of all.
wrap() {  # PATH [ARGUMENT...]
  local path=$1 target=$dir/${1##*/} loaders=("$libraries"/ld-linux-*.so.*)
  shift
  cat >"$target.new" <<SCRIPT
#!/bin/bash
first=(${1:+--no-defaults})
case "\${1:-}" in --no-defaults | --defaults-*) first=("\$1"); shift ;; esac
exec "${loaders[0]}" --library-path "$libraries:$root/usr/lib/mysql/private" \\
  "$root/usr/$path" "\${first[@]}" ${*@Q} "\$@"
SCRIPT
  chmod +x "$target.new"
  mv "$target.new" "$target"
}

wrap_mysql() {
  wrap bin/mysqlbinlog
  wrap sbin/mysqld "--basedir=$root/usr" "--plugin-dir=$root/usr/lib/mysql/plugin" \
    "--lc-messages-dir=$root/usr/share/mysql" --secure-file-priv= --mysqlx=OFF
}

wrap_mariadb() {
  local path link
  for path in bin/mariadb-backup bin/mbstream bin/my_print_defaults bin/resolveip; do
    wrap "$path"
  done
  # What mariadb-install-db takes for the place where the server is installed.
  mkdir -p "$dir/base"
  for link in "bin $dir" "sbin $dir" "share $root/usr/share" "lib $root/usr/lib"; do
    ln -sfn "${link#* }" "$dir/base/${link%% *}"
  done
  cat >"$dir/mariadb-install-db" <<SCRIPT
#!/bin/bash
exec "$root/usr/bin/mariadb-install-db" "\$@" "--basedir=$dir/base"
SCRIPT
  chmod +x "$dir/mariadb-install-db"
  wrap sbin/mariadbd "--basedir=$root/usr" "--plugin-dir=$root/usr/lib/mysql/plugin" \
    "--lc-messages-dir=$root/usr/share/mysql"
}

[ -x "$program" ] || fetch
if [ ! "$program" -nt "$0" ]; then
  "wrap_$1"
  "$program" --version >/dev/null
fi
echo "$program"
