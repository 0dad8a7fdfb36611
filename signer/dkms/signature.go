// SPDX-License-Identifier: Apache-2.0

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
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

const (
	mediaType       = "application/x-protobuf"
	signatureMethod = "RSA_PKCS1_SHA_256"

	// The headers, as net/http spells their names. The API spells the first one so,
	// with three c.
	clientHeader  = "X-Kms-Acccesskeyid"
	nameHeader    = "X-Kms-Apiname"
	apiHeader     = "X-Kms-Apiversion"
	methodHeader  = "X-Kms-Signaturemethod"
	versionHeader = "X-Kms-Migrationkeyversionid"
	signedPrefix  = "X-Kms-"
)

// claim finds the client.
func claim(r *kmshttp.Request, _ *kmshttp.Exchange) (*kmshttp.Claim, error) {
	if r.MediaType != mediaType {
		return nil, kmshttp.Refuse(kmshttp.UnknownFormat, "Content-Type", "")
	}
	id := r.Header.Get(clientHeader)
	if id == "" {
		return nil, kmshttp.Missing("x-kms-acccesskeyid")
	}
	return &kmshttp.Claim{
		AccessKeyID: id, Scheme: r.Header.Get(methodHeader),
		Parse: func() (*kmshttp.Call, error) { return parse(r) },
	}, nil
}

// parse reads what is signed: the method, the hash of the body, the type, the date
// and the headers whose names begin with x-kms-. The host is not, nor is a query,
// which the API does not have.
func parse(r *kmshttp.Request) (*kmshttp.Call, error) {
	for _, name := range []string{nameHeader, apiHeader} {
		if r.Header.Get(name) == "" {
			return nil, kmshttp.Missing(strings.ToLower(name))
		}
	}
	if r.Header.Get(methodHeader) != signatureMethod {
		return nil, kmshttp.Refuse(kmshttp.UnsupportedSignature, "x-kms-signaturemethod", "")
	}
	date, err := time.Parse(http.TimeFormat, r.Header.Get("Date"))
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
	nonce := sha256.Sum256(signature)
	digest := sha256.Sum256([]byte(stringToSign(r, contentHash)))
	return &kmshttp.Call{
		Action: r.Header.Get(nameHeader), Version: r.Header.Get(apiHeader),
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
	var names []string
	for name := range r.Header {
		if strings.HasPrefix(name, signedPrefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names) // without the colon, which would come after a hyphen
	var b strings.Builder
	b.WriteString(r.Method + "\n" + contentHash + "\n" + r.Header.Get("Content-Type") + "\n" + r.Header.Get("Date") + "\n")
	for _, name := range names {
		b.WriteString(strings.ToLower(name) + ":" + r.Header[name][0] + "\n")
	}
	b.WriteString("/")
	return b.String()
}
