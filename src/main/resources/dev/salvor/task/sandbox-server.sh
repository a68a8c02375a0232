#!/bin/sh
# The throw-away server of a verification, in a container of any image that has PostgreSQL. Of the image nothing is
# used but initdb, postgres, a POSIX shell, and sleep, mkdir and mv: not its entrypoint, its accounts or its settings.
#
# What to be stands in the sandbox folder, in files that hold one text for each line (ServerFolder says which). Those
# texts are a database's: they are read, compared and handed on as arguments, and never looked at by the shell.
# What became of it is written there too, for Compare. The script never ends by itself, or the kubelet would start
# it again: after a failure it waits to be ended.
#
# SALVOR_SANDBOX     the sandbox folder; else /sandbox
# SALVOR_IMAGE_ROOT  only in tests: where the image's folders are
set -u
umask 077

folder=${SALVOR_SANDBOX:-/sandbox}
order=$folder/server
root=${SALVOR_IMAGE_ROOT:-}
export LC_ALL=C TZ=UTC
unset PGDATA PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS PGSERVICE PGPASSFILE LD_PRELOAD

server=
stop() {
  trap '' TERM INT HUP
  if [ -n "$server" ]; then
    # An immediate shutdown: nobody needs the data.
    kill -QUIT "$server" 2>/dev/null
    wait "$server"
  fi
  exit 0
}
trap stop TERM INT HUP

say() { printf 'sandbox-server: %s\n' "$*" >&2; }

idle() {
  while :; do sleep 1; done
}

refuse() { # REASON MESSAGE
  mkdir -p "$order"
  printf '%s\n' "$@" >"$order/failed.draft" && mv "$order/failed.draft" "$order/failed"
  say "$2"
  idle
}

holds() { # FILE LINE
  [ -e "$1" ] || return 1
  while IFS= read -r line || [ -n "$line" ]; do
    if [ "$line" = "$2" ]; then return 0; fi
  done <"$1"
  return 1
}

# --- the order -------------------------------------------------------------------------------------------------------

waited=0
until [ -e "$order/ordered" ]; do
  if [ -e "$order/failed" ]; then idle; fi
  if [ "$waited" -ge 300 ]; then refuse SandboxFailed 'nothing was fetched that a server could be made for'; fi
  sleep 1
  waited=$((waited + 1))
done
if [ -e "$order/started" ]; then
  refuse SandboxFailed 'its container was ended and started again, for want of memory perhaps'
fi
: >"$order/started"

major=
IFS= read -r major <"$order/major"
case $major in
  '' | *[!0-9]*) refuse SandboxFailed 'the major version is no number' ;;
esac

# --- initdb and postgres of that major -------------------------------------------------------------------------------

programs= others=

is_it() { # FOLDER
  if ! [ -x "$1/initdb" ] || ! [ -x "$1/postgres" ]; then return 1; fi
  version=$("$1/postgres" --version 2>/dev/null) || return 1
  version=${version#*') '}
  version=${version%% *}
  case $version in
    "$major" | "$major"[!0-9]*)
      programs=$1
      return 0
      ;;
  esac
  others="$others${others:+, }$version"
  return 1
}

find_programs() {
  # Debian's packages (official image, CloudNativePG, Zalando), those for Red Hat (Crunchy), Bitnami, the official
  # image on Alpine, Alpine's packages, Supabase: with its extensions first.
  for candidate in \
    "$root/usr/lib/postgresql/$major/bin" \
    "$root/usr/pgsql-$major/bin" \
    "$root/opt/bitnami/postgresql/bin" \
    "$root/usr/local/bin" \
    "$root/usr/local/pgsql/bin" \
    "$root/usr/libexec/postgresql$major" \
    "$root/usr/lib/postgresql/bin" \
    "$root/nix/var/nix/profiles/default/bin" \
    "$root"/nix/store/*-and-plugins-*/bin \
    "$root"/nix/store/*-postgresql-*/bin \
    "$root/usr/bin"; do
    if is_it "$candidate"; then return 0; fi
  done
  path=$PATH:
  while [ -n "$path" ]; do
    candidate=${path%%:*}
    path=${path#*:}
    if [ -n "$candidate" ] && is_it "$candidate"; then return 0; fi
  done
  return 1
}

if ! find_programs; then
  if [ -n "$others" ]; then
    refuse NoClientForServer "the image has PostgreSQL $others instead of $major"
  else
    refuse NoClientForServer "the image has no initdb and postgres where images are known to keep them, nor on its PATH"
  fi
fi
say "PostgreSQL $version in $programs"

# --- running them ----------------------------------------------------------------------------------------------------

status=0
run() { # PROGRAM FILE-OF-ARGUMENTS [LIBRARIES]
  program=$programs/$1
  file=$2
  libraries=${3:-}
  set --
  while IFS= read -r argument || [ -n "$argument" ]; do set -- "$@" "$argument"; done <"$file"
  if [ -n "$libraries" ]; then set -- "$@" -c "shared_preload_libraries=$libraries"; fi
  "$program" "$@" </dev/null >"$order/log" 2>&1 &
  server=$!
  wait "$server"
  status=$?
  server=
}

preload() { # sets joined: what the source preloads, but what is missing here
  joined=
  while IFS= read -r library || [ -n "$library" ]; do
    if ! holds "$order/missing-libraries" "$library"; then joined=$joined${joined:+,}$library; fi
  done <"$order/preload-libraries"
}

# Whether it did not start for want of libraries, which are then left out. What is logged after the start is a restored
# database's own.
lacks_libraries() {
  lacking=no
  while IFS= read -r said || [ -n "$said" ]; do
    case $said in
      *'database system is ready to accept connections'*) return 1 ;;
      *'FATAL:  could not access file "'*)
        library=${said#*'FATAL:  could not access file "'}
        library=${library%%\"*}
        if holds "$order/preload-libraries" "$library" && ! holds "$order/missing-libraries" "$library"; then
          printf '%s\n' "$library" >>"$order/missing-libraries"
          say "the image has no library $library"
          lacking=yes
        fi
        ;;
    esac
  done <"$order/log"
  [ "$lacking" = yes ]
}

run initdb "$order/initdb-arguments"
if [ "$status" -ne 0 ]; then refuse SandboxFailed "initdb of PostgreSQL $version ended with status $status"; fi
while :; do
  preload
  run postgres "$order/postgres-arguments" "$joined"
  if ! lacks_libraries; then refuse SandboxFailed "postgres of PostgreSQL $version ended with status $status"; fi
done
