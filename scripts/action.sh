#!/usr/bin/env bash
# The step of action.yml: TREES and ARGUMENTS hold one word a line, SARIF the name of a file or nothing.
set -u
program=$(dirname "$0")/../dist/cli/main.js
sarif_code=0
words=()
while IFS= read -r word; do
  if [ -n "$word" ]; then words+=("$word"); fi
done <<<"${TREES}
${ARGUMENTS:-}"
if [ -n "${SARIF:-}" ]; then
  # Whether there are findings, the second call says; what could not be done here does not keep it from annotating.
  node "$program" check "${words[@]}" --format sarif --fail-on never -o "$SARIF" || sarif_code=$?
fi
node "$program" check "${words[@]}" --format github
code=$?
exit $((sarif_code > code ? sarif_code : code))
