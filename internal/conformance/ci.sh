#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the other implementations, on Debian and as root. It does nothing, and
# quickly, if everything is there.
set -euo pipefail
cd "$(dirname "$0")"

packages=()
# want PACKAGE TEST...: installs a package of Debian if the test of it fails.
want() {
	local package=$1
	shift
	"$@" >/dev/null 2>&1 || packages+=("$package")
}
header() { echo "#include <$1>" | gcc -E "${@:2}" - ; }

# A JDK, not only a JRE: the driver is run from its source.
jdk() { java --list-modules | grep '^jdk.compiler@'; }

want gcc command -v gcc
want libc6-dev header stdio.h
want libssl-dev header openssl/evp.h
want libgcrypt20-dev header gcrypt.h
want libbotan-2-dev header botan/ffi.h -I/usr/include/botan-2
want libsecp256k1-dev header secp256k1.h
want libbcprov-java test -e /usr/share/java/bcprov.jar
want openjdk-17-jdk-headless jdk
want nodejs command -v node
want npm command -v npm
if [ ${#packages[@]} -gt 0 ]; then
	echo "installing ${packages[*]}"
	apt-get update -q >/dev/null
	DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${packages[@]}" >/dev/null
fi

# The lock names versions and checksums, no addresses.
cd peers/node
installed=node_modules/.package-lock.json
if [ ! -e $installed ] || [ package-lock.json -nt $installed ]; then
	npm ci --ignore-scripts --no-audit --no-fund
fi
