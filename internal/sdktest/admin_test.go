// SPDX-License-Identifier: Apache-2.0

package sdktest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// An administered is a front end that manages keys, of one provider.
type administered struct {
	host func() string
	// interrupt kills it and starts it again, if its keys are in a folder.
	interrupt func()
	pace      func() *recorder
}

// life is what an SDK does with a key before the front end is interrupted; it returns
// what it does after that.
type life func(t *testing.T, do admin, name string) func(do admin)

// live has every SDK live the life of a key, in memory and in a folder.
func live(t *testing.T, provider string, do life) {
	run := func(t *testing.T, a administered) {
		wires := allAdmins(provider)
		dial := func(t *testing.T, name string) admin { return wires[name](t, a.host(), accessKey, secret, a.pace()) }
		after := map[string]func(admin){}
		for name := range wires {
			t.Run(name, func(t *testing.T) { after[name] = do(t, dial(t, name), strings.ReplaceAll(name, " ", "-")) })
		}
		a.interrupt()
		for name := range wires {
			if after[name] != nil {
				t.Run(name+" afterwards", func(t *testing.T) { after[name](dial(t, name)) })
			}
		}
	}
	t.Run("in memory", func(t *testing.T) {
		s := serverOf(t, keyring.New(), frontend.StaticKeys(map[string]string{accessKey: secret}), frontend.WithManagement(),
			frontend.WithRate(1e6, 1e6))
		host := map[string]string{"alibaba": s.alibaba, "tencent": s.tencent}[provider]
		run(t, administered{host: func() string { return host }, interrupt: func() {},
			pace: func() *recorder { return &recorder{} }})
	})
	t.Run("in a folder", func(t *testing.T) {
		dir := t.TempDir()
		password := filepath.Join(dir, "password")
		require.NoError(t, os.WriteFile(password, []byte("a password\n"), 0o600))
		args := []string{"-alibaba", "127.0.0.1:0", "-tencent", "127.0.0.1:0", "-access-key", accessKey + ":" + secret,
			"-manage",
			"-dir", filepath.Join(dir, "keys"), "-password-file", password}
		host, kill := start(t, provider, append(args, "-init"))
		defer func() { kill() }()
		run(t, administered{
			host: func() string { return host },
			interrupt: func() {
				kill()
				host, kill = start(t, provider, args)
			},
			pace: func() *recorder {
				return &recorder{pace: map[string]*recorder{"alibaba": {pace: alibabaPace},
					"tencent": {pace: tencentPace}}[provider].pace}
			},
		})
	})
}

// start starts examples/frontend, and returns where a provider's front end listens and
// what kills the program.
func start(t *testing.T, provider string, args []string) (host string, kill func()) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	kill = func() {
		_ = cmd.Process.Kill() // it may be dead already
		_ = cmd.Wait()
	}
	hosts := map[string]string{}
	for lines := bufio.NewScanner(out); len(hosts) < 2 && lines.Scan(); {
		if name, at, ok := strings.Cut(strings.TrimPrefix(lines.Text(), "listening "), " http://"); ok {
			hosts[name] = at
		}
	}
	if hosts[provider] == "" {
		kill()
		t.Fatal("the program does not listen")
	}
	return hosts[provider], kill
}

