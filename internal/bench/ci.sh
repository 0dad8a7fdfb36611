#!/usr/bin/env bash
# The whole bench once, with few and short rounds: it must run, its numbers mean nothing.
set -euo pipefail
cd "$(dirname "$0")"
go run . -quick >/dev/null
