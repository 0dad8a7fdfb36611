#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs Node.js and the SDKs for it, on Debian and as root. It does nothing, and
# quickly, if everything is there.
set -euo pipefail
cd "$(dirname "$0")/node"

packages=()
for package in nodejs:node npm:npm; do
	command -v "${package#*:}" >/dev/null || packages+=("${package%:*}")
done
if [ ${#packages[@]} -gt 0 ]; then
	echo "installing ${packages[*]}"
	apt-get update -q >/dev/null
	DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${packages[@]}" >/dev/null
fi

# The lock names versions and checksums, no addresses.
installed=node_modules/.package-lock.json
if [ ! -e $installed ] || [ package-lock.json -nt $installed ]; then
	npm ci --ignore-scripts --no-audit --no-fund
fi
