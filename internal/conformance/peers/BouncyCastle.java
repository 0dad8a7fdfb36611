// SPDX-License-Identifier: Apache-2.0

// Bouncy Castle's lightweight API, all seven pairs and all forms of keys. Its
// protocol is that of protocol.h. java -cp bcprov.jar BouncyCastle.java

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.crypto.AsymmetricCipherKeyPairGenerator;
import org.bouncycastle.crypto.CipherParameters;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.digests.NullDigest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.engines.RSABlindedEngine;
import org.bouncycastle.crypto.generators.ECKeyPairGenerator;
import org.bouncycastle.crypto.generators.RSAKeyPairGenerator;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECKeyGenerationParameters;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithID;
import org.bouncycastle.crypto.params.RSAKeyGenerationParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.bouncycastle.crypto.signers.DSAKCalculator;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.crypto.signers.PSSSigner;
import org.bouncycastle.crypto.signers.RSADigestSigner;
import org.bouncycastle.crypto.signers.RandomDSAKCalculator;
import org.bouncycastle.crypto.signers.SM2Signer;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.util.encoders.Hex;

final class BouncyCastle {
    private static final Pattern FIELD = Pattern.compile("\"(\\w+)\":\"([^\"]*)\"");
    private static final Map<String, ASN1ObjectIdentifier> CURVES = Map.of(
            "EC_P256", new ASN1ObjectIdentifier("1.2.840.10045.3.1.7"),
            "EC_P256K", new ASN1ObjectIdentifier("1.3.132.0.10"),
            "EC_SM2", new ASN1ObjectIdentifier("1.2.156.10197.1.301"));

    private final Map<String, String> fields = new HashMap<>();

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String answer;
            try {
                answer = "{\"ok\":\"" + new BouncyCastle(line).answer() + "\"}";
            } catch (Exception e) {
                answer = "{\"error\":\"" + e.toString().replaceAll("[\"\\\\\\p{Cntrl}]", " ") + "\"}";
            }
            System.out.println(answer);
        }
    }

    private BouncyCastle(String line) {
        for (Matcher m = FIELD.matcher(line); m.find();) {
            fields.put(m.group(1), m.group(2));
        }
    }

    private byte[] bytes(String name) {
        return Hex.decode(fields.get(name));
    }

    private String answer() throws Exception {
        switch (fields.get("op")) {
            case "sign":
                return Hex.toHexString(sign());
            case "verify":
                return String.valueOf(verify());
            case "public":
                return spki(publicOf(privateKey()));
            case "rewritePrivate":
                return pkcs8(privateKey());
            case "rewritePublic":
                return spki(publicKey());
            case "generate":
                return pkcs8(generate());
            default:
                throw new IllegalArgumentException("unknown op");
        }
    }

    private AsymmetricKeyParameter privateKey() throws Exception {
        return PrivateKeyFactory.createKey(bytes("pkcs8"));
    }

    private AsymmetricKeyParameter publicKey() throws Exception {
        return PublicKeyFactory.createKey(bytes("spki"));
    }

    private static String spki(AsymmetricKeyParameter key) throws Exception {
        return Hex.toHexString(SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(key).getEncoded("DER"));
    }

    private static String pkcs8(AsymmetricKeyParameter key) throws Exception {
        return Hex.toHexString(PrivateKeyInfoFactory.createPrivateKeyInfo(key).getEncoded("DER"));
    }

    private static AsymmetricKeyParameter publicOf(AsymmetricKeyParameter key) {
        if (key instanceof RSAPrivateCrtKeyParameters) {
            RSAPrivateCrtKeyParameters k = (RSAPrivateCrtKeyParameters) key;
            return new RSAKeyParameters(false, k.getModulus(), k.getPublicExponent());
        }
        ECPrivateKeyParameters k = (ECPrivateKeyParameters) key;
        return new ECPublicKeyParameters(k.getParameters().getG().multiply(k.getD()), k.getParameters());
    }

    private AsymmetricKeyParameter generate() {
        String spec = fields.get("spec");
        AsymmetricCipherKeyPairGenerator generator;
        if (spec.startsWith("RSA_")) {
            generator = new RSAKeyPairGenerator();
            generator.init(new RSAKeyGenerationParameters(
                    BigInteger.valueOf(65537), new SecureRandom(), Integer.parseInt(spec.substring(4)), 64));
        } else {
            ASN1ObjectIdentifier curve = CURVES.get(spec);
            generator = new ECKeyPairGenerator();
            generator.init(new ECKeyGenerationParameters(
                    new ECNamedDomainParameters(curve, CustomNamedCurves.getByOID(curve)), new SecureRandom()));
        }
        return generator.generateKeyPair().getPrivate();
    }

    private byte[] sign() throws Exception {
        if (isECDSA()) {
            boolean deterministic = fields.get("mode").equals("deterministic");
            DSAKCalculator nonces = deterministic ? new HMacDSAKCalculator(new SHA256Digest()) : new RandomDSAKCalculator();
            ECDSASigner signer = new ECDSASigner(nonces);
            ECPrivateKeyParameters key = (ECPrivateKeyParameters) privateKey();
            signer.init(true, key);
            BigInteger[] rs = signer.generateSignature(bytes("digest"));
            return StandardDSAEncoding.INSTANCE.encode(key.getParameters().getN(), rs[0], rs[1]);
        }
        Signer signer = signer(true, privateKey());
        return signer.generateSignature();
    }

    private boolean verify() throws Exception {
        if (isECDSA()) {
            ECDSASigner signer = new ECDSASigner();
            ECPublicKeyParameters key = (ECPublicKeyParameters) publicKey();
            signer.init(false, key);
            BigInteger[] rs;
            try {
                rs = StandardDSAEncoding.INSTANCE.decode(key.getParameters().getN(), bytes("sig"));
            } catch (Exception e) {
                return false;
            }
            return signer.verifySignature(bytes("digest"), rs[0], rs[1]);
        }
        return signer(false, publicKey()).verifySignature(bytes("sig"));
    }

    private boolean isECDSA() {
        return fields.get("pair").endsWith("/ECDSA_SHA_256");
    }

    /** Returns a signer of the other pairs that has read its input. */
    private Signer signer(boolean forSigning, AsymmetricKeyParameter key) {
        String pair = fields.get("pair");
        CipherParameters parameters = key;
        byte[] input = fields.containsKey("message") ? bytes("message") : bytes("digest");
        Signer signer;
        if (pair.endsWith("/RSA_PKCS1_SHA_256")) {
            signer = new RSADigestSigner(new NullDigest(), NISTObjectIdentifiers.id_sha256);
        } else if (pair.endsWith("/RSA_PSS_SHA_256")) {
            signer = "deterministic".equals(fields.get("mode"))
                    ? PSSSigner.createRawSigner(new RSABlindedEngine(), new SHA256Digest(), new SHA256Digest(),
                            bytes("salt"), PSSSigner.TRAILER_IMPLICIT)
                    : PSSSigner.createRawSigner(new RSABlindedEngine(), new SHA256Digest(), new SHA256Digest(),
                            32, PSSSigner.TRAILER_IMPLICIT);
        } else if (fields.containsKey("message")) {
            signer = new SM2Signer();
            parameters = new ParametersWithID(key, bytes("id"));
        } else {
            byte[] digest = input;
            signer = new SM2Signer() {
                @Override
                protected BigInteger calculateE(BigInteger n, byte[] ignored) {
                    return new BigInteger(1, digest);
                }
            };
        }
        signer.init(forSigning, parameters);
        signer.update(input, 0, input.length);
        return signer;
    }
}