// The life of a key with Alibaba's SDKs: made, named, used, rotated, its old version
// verified, disabled, scheduled for deletion, kept.
func TestAlibaba_lifeOfAKey(t *testing.T) {
	live(t, "alibaba", func(t *testing.T, do admin, name string) func(admin) {
		ok := func(action string, p map[string]any) answer {
			t.Helper()
			a, err := do(action, p)
			require.NoError(t, err, action)
			return a
		}
		refused := func(status int, code, action string, p map[string]any) {
			t.Helper()
			_, err := do(action, p)
			requireAlibaba(t, err, status, code, "")
		}
		made := ok("CreateKey", map[string]any{"KeySpec": "EC_P256", "KeyUsage": "SIGN/VERIFY", "Description": "密钥 & <" +
			name + ">"})
		id := made.at("KeyMetadata", "KeyId")
		require.NotEmpty(t, id)
		key, alias := map[string]any{"KeyId": id}, "alias/"+name
		require.Equal(t, "Enabled", made.at("KeyMetadata", "KeyState"))
		ok("CreateAlias", map[string]any{"KeyId": id, "AliasName": alias})
		refused(400, "AliasAlreadyExists", "CreateAlias", map[string]any{"KeyId": id, "AliasName": alias})
		described := ok("DescribeKey", map[string]any{"KeyId": alias})
		for _, field := range []string{"KeyId", "Arn", "Description", "CreationDate", "KeySpec", "KeyUsage",
			"PrimaryKeyVersion", "Origin", "ProtectionLevel"} {
			require.Equal(t, made.at("KeyMetadata", field), described.at("KeyMetadata", field), field)
			require.NotEmpty(t, described.at("KeyMetadata", field), field)
		}
		_, err := time.Parse("2006-01-02T15:04:05Z", described.at("KeyMetadata", "CreationDate"))
		require.NoError(t, err)
		require.Equal(t, alias, ok("ListAliasesByKeyId", key).at("Aliases", "Alias", 0, "AliasName"))
		all := ok("ListAliases", map[string]any{"PageNumber": 1, "PageSize": 100})
		require.Equal(t, all.at("TotalCount"), all.at("Aliases", "Alias"))

		// The version comes from ListKeyVersions, as the provider's documentation says.
		versions := ok("ListKeyVersions", map[string]any{"KeyId": alias, "PageNumber": 1, "PageSize": 10})
		require.Equal(t, "1", versions.at("TotalCount"))
		first := versions.at("KeyVersions", "KeyVersion", 0, "KeyVersionId")
		digest := b64(make([]byte, 32))
		sign := func(version string) map[string]any {
			return map[string]any{"KeyId": id, "KeyVersionId": version, "Algorithm": "ECDSA_SHA_256", "Digest": digest}
		}
		value := ok("AsymmetricSign", sign(first)).at("Value")
		require.NotEmpty(t, value)

		second := ok("CreateKeyVersion", key).at("KeyVersion", "KeyVersionId")
		require.NotEqual(t, first, second)
		require.Equal(t, second, ok("DescribeKey", key).at("KeyMetadata", "PrimaryKeyVersion"))
		require.Equal(t, second, ok("ListKeyVersions", map[string]any{"KeyId": id, "PageNumber": 2,
			"PageSize": 1}).at("KeyVersions", "KeyVersion", 0, "KeyVersionId"))
		require.Equal(t, id, ok("DescribeKeyVersion", map[string]any{"KeyId": alias, "KeyVersionId": first}).at("KeyVersion",
			"KeyId"))
		keys := ok("ListKeys", map[string]any{"PageNumber": 1, "PageSize": 1,
			"Filters": `[{"Key":"KeyState","Values":["Enabled"]}]`})
		require.Equal(t, "1", keys.at("Keys", "Key"))
		ok("DisableKey", key)

		return func(again admin) {
			do = again
			require.Equal(t, "Disabled", ok("DescribeKey", map[string]any{"KeyId": alias}).at("KeyMetadata", "KeyState"))
			refused(409, "Rejected.Disabled", "AsymmetricSign", sign(first))
			ok("EnableKey", key)
			verify := sign(first)
			verify["Value"] = value
			require.Equal(t, "true", ok("AsymmetricVerify", verify).at("Value"))
			verify["KeyVersionId"] = second
			require.Equal(t, "false", ok("AsymmetricVerify", verify).at("Value"))
			require.NotEmpty(t, ok("AsymmetricSign", sign(second)).at("Value"))

			ok("ScheduleKeyDeletion", map[string]any{"KeyId": id, "PendingWindowInDays": 7})
			doomed := ok("DescribeKey", key)
			require.Equal(t, "PendingDeletion", doomed.at("KeyMetadata", "KeyState"))
			date, err := time.Parse("2006-01-02T15:04:05Z", doomed.at("KeyMetadata", "DeleteDate"))
			require.NoError(t, err)
			require.WithinDuration(t, time.Now().AddDate(0, 0, 7), date, time.Hour)
			refused(409, "Rejected.PendingDeletion", "AsymmetricSign", sign(second))
			ok("CancelKeyDeletion", key)
			require.NotEmpty(t, ok("AsymmetricSign", sign(second)).at("Value"))
			refused(409, "Rejected.StateModifiedFailed", "CancelKeyDeletion", key)

			ok("UpdateKeyDescription", map[string]any{"KeyId": id, "Description": "new"})
			require.Equal(t, "new", ok("DescribeKey", key).at("KeyMetadata", "Description"))
			other := ok("CreateKey", map[string]any{"KeySpec": "EC_SM2"}).at("KeyMetadata", "KeyId")
			ok("UpdateAlias", map[string]any{"KeyId": other, "AliasName": alias})
			require.Equal(t, other, ok("DescribeKey", map[string]any{"KeyId": alias}).at("KeyMetadata", "KeyId"))
			ok("DeleteAlias", map[string]any{"AliasName": alias})
			refused(404, "Forbidden.AliasNotFound", "DescribeKey", map[string]any{"KeyId": alias})
			refused(400, "InvalidParameter", "CreateKey", map[string]any{"KeySpec": "Aliyun_AES_256"})
			refused(400, "InvalidParameter", "CreateKey", map[string]any{"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT/DECRYPT"})
		}
	})
}

