// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	alibabakms "github.com/alibabacloud-go/kms-20160120/v3/client"
	"github.com/alibabacloud-go/tea/tea"
	instanceapi "github.com/aliyun/alibabacloud-dkms-gcs-go-sdk/openapi"
	instancekms "github.com/aliyun/alibabacloud-dkms-gcs-go-sdk/sdk"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	tencentkms "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/kms/v20190118"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/cloud/alibaba"
	"github.com/kmsigner/kmsigner/signer/cloud/instance"
	"github.com/kmsigner/kmsigner/signer/cloud/tencent"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

// places are where a key can be. Each returns the signer of a key there.
var places = map[string]func(context.Context, options) (signer.Signer, error){
	"fixed": fixed, "folder": folder, "alibaba": inAlibaba, "instance": inInstance, "tencent": inTencent,
}

func open(ctx context.Context, o options) (signer.Signer, error) {
	place, ok := places[o.keys]
	switch {
	case !ok:
		return nil, fmt.Errorf("-keys %s: it has to be fixed, folder, alibaba, instance or tencent", o.keys)
	case o.key == "" && o.keys != "fixed":
		return nil, fmt.Errorf("-keys %s needs -key", o.keys)
	case o.version != "" && (o.keys == "fixed" || o.keys == "tencent"):
		return nil, fmt.Errorf("-keys %s has no versions: omit -version", o.keys)
	}
	return place(ctx, o)
}

// The fixed keys are published, so they are for tests only: a service of your own imports
// signertest in its tests, and makes its Signer in one place, as open does.
func fixed(_ context.Context, o options) (signer.Signer, error) {
	spec := keyspec.ECP256
	if o.key != "" {
		spec = keyspec.KeySpec(o.key)
	}
	if _, err := keyspec.Parse(string(spec)); err != nil {
		return nil, err
	}
	return signer.New(signertest.Key(spec), o.algorithm, signer.Deterministic())
}

func folder(ctx context.Context, o options) (signer.Signer, error) {
	password, err := firstLine(o.passwordFile)
	if err != nil {
		return nil, err
	}
	ring, err := keyring.OpenReadOnly(o.dir, password)
	if err != nil {
		return nil, err
	}
	defer ring.Close() // the version keeps working
	v, err := ring.Lookup(ctx, o.key, o.version)
	if err != nil {
		return nil, err
	}
	return v.Signer(o.algorithm)
}

func inAlibaba(ctx context.Context, o options) (signer.Signer, error) {
	client, err := alibabaClient(o)
	if err != nil {
		return nil, err
	}
	return alibaba.New(ctx, client, o.key, o.version, o.algorithm, signer.VerifyAfterSign())
}

func inInstance(ctx context.Context, o options) (signer.Signer, error) {
	client, err := instanceClient(o)
	if err != nil {
		return nil, err
	}
	return instance.New(ctx, client, o.key, o.version, o.algorithm, signer.VerifyAfterSign())
}

func inTencent(ctx context.Context, o options) (signer.Signer, error) {
	client, err := tencentClient(o)
	if err != nil {
		return nil, err
	}
	return tencent.New(ctx, client, o.key, o.algorithm, signer.VerifyAfterSign())
}

func alibabaClient(o options) (*alibabakms.Client, error) {
	id, secret := os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_ID"), os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET")
	if id == "" || secret == "" {
		return nil, errors.New("set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET in the environment")
	}
	if o.region == "" && o.endpoint == "" {
		return nil, errors.New("-keys alibaba needs -region or -endpoint")
	}
	config := &openapi.Config{AccessKeyId: &id, AccessKeySecret: &secret, RegionId: &o.region}
	if token := os.Getenv("ALIBABA_CLOUD_SECURITY_TOKEN"); token != "" {
		config.SecurityToken = &token
	}
	if scheme, host := o.address(); host != "" {
		config.Protocol, config.Endpoint = &scheme, &host
	}
	return alibabakms.NewClient(config)
}

func instanceClient(o options) (*instancekms.Client, error) {
	if o.endpoint == "" || o.clientKey == "" {
		return nil, errors.New("-keys instance needs -endpoint and -client-key")
	}
	password, err := firstLine(o.passwordFile)
	if err != nil {
		return nil, err
	}
	scheme, host := o.address()
	config := &instanceapi.Config{
		Protocol: &scheme, Endpoint: &host, ClientKeyFile: &o.clientKey, Password: tea.String(string(password)),
	}
	if o.authority != "" {
		config.CaFilePath = &o.authority
	}
	client, err := instancekms.NewClient(config)
	if err != nil {
		return nil, fmt.Errorf("the client key: %w", err)
	}
	return client, nil
}

func tencentClient(o options) (*tencentkms.Client, error) {
	credential, err := common.DefaultEnvProvider().GetCredential()
	if err != nil {
		return nil, errors.New("set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY in the environment")
	}
	if o.region == "" {
		return nil, errors.New("-keys tencent needs -region")
	}
	settings := profile.NewClientProfile()
	if scheme, host := o.address(); host != "" {
		settings.HttpProfile.Scheme, settings.HttpProfile.Endpoint = scheme, host
	}
	return tencentkms.NewClient(credential, o.region, settings)
}

// address is -endpoint in its two parts, as all three SDKs take it.
func (o options) address() (scheme, host string) {
	if host, ok := strings.CutPrefix(o.endpoint, "http://"); ok {
		return "http", host
	}
	return "https", strings.TrimPrefix(o.endpoint, "https://")
}

// firstLine reads a password.
func firstLine(file string) ([]byte, error) {
	if file == "" {
		return nil, errors.New("-password-file is missing")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	line, _, _ := strings.Cut(string(data), "\n")
	return []byte(strings.TrimSuffix(line, "\r")), nil
}
