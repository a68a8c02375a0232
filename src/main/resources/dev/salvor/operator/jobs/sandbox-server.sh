# The server of a sandbox.
printf 'no server yet: %s\n' "$SALVOR_SANDBOX" >&2
exit 1
