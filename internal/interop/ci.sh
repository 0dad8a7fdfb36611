#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the verifiers, Debian's, unless they are there.
set -euo pipefail
packages=()
for package in openssl:openssl ssh:openssh-client ssh-keygen:openssh-client node:nodejs; do
	command -v "${package%:*}" >/dev/null || packages+=("${package#*:}")
done
[ ${#packages[@]} -gt 0 ] || exit 0
echo "installing ${packages[*]}"
apt-get update -q >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${packages[@]}" >/dev/null
