#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs SoftHSM2, Debian's, unless it is there.
set -euo pipefail
command -v softhsm2-util >/dev/null && exit
apt-get update -q >/dev/null
apt-get install -qy --no-install-recommends softhsm2 >/dev/null
