#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the servers that the tests start, Debian's, unless they are there.
set -euo pipefail
packages=()
command -v pg_lsclusters >/dev/null || packages+=(postgresql)
command -v redis-server >/dev/null || packages+=(redis-server)
command -v nginx >/dev/null || packages+=(nginx)
[ ${#packages[@]} = 0 ] && exit
echo "installing ${packages[*]}"
apt-get update -q >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${packages[@]}" >/dev/null