// The life of a key with Tencent's SDKs, which knows no versions.
func TestTencent_lifeOfAKey(t *testing.T) {
	live(t, "tencent", func(t *testing.T, do admin, name string) func(admin) {
		ok := func(action string, p map[string]any) answer {
			t.Helper()
			a, err := do(action, p)
			require.NoError(t, err, action)
			return a
		}
		refused := func(code, action string, p map[string]any) {
			t.Helper()
			_, err := do(action, p)
			requireTencent(t, err, code, "")
		}
		create := func(alias string) string {
			t.Helper()
			return ok("CreateKey", map[string]any{"Alias": alias, "Description": "密钥 <" + name + ">",
				"KeyUsage": "ASYMMETRIC_SIGN_VERIFY_ECC", "Type": 1}).at("KeyId")
		}
		id := create(name)
		require.NotEmpty(t, id)
		key := map[string]any{"KeyId": id}
		refused("InvalidParameterValue.AliasAlreadyExists", "CreateKey",
			map[string]any{"Alias": name, "KeyUsage": "ASYMMETRIC_SIGN_VERIFY_SM2"})
		described := ok("DescribeKey", key)
		require.Equal(t, []string{id, name, "密钥 <" + name + ">", "Enabled", "ASYMMETRIC_SIGN_VERIFY_ECC"}, []string{
			described.at("KeyMetadata", "KeyId"), described.at("KeyMetadata", "Alias"),
			described.at("KeyMetadata", "Description"),
			described.at("KeyMetadata", "KeyState"), described.at("KeyMetadata", "KeyUsage"),
		})
		sign := map[string]any{"KeyId": id, "Algorithm": "ECC_P256_R1", "Message": b64([]byte("what is signed")),
			"MessageType": "RAW"}
		signature := ok("SignByAsymmetricKey", sign).at("Signature")
		list := ok("ListKeys", map[string]any{"Offset": 0, "Limit": 200})
		require.Equal(t, list.at("TotalCount"), list.at("Keys"))
		require.Equal(t, "1", ok("ListKeys", map[string]any{"Offset": 0, "Limit": 1}).at("Keys"))
		detail := ok("ListKeyDetail", map[string]any{"Limit": 10, "SearchKeyAlias": name, "KeyState": 1,
			"KeyUsage": "ASYMMETRIC_SIGN_VERIFY_ECC"})
		require.Equal(t, id, detail.at("KeyMetadatas", 0, "KeyId"))
		refused("ResourceUnavailable.CmkShouldBeDisabled", "ScheduleKeyDeletion",
			map[string]any{"KeyId": id, "PendingWindowInDays": 7})
		ok("DisableKey", key)

		return func(again admin) {
			do = again
			require.Equal(t, "Disabled", ok("DescribeKey", key).at("KeyMetadata", "KeyState"))
			refused("ResourceUnavailable.CmkStateNotSupport", "SignByAsymmetricKey", sign)
			date, err := strconv.ParseFloat(ok("ScheduleKeyDeletion",
				map[string]any{"KeyId": id, "PendingWindowInDays": 7}).at("DeletionDate"), 64)
			require.NoError(t, err)
			require.WithinDuration(t, time.Now().AddDate(0, 0, 7), time.Unix(int64(date), 0), time.Hour)
			require.Equal(t, "PendingDelete", ok("DescribeKey", key).at("KeyMetadata", "KeyState"))
			refused("ResourceUnavailable.CmkStateNotSupport", "EnableKey", key)
			require.Equal(t, id, ok("CancelKeyDeletion", key).at("KeyId"))
			refused("ResourceUnavailable.CmkNotPendingDelete", "CancelKeyDeletion", key)
			other := create(name + "-2")
			both := map[string]any{"KeyIds": []string{id, other}}
			ok("DisableKeys", both)
			ok("EnableKeys", both)
			states := ok("DescribeKeys", both)
			require.Equal(t, []string{id, "Enabled", other, "Enabled"}, []string{
				states.at("KeyMetadatas", 0, "KeyId"), states.at("KeyMetadatas", 0, "KeyState"),
				states.at("KeyMetadatas", 1, "KeyId"), states.at("KeyMetadatas", 1, "KeyState"),
			})
			verify := map[string]any{"KeyId": id, "Algorithm": "ECC_P256_R1", "Message": sign["Message"], "MessageType": "RAW",
				"SignatureValue": signature}
			require.Equal(t, "true", ok("VerifyByAsymmetricKey", verify).at("SignatureValid"))
			ok("UpdateAlias", map[string]any{"KeyId": id, "Alias": name + "-new"})
			refused("InvalidParameterValue.AliasAlreadyExists", "UpdateAlias", map[string]any{"KeyId": id, "Alias": name + "-2"})
			ok("UpdateKeyDescription", map[string]any{"KeyId": id, "Description": "new"})
			described := ok("DescribeKey", key)
			require.Equal(t, []string{name + "-new", "new"},
				[]string{described.at("KeyMetadata", "Alias"), described.at("KeyMetadata", "Description")})
			refused("InvalidParameterValue.InvalidKeyUsage", "CreateKey",
				map[string]any{"Alias": name + "-3", "KeyUsage": "ENCRYPT_DECRYPT"})
		}
	})
}

