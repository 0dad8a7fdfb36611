#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs Debian's Redis, unless it is there.
set -euo pipefail
command -v redis-server >/dev/null && exit
apt-get update -q >/dev/null
apt-get install -qy --no-install-recommends redis-server >/dev/null
