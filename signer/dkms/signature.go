package dkms

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

const (
	mediaType       = "application/x-protobuf"
	signatureMethod = "RSA_PKCS1_SHA_256"
	versionHeader   = "X-Kms-Migrationkeyversionid"
)

// claim finds the client, whose name the API spells with three c.
func claim(r *kmshttp.Request, _ *kmshttp.Exchange) (*kmshttp.Claim, error) {
	if r.MediaType != mediaType {
		return nil, kmshttp.Refuse(kmshttp.UnknownFormat, "Content-Type", "")
	}
	id := r.Header.Get("X-Kms-Acccesskeyid")
	if id == "" {
		return nil, kmshttp.Missing("x-kms-acccesskeyid")
	}
	return &kmshttp.Claim{AccessKeyID: id, Scheme: r.Header.Get("X-Kms-Signaturemethod"), Parse: func() (*kmshttp.Call, error) { return parse(r) }}, nil
}

// parse reads what is signed: the method, the hash of the body, the type, the date
// and the headers whose names begin with x-kms-. The host is not, nor is a query,
// which the API does not have.
func parse(r *kmshttp.Request) (*kmshttp.Call, error) {
	if m := r.Header.Get("X-Kms-Signaturemethod"); m != signatureMethod {
		return nil, kmshttp.Refuse(kmshttp.UnsupportedSignature, "x-kms-signaturemethod", "")
	}
	date, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return nil, kmshttp.Refuse(kmshttp.MalformedTime, "Date", "")
	}
	encoded, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	signature, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if !ok || err != nil || strings.ContainsAny(encoded, "\r\n") {
		return nil, kmshttp.Refuse(kmshttp.MalformedAuthorization, "Authorization", "")
	}
	hash := sha256.Sum256(r.Body)
	contentHash := r.Header.Get("Content-Sha256")
	if contentHash != strings.ToUpper(hex.EncodeToString(hash[:])) {
		return nil, kmshttp.Refuse(kmshttp.MalformedAuthorization, "content-sha256", "it is not the hash of the body")
	}
	toSign := stringToSign(r, contentHash)
	nonce := sha256.Sum256(signature) // of the signature's one encoding
	digest := sha256.Sum256([]byte(toSign))
	return &kmshttp.Call{
		Action: r.Header.Get("X-Kms-Apiname"), Version: r.Header.Get("X-Kms-Apiversion"),
		Time: date, Nonce: hex.EncodeToString(nonce[:]), Body: r.Body,
		Params: kmshttp.Params{{Name: versionHeader, Value: r.Header.Get(versionHeader)}},
		Verify: func(credential any) bool {
			key, ok := credential.(*rsa.PublicKey)
			return ok && rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
		},
	}, nil
}

// stringToSign has the headers as they are read: one value each, without the space
// around it.
func stringToSign(r *kmshttp.Request, contentHash string) string {
	var signed []string
	for name, values := range r.Header {
		if strings.HasPrefix(name, "X-Kms-") {
			signed = append(signed, strings.ToLower(name)+":"+values[0]+"\n")
		}
	}
	slices.Sort(signed)
	return r.Method + "\n" + contentHash + "\n" + r.Header.Get("Content-Type") + "\n" + r.Header.Get("Date") + "\n" +
		strings.Join(signed, "") + "/"
}
