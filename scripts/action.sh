#!/usr/bin/env bash
# The step of action.yml: TREES and ARGUMENTS hold one word a line, SARIF the name of a file or nothing.
set -u
program=$(dirname "$0")/../dist/cli/main.js
words=()
while IFS= read -r word; do
  if [ -n "$word" ]; then words+=("$word"); fi
done <<<"${TREES}
${ARGUMENTS:-}"
if [ -n "${SARIF:-}" ]; then
  # Whether there are findings, the second call says.
  node "$program" check "${words[@]}" --format sarif --fail-on never -o "$SARIF" || exit
fi
exec node "$program" check "${words[@]}" --format github
