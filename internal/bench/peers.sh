#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fetches the newest OpenSSL and libsecp256k1 of Debian (sid and experimental, amd64) into a folder, for bench -peers. Nothing
# is installed: OpenSSL runs with the C library of its own release, and libsecp256k1 is loaded from the folder.
#
#	internal/bench/peers.sh FOLDER
set -euo pipefail
mkdir -p "$1"
cd "$1"
mkdir -p lists/partial cache/archives/partial root
cat >sources.sources <<-EOF
	Types: deb
	URIs: http://deb.debian.org/debian
	Suites: sid experimental
	Components: main
	Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
EOF
options=(-q -o Dir::Etc::sourcelist="$PWD/sources.sources" -o Dir::Etc::sourceparts=- -o Dir::Etc::preferencesparts=-
	-o Dir::State::lists="$PWD/lists" -o Dir::State::status=/dev/null -o Dir::Cache="$PWD/cache" -o APT::Sandbox::User=root)
apt-get "${options[@]}" update >/dev/null

newest() { # PACKAGE
	apt-cache "${options[@]}" madison "$1" | awk '{ print $3 }' | sort -V | tail -1
}
depends() { # PACKAGE VERSION
	apt-cache "${options[@]}" show "$1=$2" | sed -n 's/^Depends: //p' | tr ',' '\n' | sed 's/[ (|].*//2; s/^ *//; s/ .*//'
}
fetch() { # PACKAGE
	local version
	version=$(newest "$1")
	(cd cache && apt-get "${options[@]}" download "$1=$version" >/dev/null)
	dpkg -x "$(ls -t cache/"$1"_*.deb | head -1)" root
	echo "$1 $version"
}

fetch openssl
for library in $(depends openssl "$(newest openssl)" | grep libssl); do
	fetch "$library"
	for dependency in $(depends "$library" "$(newest "$library")"); do fetch "$dependency"; done
done
secp=$(depends libsecp256k1-dev "$(newest libsecp256k1-dev)" | grep -m1 libsecp256k1)
fetch "$secp"

cat >openssl <<-EOF
	#!/bin/sh
	exec "$PWD/root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$PWD/root/usr/lib/x86_64-linux-gnu" "$PWD/root/usr/bin/openssl" "\$@"
EOF
chmod +x openssl
[ -e root/usr/lib64/ld-linux-x86-64.so.2 ] || sed -i "s#root/usr/lib64#root/lib64#" openssl
ln -sf root/usr/lib/x86_64-linux-gnu/"$(cd root/usr/lib/x86_64-linux-gnu && ls libsecp256k1.so.* | head -1)" libsecp256k1.so
newest "$secp" >libsecp256k1.version
./openssl version
