#!/bin/sh
# Makes the keys of this folder with OpenSSL 3.0. They are published and for
# TESTING ONLY. Every file of one spec holds the same key. The password of every
# encrypted file is "TESTING".
set -eu
cd "$(dirname "$0")"
rm -f *.pem *.der

forms() { # of the key in $1_TESTING.pkcs8.pem
	k=$1_TESTING
	openssl pkcs8 -topk8 -nocrypt -in $k.pkcs8.pem -outform DER -out $k.pkcs8.der
	openssl pkcs8 -topk8 -in $k.pkcs8.pem -v2 aes-256-cbc -passout pass:TESTING -out $k.aes256.pem
	openssl pkey -in $k.pkcs8.pem -pubout -out $k.spki.pem
	openssl pkey -in $k.pkcs8.pem -pubout -outform DER -out $k.spki.der
}
for bits in 2048 3072; do
	k=RSA_${bits}_TESTING
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:$bits -out $k.pkcs8.pem
	forms RSA_$bits
	openssl rsa -in $k.pkcs8.pem -traditional -out $k.pkcs1.pem
	openssl rsa -in $k.pkcs8.pem -traditional -outform DER -out $k.pkcs1.der
	openssl rsa -in $k.pkcs8.pem -RSAPublicKey_out -out $k.pkcs1pub.pem
	openssl rsa -in $k.pkcs8.pem -RSAPublicKey_out -outform DER -out $k.pkcs1pub.der
done
for pair in EC_P256:prime256v1 EC_P256K:secp256k1 EC_SM2:SM2; do
	spec=${pair%:*} curve=${pair#*:}
	k=${spec}_TESTING
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$curve -out $k.pkcs8.pem
	forms $spec
	openssl ec -in $k.pkcs8.pem -out $k.sec1.pem
	openssl ec -in $k.pkcs8.pem -outform DER -out $k.sec1.der
	{ openssl ecparam -name $curve; cat $k.sec1.pem; } >$k.sec1params.pem
	[ $spec != EC_SM2 ] || continue # OpenSSL 3.0 writes an SM2 key in no other way
	openssl ec -in $k.pkcs8.pem -no_public -out $k.nopublic.pem
	openssl pkey -in $k.pkcs8.pem -ec_conv_form compressed -out $k.compressed.pem
	openssl pkey -in $k.pkcs8.pem -pubout -ec_conv_form compressed -out $k.spkicompressed.pem
	openssl pkey -in $k.pkcs8.pem -pubout -ec_conv_form hybrid -out refused_${k}_hybrid.spki.pem
	openssl pkey -in $k.pkcs8.pem -ec_param_enc explicit -out refused_${k}_explicit.pem
	openssl pkey -in $k.pkcs8.pem -pubout -ec_param_enc explicit -out refused_${k}_explicit.spki.pem
done

openssl ecparam -name SM2 -genkey -param_enc explicit -out refused_EC_SM2_TESTING_explicit.pem

# Every encryption of PKCS #8, of one key.
k=EC_P256_TESTING
enc() { name=$1; shift; openssl pkcs8 -topk8 -in $k.pkcs8.pem -passout pass:TESTING "$@" -out $name; }
enc $k.aes128.pem -v2 aes-128-cbc -v2prf hmacWithSHA1
enc $k.aes192.pem -v2 aes-192-cbc -v2prf hmacWithSHA512 -iter 1
enc $k.sm4.pem -v2 sm4-cbc -v2prf hmacWithSHA384
enc $k.scrypt.pem -scrypt
enc $k.aes256der.der -v2 aes-256-cbc -outform DER
enc refused_${k}_pkcs12pbe.pem -v1 PBE-SHA1-3DES
enc refused_${k}_3des.pem -v2 des3
enc refused_${k}_pbes1.pem -v1 PBE-MD5-DES -provider legacy -provider default
openssl ec -in $k.pkcs8.pem -aes128 -passout pass:TESTING -out refused_${k}_dekinfo.pem
openssl req -new -x509 -key $k.pkcs8.pem -subj /CN=TESTING -days 3650 -out refused_${k}_certificate.pem
openssl pkcs12 -export -inkey $k.pkcs8.pem -in refused_${k}_certificate.pem -passout pass:TESTING -out refused_${k}_pkcs12.der

# Keys that no spec names.
for curve in secp384r1 secp521r1 secp224r1 brainpoolP256r1; do
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$curve -out refused_TESTING_$curve.pem
	openssl pkey -in refused_TESTING_$curve.pem -pubout -out refused_TESTING_$curve.spki.pem
done
openssl pkcs8 -topk8 -in refused_TESTING_secp384r1.pem -passout pass:TESTING -out refused_TESTING_secp384r1_aes256.pem
openssl ecparam -name secp384r1 -genkey -out refused_TESTING_secp384r1_sec1params.pem
for bits in 1024 4096; do
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:$bits -out refused_TESTING_rsa$bits.pem
	openssl pkey -in refused_TESTING_rsa$bits.pem -pubout -out refused_TESTING_rsa$bits.spki.pem
done
openssl pkey -in refused_TESTING_rsa4096.pem -traditional -out refused_TESTING_rsa4096.pkcs1.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3 -out refused_TESTING_rsa3primes.pem
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out refused_TESTING_rsapss.pem
openssl pkey -in refused_TESTING_rsapss.pem -pubout -out refused_TESTING_rsapss.spki.pem
for alg in ed25519 x25519 ed448; do
	openssl genpkey -algorithm $alg -out refused_TESTING_$alg.pem
	openssl pkey -in refused_TESTING_$alg.pem -pubout -out refused_TESTING_$alg.spki.pem
done
