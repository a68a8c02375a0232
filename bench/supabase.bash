# A Supabase of 10,000 objects and a database of 300 MB, its objects in a folder or in a bucket. Sourced by run.
# shellcheck shell=bash

readonly objects=${SALVOR_BENCH_OBJECTS:-10000} object_bytes=100000 objects_in_a_folder=250

# Each object is a folder, each version a file. The S3 server has the same folder as a bucket, by a link.
supabase_root='' supabase_cache='' supabase_trees='' supabase_bucket='' supabase_version=v1
with_supabase() {
  with_program
  with_server
  with_store
  [[ -z $supabase_root ]] || return 0
  supabase_root=$folder/storage
  mkdir -p "$supabase_root/objects"
  ln -s "$supabase_root/objects" "$folder/s3/objects"
  sql postgres 'create role supabase_admin' 'create role authenticator' 'create role anon' 'create role authenticated' 'create role service_role' \
    'create schema auth' 'create table auth.schema_migrations (version text)' 'create table auth.users (id uuid)' 'create schema storage' \
    'create table storage.migrations (id int)' 'create table storage.buckets (id text)' \
    'create table storage.objects (id uuid primary key, bucket_id text, name text, version text, metadata jsonb, owner_id text)' \
    "insert into storage.objects select md5(n::text)::uuid, 'docs', n::text, 'v1', '{\"size\": $object_bytes}' from generate_series(1, $objects) n"
  PGHOST=$folder/postgres/socket PGPORT=$server_port PGUSER=bench "$postgres_bin/pgbench" -i -q -s 20 postgres >"$folder/pgbench.log" 2>&1 ||
    fail "pgbench failed; see $folder/pgbench.log"
  lay_objects 1 "$objects" v1
  printf 'bench/run: %s in %s objects, and %s\n' "$(du -sh "$supabase_root/objects" | cut -f 1)" "$objects" \
    "$(sql postgres "select pg_size_pretty(pg_database_size('postgres'))")" >&2
}

lay_objects() { # FROM TO VERSION
  local number place=$supabase_root/objects/stub/docs from count
  mkdir -p "$place" "$folder/pieces"
  for ((from = $1; from <= $2; from += objects_in_a_folder)); do
    count=$(($2 - from + 1 < objects_in_a_folder ? $2 - from + 1 : objects_in_a_folder))
    head -c $((count * object_bytes * 3 / 4)) /dev/urandom | base64 -w 0 | split -d -a 4 -b "$object_bytes" - "$folder/pieces/"
    for ((number = 0; number < count; number++)); do
      mkdir -p "$place/$((from + number))"
      mv "$folder/pieces/$(printf '%04d' "$number")" "$place/$((from + number))/$3"
    done
  done
}

# As Storage replaces an object: bytes, row, and then the old bytes.
replace_objects() { # FROM TO OLD NEW
  local number
  lay_objects "$1" "$2" "$4"
  sql postgres "update storage.objects set version = '$4' where name::int between $1 and $2"
  for ((number = $1; number <= $2; number++)); do rm "$supabase_root/objects/stub/docs/$number/$3"; done
}

supabase_backup() { # PREFIX
  SALVOR_RESTIC_CACHE=$supabase_cache worker backup-supabase "${values[@]}" "TREES=$supabase_trees" "BUCKET=$supabase_bucket"
  [[ $(reported outcome) == SUCCEEDED ]] || fail_of_worker
}

# The first backup of all, and the one after a hundredth was replaced: that may take a fifth.
measure_supabase() { # NAME
  local turn next first again firsts=() agains=()
  with_supabase
  for ((turn = 1; turn <= runs; turn++)); do
    new_run
    mkdir -p "$run/credentials/storage-s3"
    cp "$run/credentials/store-s3/"* "$run/credentials/storage-s3/"
    supabase_cache=$run/cache
    task_values "$1-${run##*.}"
    supabase_trees='{"name":"storage","path":"'$folder'/storage"}' supabase_bucket=null
    if [[ $1 == supabase-bucket ]]; then
      supabase_trees='' supabase_bucket='{"kind":"bucket","bucket":"objects","endpoint":"'$endpoint'","region":"us-east-1"}'
    fi
    timed supabase_backup
    first=$took
    next=$1-v$turn
    replace_objects 1 $((objects / 100)) "$supabase_version" "$next"
    supabase_version=$next
    task_values "$1-${run##*.}"
    timed supabase_backup
    again=$took
    printf '%s: run %s: first %s s, again %s s, %s bytes added\n' "$1" "$turn" "$(seconds "$first" 2)" "$(seconds "$again" 2)" \
      "$(grep -o '"addedBytes":[0-9]*' "$run/report.json" | head -n 1 | cut -d : -f 2)" >&2
    firsts+=("$first")
    agains+=("$again")
    forget_store "$1-${run##*.}"
  done
  first=$(median "${firsts[@]}")
  again=$(median "${agains[@]}")
  printf '%s: first %s s, after 1 %% of changes %s s (median of %s, target at most %s s: %s)\n' "$1" "$(seconds "$first")" "$(seconds "$again")" \
    "$runs" "$(seconds $((first / 5)))" "$(judge "$again" $((first / 5)))"
}
