# What the figures are taken on: a PostgreSQL, an S3 server and the built program, thrown away at the end. Sourced by run.
# shellcheck shell=bash

fail() {
  printf 'bench/run: %s\n' "$@" >&2
  exit 1
}

folder=
started=() terminated=()

begin() {
  folder=$(mktemp -d "${SALVOR_BENCH_FOLDER:-${TMPDIR:-/tmp}}/salvor-bench.XXXXXX")
  chmod 755 "$folder" # the server runs under another uid
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  jdk=$("$top/src/main/scripts/jdk")
}

clean_up() {
  local code=$? pid
  trap - EXIT
  # Their own pids only. A server that is told to stop at once leaves nothing worth keeping.
  for pid in "${started[@]}"; do kill -QUIT "$pid" 2>/dev/null || true; done
  for pid in "${terminated[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}" "${terminated[@]}"; do wait "$pid" 2>/dev/null || true; done
  awk -v below="$folder/" 'index($2, below) == 1 { print $2 }' /proc/self/mounts | tac | xargs --no-run-if-empty umount || true
  if ((code == 0)); then
    rm -rf "$folder"
  else
    printf 'bench/run: what was there is kept in %s\n' "$folder" >&2
  fi
  end_cluster || true
  exit "$code"
}

jdk=
readonly major=17
readonly secret=bench-password-of-nothing

program() { # the built program, as ./salvor runs it but for its look at the sources
  local arguments=host
  [[ $1 != worker ]] || arguments=worker
  "$jdk/bin/java" @"$app/$arguments.args" -jar "$app/salvor.jar" "$@"
}

app=
with_program() {
  [[ -z $app ]] || return 0
  "$top/salvor" help >/dev/null || fail "./salvor does not build"
  app=$top/target/app/$(readlink "$top/target/app/current")
  [[ -s $app/worker.aot ]] || printf 'bench/run: no AOT cache was trained (%s); starts are slower\n' "$app/train-worker.log" >&2
}

restic=
postgres_bin=
with_engines() {
  [[ -z $restic ]] || return 0
  "$top/src/main/scripts/engines" ensure restic "postgresql-$major"
  "$top/src/test/scripts/test-tools" ensure versitygw
  local cache
  cache=$("$top/src/main/scripts/engines" path)
  restic=${SALVOR_RESTIC:-$cache/engines/restic/bin/restic}
  [[ -x $restic ]] || restic=$(command -v restic)
  postgres_bin=/usr/lib/postgresql/$major/bin
  [[ -x $postgres_bin/initdb ]] || postgres_bin=$cache/engines/postgresql/$major/bin
  versitygw=$("$top/src/test/scripts/test-tools" path versitygw)/versitygw
}

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  printf '%s' "$port"
}

as_server_user=()
if ((EUID == 0)); then as_server_user=(setpriv --reuid=nobody --regid=nogroup --clear-groups --); fi

# begin_cluster changes both before the server starts: pods reach it by an address.
listen= server_port=5432

# The settings of Salvor's own sandbox (SandboxSettings), so that a bare restore and a verification meet the same server.
with_server() {
  with_engines
  [[ ! -d $folder/postgres ]] || return 0
  mkdir -p "$folder/postgres/socket"
  if ((EUID == 0)); then chown -R nobody "$folder/postgres"; fi
  "${as_server_user[@]}" "$postgres_bin/initdb" --pgdata="$folder/postgres/data" --username=bench --auth=trust \
    --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 || fail "initdb failed; see $folder/initdb.log"
  [[ -z $listen ]] || printf 'host all all %s/24 trust\n' "$listen" >>"$folder/postgres/data/pg_hba.conf"
  "${as_server_user[@]}" "$postgres_bin/postgres" -D "$folder/postgres/data" -c listen_addresses="$listen" -c port="$server_port" \
    -c unix_socket_directories="$folder/postgres/socket" -c max_worker_processes=0 -c max_parallel_workers_per_gather=0 \
    -c max_parallel_maintenance_workers=0 -c max_logical_replication_workers=0 -c autovacuum=off -c wal_level=minimal \
    -c max_wal_senders=0 -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_wal_size=4GB \
    -c checkpoint_timeout=1h -c maintenance_work_mem=256MB -c max_locks_per_transaction=1024 -c jit=off \
    >"$folder/postgres.log" 2>&1 &
  started+=($!)
  local attempt
  for ((attempt = 0; attempt < 600; attempt++)); do
    if sql postgres 'select 1' >/dev/null 2>&1; then break; fi
    sleep 0.05
  done
  sql postgres 'create database tiny' 'create database bench'
  sql tiny 'create table note as select 1 as id'
}

sql() { # DATABASE STATEMENT...
  local database=$1 statement arguments=()
  shift
  for statement in "$@"; do arguments+=(-c "$statement"); done
  PGHOST=$folder/postgres/socket PGPORT=$server_port PGUSER=bench "$postgres_bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d "$database" "${arguments[@]}"
}

with_database() {
  with_program
  with_server
  with_store
  [[ -z $(sql bench "select 1 from pg_class where relname = 'pgbench_accounts'") ]] || return 0
  printf 'bench/run: making a pgbench database of scale %s ...\n' "$scale" >&2
  PGHOST=$folder/postgres/socket PGPORT=$server_port PGUSER=bench "$postgres_bin/pgbench" -i -q -s "$scale" --foreign-keys bench >"$folder/pgbench.log" 2>&1 ||
    fail "pgbench failed; see $folder/pgbench.log"
  printf 'bench/run: %s\n' "$(sql bench "select pg_size_pretty(pg_database_size('bench'))")" >&2
}

endpoint=
with_store() {
  [[ -z $endpoint ]] || return 0
  mkdir -p "$folder/s3/bench"
  local port attempt
  port=$(free_port)
  ROOT_ACCESS_KEY=bench ROOT_SECRET_KEY=$secret "$versitygw" --port "127.0.0.1:$port" posix "$folder/s3" \
    >"$folder/s3.log" 2>&1 &
  started+=($!)
  endpoint=http://127.0.0.1:$port
  for ((attempt = 0; attempt < 200; attempt++)); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return; fi
    sleep 0.05
  done
  fail "the S3 server did not start; see $folder/s3.log"
}
