# The two sides of each figure. Sourced by run. A side prepares what does not count and calls timed for what does.
# shellcheck shell=bash

# --- Salvor: the worker, started as the host starts it -----------------------------------------------------------------

# Tasks are templates in tasks/, which a test reads by the worker's own types.
worker() { # TASK_TEMPLATE NAME=VALUE...: one worker; its report stands in $run/report.json
  local json pair
  json=$(<"$top/bench/tasks/$1.json")
  shift
  for pair in "$@"; do json=${json//@${pair%%=*}@/${pair#*=}}; done
  [[ $json != *@[A-Z]* ]] || fail "a value is missing in the task: $json"
  rm -f "$run/report.json"
  SALVOR_TASK=$json SALVOR_REPORT=$run/report.json SALVOR_CREDENTIALS=$run/credentials SALVOR_SCRATCH=$run/scratch \
    SALVOR_SANDBOX=$run/sandbox program worker >"$run/log" 2>&1 || fail_of_worker
}

fail_of_worker() {
  [[ ! -s $run/report.json ]] || printf '%s\n' "$(<"$run/report.json")" >&2
  fail "the worker failed; see $run/log"
}

reported() { # FIELD: of the last report, the first text of that name
  grep -o "\"$1\":\"[^\"]*\"" "$run/report.json" | head -n 1 | cut -d '"' -f 4
}

new_run() { # an empty place for one side
  run=$(mktemp -d "$folder/run.XXXXXX")
  mkdir -p "$run"/{scratch,sandbox,cache} "$run"/credentials/{store-password,store-s3,source,target}
  printf '%s' "$secret" >"$run/credentials/store-password/value"
  printf 'bench' >"$run/credentials/store-s3/AWS_ACCESS_KEY_ID"
  printf '%s' "$secret" >"$run/credentials/store-s3/AWS_SECRET_ACCESS_KEY"
  local server
  for server in source target; do
    printf '%s' "$folder/postgres/socket" >"$run/credentials/$server/host"
    printf '%s' "$server_port" >"$run/credentials/$server/port"
    printf 'bench' >"$run/credentials/$server/user"
    printf 'postgres' >"$run/credentials/$server/dbname"
  done
}

task_values() { # PREFIX
  values=("RUN=bench-${run##*.}" "TICK=$(date -u +%Y-%m-%dT%H:%M:%SZ)" "ENDPOINT=$endpoint" "PREFIX=$1")
}

backup_of() { # DATABASE FACTS
  SALVOR_RESTIC_CACHE=$run/cache worker backup "${values[@]}" "DATABASE=$1" "FACTS=$2"
}

side_backup() { # TURN
  new_run
  task_values "salvor-${run##*.}"
  backup_of tiny Counts # makes store and repository, which a policy does once in its life
  timed backup_of bench "$facts"
  [[ $(reported outcome) == SUCCEEDED ]] || fail_of_worker
  forget_store "salvor-${run##*.}"
}

# --- bare: restic and PostgreSQL's tools, as a careful script would call them ------------------------------------------

bare_restic() { # PREFIX ARGUMENT...
  local prefix=$1
  shift
  RESTIC_REPOSITORY=s3:$endpoint/bench/$prefix RESTIC_PASSWORD=$secret AWS_ACCESS_KEY_ID=bench AWS_SECRET_ACCESS_KEY=$secret \
    RESTIC_CACHE_DIR=$run/cache PGHOST=$folder/postgres/socket PGPORT=$server_port PGUSER=bench "$restic" -o s3.region=us-east-1 -q "$@"
}

bare_dump() { # PREFIX DATABASE
  bare_restic "$1" backup --stdin-filename="/pg/$2.dump" --stdin-from-command -- \
    "$postgres_bin/pg_dump" -Fc --compress=0 -d "$2" >"$run/log" 2>&1 || fail "restic failed; see $run/log"
}

side_bare_backup() { # TURN
  new_run
  local prefix=bare-${run##*.}
  bare_restic "$prefix" init >"$run/log" 2>&1 || fail "restic init failed; see $run/log"
  bare_dump "$prefix" tiny
  timed bare_dump "$prefix" bench
  forget_store "$prefix"
}

forget_store() { # PREFIX: or the disk fills
  rm -rf "${folder:?}/s3/bench/$1"
}

# --- restores, all from one recovery point -----------------------------------------------------------------------------

point=
with_point() {
  with_database
  [[ -z $point ]] || return 0
  new_run
  task_values point
  backup_of tiny Counts
  backup_of bench Counts
  point=$(reported recoveryPoint)
  [[ -n $point ]] || fail_of_worker
}

side_restore() { # TURN
  new_run
  task_values point
  timed worker restore "${values[@]}" "POINT=$point" "DATABASE=restored"
  [[ $(reported outcome) == SUCCEEDED ]] || fail_of_worker
  sql postgres 'drop database restored'
}

bare_restore() {
  # An empty cache: a warm one proves nothing of the store, and Salvor's has none either.
  bare_restic point/bench/bench dump --tag "rp=$point,kind=database" latest /pg/bench.dump |
    PGHOST=$folder/postgres/socket PGPORT=$server_port PGUSER=bench "$postgres_bin/pg_restore" --exit-on-error -d bare >"$run/log" 2>&1 ||
    fail "the bare restore failed; see $run/log"
}

side_bare_restore() { # TURN
  new_run
  sql postgres 'create database bare template template0'
  timed bare_restore
  sql postgres 'drop database bare'
}

prove() {
  worker fetch "${values[@]}" "POINT=$point"
  worker compare "${values[@]}" "POINT=$point"
}

side_verify() { # TURN
  new_run
  task_values point
  timed prove
  [[ $(reported outcome) == SUCCEEDED && $(<"$run/report.json") == *'"outcome":"Verified"'* ]] || fail_of_worker
  took=$((took - $(between START_SERVER RESTORE)))
}

between() { # STEP STEP: microseconds between their first progress lines
  local first second
  first=$(time_of "$1")
  second=$(time_of "$2")
  [[ -n $first && -n $second ]] || fail "the worker announced no step $1 or $2; see $run/log"
  awk -v a="$(date -d "$first" +%s.%N)" -v b="$(date -d "$second" +%s.%N)" 'BEGIN { printf "%d", (b - a) * 1e6 }'
}

time_of() { # STEP
  sed -n "/\"step\":\"$1\"/s/.*\"time\":\"\([^\"]*\)\".*/\1/p" "$run/log" | head -n 1
}

# --- starts ------------------------------------------------------------------------------------------------------------

# A restic that notes when it is first called and then is the real one.
side_worker_start() { # TURN
  with_program
  with_store
  new_run
  task_values "start-${run##*.}"
  printf '#!/bin/bash\n[[ -e %q ]] || printf "%%s" "${EPOCHREALTIME/[.,]/}" >%q\nexec %q "$@"\n' \
    "$run/first" "$run/first" "$restic" >"$run/restic"
  chmod 755 "$run/restic"
  local begin
  backup_of tiny Counts # so that the repository is there, as it is for a policy at work
  begin=$(now)
  SALVOR_RESTIC=$run/restic backup_of tiny Counts
  took=$(($(<"$run/first") - begin))
}

with_state() {
  with_program
  [[ ! -d $folder/state ]] || return 0
  mkdir -p "$folder/manifests" "$folder/store"
  cp "$top/examples/postgres/policy.yaml" "$folder/manifests"
  sed "s|path: .*|path: $folder/store}|" "$top/examples/postgres/store-folder.yaml" >"$folder/manifests/store.yaml"
  (umask 077 && printf '%s\n' 'apiVersion: v1' 'kind: Secret' 'metadata: {name: offsite-key, namespace: shop}' \
    "stringData: {password: $secret}" >"$folder/manifests/secret.yaml")
  # Nothing was ever backed up, which a host may call a failure; what counts is the state.
  program local --manifests "$folder/manifests" --state "$folder/state" --once >"$folder/local.log" 2>&1 || true
}

side_get() { # TURN
  timed "$top/salvor" get --state "$folder/state" >"$folder/get.log"
  [[ $(<"$folder/get.log") == *shop-db* ]] || fail "salvor get shows no policy; see $folder/get.log"
}
