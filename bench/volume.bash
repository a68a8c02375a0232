# A folder with many small files, backed up and restored. Sourced by run.
# shellcheck shell=bash

readonly files=${SALVOR_BENCH_FILES:-68000} files_in_a_folder=250 file_bytes=17600

with_files() {
  with_engines
  with_program
  with_store
  [[ ! -d $folder/tree ]] || return 0
  mkdir -p "$folder/tree"
  local place
  for ((place = 0; place < files; place += files_in_a_folder)); do
    mkdir "$folder/tree/$place"
    # As text compresses: by a quarter.
    head -c $((files_in_a_folder * file_bytes * 3 / 4)) /dev/urandom | base64 -w 0 |
      split -a 3 -b "$file_bytes" - "$folder/tree/$place/file-"
  done
  mkdir "$folder/small"
  printf 'small' >"$folder/small/file"
  printf 'bench/run: %s in %s files\n' "$(du -sh "$folder/tree" | cut -f 1)" "$(find "$folder/tree" -type f | wc -l)" >&2
}

files_of() { # FOLDER
  SALVOR_RESTIC_CACHE=$run/cache worker backup-files "${values[@]}" "FOLDER=$1"
  [[ $(reported outcome) == SUCCEEDED ]] || fail_of_worker
}

side_files() { # TURN
  new_run
  task_values "salvor-${run##*.}"
  files_of "$folder/small" # makes store and repository
  timed files_of "$folder/tree"
  forget_store "salvor-${run##*.}"
}

bare_files() { # PREFIX FOLDER
  (cd "${2%/*}" && bare_restic "$1" backup --one-file-system "${2##*/}") >"$run/log" 2>&1 || fail "restic failed; see $run/log"
}

side_bare_files() { # TURN
  new_run
  local prefix=bare-${run##*.}
  bare_restic "$prefix" init >"$run/log" 2>&1 || fail "restic init failed; see $run/log"
  bare_files "$prefix" "$folder/small"
  timed bare_files "$prefix" "$folder/tree"
  forget_store "$prefix"
}

# --- what needs a point ------------------------------------------------------------------------------------------------

stored_files='' stored_cache='' bare_cache=''
with_stored_files() {
  with_files
  [[ -z $stored_files ]] || return 0
  new_run
  stored_cache=$run/cache
  task_values files
  files_of "$folder/tree"
  stored_files=$(reported recoveryPoint)
  [[ -n $stored_files ]] || fail_of_worker
  new_run
  bare_cache=$run/cache
  bare_restic bare-files init >"$run/log" 2>&1 || fail "restic init failed; see $run/log"
  bare_files bare-files "$folder/tree"
}

# With the cache of the backup before, as a policy has it.
side_files_again() { # TURN
  new_run
  rmdir "$run/cache"
  ln -s "$stored_cache" "$run/cache"
  task_values files
  timed files_of "$folder/tree"
}

side_bare_files_again() { # TURN
  new_run
  rmdir "$run/cache"
  ln -s "$bare_cache" "$run/cache"
  timed bare_files bare-files "$folder/tree"
}

side_restore_files() { # TURN
  new_run
  task_values files
  timed worker restore-files "${values[@]}" "POINT=$stored_files" "FOLDER=$run/restored"
  [[ $(reported outcome) == SUCCEEDED && $(<"$run/report.json") == *'"comparison":"Verified"'* ]] || fail_of_worker
  rm -rf "$run/restored"
}

bare_restore_files() {
  bare_restic bare-files restore latest --target "$run/restored" >"$run/log" 2>&1 || fail "the bare restore failed; see $run/log"
}

side_bare_restore_files() { # TURN
  new_run
  timed bare_restore_files
  rm -rf "$run/restored"
}

# --- memory ------------------------------------------------------------------------------------------------------------

readonly many=${SALVOR_BENCH_MANY:-1000000} large=${SALVOR_BENCH_LARGE:-20} worker_memory=$((512 << 20))
readonly memory_groups=/sys/fs/cgroup/memory

# Of a control group, whose programs can have no more than the limit: without what is only cached of files.
resident_of() { # GROUP
  sed -n 's/^total_rss //p' "$1/memory.stat"
}

# In a control group as that of a pod, which JVM and engines see as theirs.
backup_within() { # WHAT FOLDER
  local group=$memory_groups/salvor-bench-$$ resident most=0 pid
  mkdir "$group"
  printf '%s' "$worker_memory" >"$group/memory.limit_in_bytes"
  (printf '%s' "$BASHPID" >"$group/cgroup.procs" && files_of "$2") &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    resident=$(resident_of "$group")
    ((resident <= most)) || most=$resident
    sleep 0.2
  done
  wait "$pid" || fail "the worker failed with $((worker_memory >> 20)) MiB; see $run/log"
  rmdir "$group"
  printf 'volume-memory: %s MiB resident at most with %s (target at most %s MiB: %s)\n' "$((most >> 20))" "$1" \
    "$((worker_memory >> 20))" "$(judge "$most" "$worker_memory")"
}

measure_memory() {
  [[ -w $memory_groups ]] || fail "volume-memory needs root and control groups of version 1."
  with_engines
  with_program
  with_store
  new_run
  task_values memory
  mkdir "$folder/many"
  local place
  for ((place = 0; place < many; place += 1000)); do
    mkdir "$folder/many/$place"
    (cd "$folder/many/$place" && touch {1..1000})
  done
  backup_within "$many empty files" "$folder/many"
  backup_within "$many empty files, once more" "$folder/many"
  rm -rf "$folder/many"
  mkdir "$folder/large"
  head -c "$((large * 1000000000))" /dev/urandom >"$folder/large/file"
  backup_within "one file of $large GB" "$folder/large"
  rm -rf "$folder/large"
}
