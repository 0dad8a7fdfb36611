#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs PostgreSQL, on Debian and as root. It does nothing, and quickly, if it is there.
set -euo pipefail
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null && exit
command -v postgres >/dev/null && exit
echo "installing postgresql"
apt-get update -q >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends postgresql >/dev/null