// Two clients that create one alias at once: one gets it, the other the provider's code.
func TestAlias_race(t *testing.T) {
	s := serverOf(t, keyring.New(), frontend.StaticKeys(map[string]string{accessKey: secret}), frontend.WithManagement())
	a := adminWires["alibaba"]["older JSON"](t, s.alibaba, accessKey, secret, &recorder{})
	b := adminWires["alibaba"]["newer ACS3"](t, s.alibaba, accessKey, secret, &recorder{})
	made, err := a("CreateKey", map[string]any{"KeySpec": "EC_P256"})
	require.NoError(t, err)
	for round := range 20 {
		p := map[string]any{"KeyId": made.at("KeyMetadata", "KeyId"), "AliasName": "alias/race-" + strconv.Itoa(round)}
		var all sync.WaitGroup
		errs := make([]error, 2)
		for i, do := range []admin{a, b} {
			all.Go(func() { _, errs[i] = do("CreateAlias", p) })
		}
		all.Wait()
		lost := errs[0]
		if lost == nil {
			lost = errs[1]
		} else {
			require.NoError(t, errs[1])
		}
		requireAlibaba(t, lost, 400, "AliasAlreadyExists", "AliasName Already Exists.")
	}
}

// Without the option, the SDKs are told that it is forbidden; reading works.
func TestManagement_off(t *testing.T) {
	do := adminWires["alibaba"]["older JSON"](t, program.alibaba, accessKey, secret, &recorder{pace: alibabaPace})
	_, err := do("CreateKey", map[string]any{"KeySpec": "EC_P256"})
	requireAlibaba(t, err, 403, "Forbidden.NoPermission", "frontend.WithManagement")
	keys, err := do("ListKeys", nil)
	require.NoError(t, err)
	require.Equal(t, "5", keys.at("TotalCount"))
	do = adminWires["tencent"]["TC3 POST"](t, program.tencent, accessKey, secret, &recorder{pace: tencentPace})
	_, err = do("CreateKey", map[string]any{"Alias": "a", "KeyUsage": "ASYMMETRIC_SIGN_VERIFY_ECC"})
	requireTencent(t, err, "UnauthorizedOperation", "frontend.WithManagement")
}
