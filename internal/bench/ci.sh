#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The whole bench once, with few and short rounds: it must run, its numbers mean nothing.
set -euo pipefail
cd "$(dirname "$0")"
go run . -quick >/dev/null
