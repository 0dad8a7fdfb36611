// SPDX-License-Identifier: Apache-2.0

//go:build linux

package replicas

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
	tencenterrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
)

// TestReplicas is one story on one fleet, since that takes seconds to start.
func TestReplicas(t *testing.T) {
	f := newFleet(t, build(t, stages(t)))
	for _, step := range []struct {
		name string
		test func(*testing.T, *fleet)
	}{
		{"a new key", newKey},
		{"a replay", replay},
		{"one rate", oneRate},
		{"a disabled key", disabledKey},
		{"a replica is killed", replicaKilled},
		{"a rolling restart", rollingRestart},
		{"Redis is restarted", redisRestarted},
		{"PostgreSQL is restarted", postgresRestarted},
		{"secrets are rotated", rotation},
		{"a backup is restored", backupRestored},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.test(t, f) }) {
			for i, r := range f.replicas {
				t.Logf("replica %d: %s", i, last(r.log.String()))
			}
			t.Logf("nginx: %s", last(f.nginx.Log()))
			return
		}
	}
	for _, r := range f.replicas {
		require.NotContains(t, r.log.String(), secret)
	}
}

// last is the end of a log, without the requests that were served.
func last(log string) string {
	served := func(s string) bool { return strings.Contains(s, " code=OK ") }
	lines := slices.DeleteFunc(strings.Split(log, "\n"), served)
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

var digest = sha256.Sum256([]byte("a message"))

// signature is a request of Alibaba's, and of Tencent's, with EC_P256.
func alibabaSign(keyID, versionID string) params {
	return params{"KeyId": keyID, "KeyVersionId": versionID, "Algorithm": "ECDSA_SHA_256", "Digest": b64(digest[:])}
}

func tencentSign(keyID string) params {
	return params{"KeyId": keyID, "Algorithm": "ECC_P256_R1", "Message": b64(digest[:]), "MessageType": "DIGEST"}
}

// create makes a key through a replica or nginx.
func create(t testing.TB, do call, spec keyspec.KeySpec) (keyID, versionID string) {
	t.Helper()
	a, err := do("CreateKey", params{"KeySpec": string(spec), "KeyUsage": "SIGN/VERIFY"})
	require.NoError(t, err)
	return a.at("KeyMetadata", "KeyId"), a.at("KeyMetadata", "PrimaryKeyVersion")
}

// isCode reports whether an error of an SDK has the code.
func isCode(err error, code string) bool {
	var a *sdkerrors.ServerError
	var t *tencenterrors.TencentCloudSDKError
	return errors.As(err, &a) && a.ErrorCode() == code || errors.As(err, &t) && t.Code == code
}

// A key that is made through one replica is used at once through the others. Only an
// alias that they have just asked for in vain may take them the bound of a second.
func newKey(t *testing.T, f *fleet) {
	through := make([]call, len(f.replicas))
	inTencent := make([]call, len(f.replicas))
	for i, r := range f.replicas {
		through[i] = alibaba(t, r.addresses[0], "operator", newTransport(t, f.roots))
		inTencent[i] = tencent(t, r.addresses[1], "operator", newTransport(t, f.roots))
	}
	for round := range 2 * len(through) {
		alias, asked := fmt.Sprintf("alias/new-%d", round), fmt.Sprintf("alias/asked-%d", round)
		for _, do := range through {
			_, err := do("GetPublicKey", params{"KeyId": asked, "KeyVersionId": "none"})
			require.True(t, isCode(err, "Forbidden.AliasNotFound"), err)
		}
		creator := through[round%len(through)]
		keyID, versionID := create(t, creator, keyspec.ECP256)
		for _, name := range []string{alias, asked} {
			_, err := creator("CreateAlias", params{"KeyId": keyID, "AliasName": name})
			require.NoError(t, err)
		}
		for i, do := range through {
			a, err := do("AsymmetricSign", alibabaSign(alias, versionID))
			require.NoError(t, err, "the replica %d, of a key by %d", i, round%len(through))
			verify(t, do, keyID, versionID, a.at("Value"))
			_, err = inTencent[i]("SignByAsymmetricKey", tencentSign(keyID))
			require.NoError(t, err)
			require.Eventually(t, func() bool {
				_, err := do("AsymmetricSign", alibabaSign(asked, versionID))
				return err == nil
			}, time.Minute, 10*time.Millisecond)
		}
		_, err := newer(t, f.alibaba, "operator", f.ca.pem)("AsymmetricSign", alibabaSign(keyID, versionID))
		require.NoError(t, err)
	}
}

// verify verifies a signature with the public key that a replica gives.
func verify(t testing.TB, do call, keyID, versionID, value string) {
	t.Helper()
	a, err := do("GetPublicKey", params{"KeyId": keyID, "KeyVersionId": versionID})
	require.NoError(t, err)
	public, err := keyspec.ParsePublicKey([]byte(a.at("PublicKey")))
	require.NoError(t, err)
	v, err := signer.NewVerifier(public, keyspec.ECDSASHA256)
	require.NoError(t, err)
	sig, err := base64.StdEncoding.DecodeString(value)
	require.NoError(t, err)
	require.NoError(t, v.VerifyDigest(digest[:], sig))
}

// A request that one replica has served is refused by all, and of many at once one is
// served.
func replay(t *testing.T, f *fleet) {
	rt := newTransport(t, f.roots)
	do := alibaba(t, f.replicas[0].addresses[0], "replayed", rt)
	keyID, versionID := create(t, do, keyspec.ECP256)
	everywhere := []string{f.alibaba}
	for _, r := range f.replicas {
		everywhere = append(everywhere, r.addresses[0])
	}
	_, err := do("AsymmetricSign", alibabaSign(keyID, versionID))
	require.NoError(t, err)
	for _, address := range everywhere {
		status, body, err := rt.replay(address)
		require.NoError(t, err)
		require.Equal(t, 400, status)
		require.Contains(t, body, "SignatureNonceUsed")
	}

	// One that is recorded and not served, sent to all at once.
	do = alibaba(t, freeAddress(t), "replayed", rt)
	_, err = do("AsymmetricSign", alibabaSign(keyID, versionID))
	require.Error(t, err)
	var served, refused atomic.Int32
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			switch status, body, err := rt.replay(everywhere[i%len(everywhere)]); {
			case err != nil:
				t.Error(err)
			case status == 200:
				served.Add(1)
			case strings.Contains(body, "SignatureNonceUsed"):
				refused.Add(1)
			default:
				t.Errorf("%d %s", status, body)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, served.Load())
	require.EqualValues(t, 11, refused.Load())
}

// An access key has its rate once, not once for each replica: 100 at once and 100 a
// second at Tencent's.
func oneRate(t *testing.T, f *fleet) {
	operator := alibaba(t, f.alibaba, "operator", newTransport(t, f.roots))
	keyID, _ := create(t, operator, keyspec.ECP256)
	var loops []loop
	for i := range 9 {
		do := tencent(t, f.replicas[i%3].addresses[1], "limited", newTransport(t, f.roots))
		loops = append(loops, loop{name: "limited", do: func() error {
			_, err := do("SignByAsymmetricKey", tencentSign(keyID))
			return err
		}})
	}
	begun := time.Now()
	l := startLoad(t, loops...)
	time.Sleep(2 * time.Second)
	require.Eventually(t, func() bool { return l.some(func(r result) bool { return r.err != nil }) },
		time.Minute, 10*time.Millisecond, "the load is above the rate")
	results := l.stop()
	took := time.Since(begun)
	limited := failed(results)
	for _, r := range limited {
		require.True(t, isCode(r.err, "RequestLimitExceeded"), r.err)
	}
	served := len(results) - len(limited)
	t.Logf("%d of %d requests served in %s", served, len(results), took)
	require.LessOrEqual(t, float64(served), 100+100*took.Seconds()+1)
	require.GreaterOrEqual(t, served, 100)
}

// signing returns clients of each SDK that sign through nginx with a key.
func (f *fleet) signing(t *testing.T, keyID, versionID string) []loop {
	var loops []loop
	add := func(name string, do call, action string, p params) {
		loops = append(loops, loop{name: name, pause: 20 * time.Millisecond, do: func() error {
			_, err := do(action, p)
			return err
		}})
	}
	for i := range 3 {
		id := "load-" + strconv.Itoa(i)
		inAlibaba, inTencent := newTransport(t, f.roots), newTransport(t, f.roots)
		add("alibaba", alibaba(t, f.alibaba, id, inAlibaba), "AsymmetricSign", alibabaSign(keyID, versionID))
		add("tencent", tencent(t, f.tencent, id, inTencent), "SignByAsymmetricKey", tencentSign(keyID))
	}
	add("newer", newer(t, f.alibaba, "load-3", f.ca.pem), "AsymmetricSign", alibabaSign(keyID, versionID))
	return loops
}

// A key that is disabled through one replica signs nowhere after the bound of a second;
// it is the notification that usually makes this milliseconds.
func disabledKey(t *testing.T, f *fleet) {
	operator := alibaba(t, f.replicas[0].addresses[0], "operator", newTransport(t, f.roots))
	keyID, versionID := create(t, operator, keyspec.ECP256)
	l := startLoad(t, f.signing(t, keyID, versionID)...)
	l.waitForSuccess(t)
	_, err := operator("DisableKey", params{"KeyId": keyID})
	require.NoError(t, err)
	disabled := time.Now()
	l.waitForEach(t, func(r result) bool { return r.begun.Sub(disabled) > time.Second })
	results := l.stop()
	var latest time.Duration
	for _, r := range results {
		if r.err == nil {
			latest = max(latest, r.begun.Sub(disabled))
			require.Less(t, latest, time.Second, "a signature after the bound")
		}
	}
	t.Logf("the last signature was begun %s after DisableKey had returned", latest)
}

// A writer changes the description of a key of its own and knows which change has been
// acknowledged.
type writer struct {
	keyID        string
	tried, acked int
}

func (f *fleet) writers(t *testing.T) ([]*writer, []loop) {
	var writers []*writer
	var loops []loop
	for i := 4; i < 8; i++ {
		do := alibaba(t, f.alibaba, "load-"+strconv.Itoa(i), newTransport(t, f.roots))
		w := &writer{}
		w.keyID, _ = create(t, do, keyspec.ECP256)
		writers = append(writers, w)
		loops = append(loops, loop{name: "writer", pause: 10 * time.Millisecond, do: func() error {
			w.tried++
			_, err := do("UpdateKeyDescription", params{"KeyId": w.keyID, "Description": strconv.Itoa(w.tried)})
			if err == nil {
				w.acked = w.tried
			}
			return err
		}})
	}
	return writers, loops
}

// requireAcknowledged checks that no acknowledged change of the writers is lost.
func (f *fleet) requireAcknowledged(t *testing.T, writers []*writer) {
	t.Helper()
	operator := alibaba(t, f.alibaba, "operator", newTransport(t, f.roots))
	for _, w := range writers {
		require.Positive(t, w.acked)
		a, err := operator("DescribeKey", params{"KeyId": w.keyID})
		require.NoError(t, err)
		n, err := strconv.Atoi(a.at("KeyMetadata", "Description"))
		require.NoError(t, err)
		require.GreaterOrEqual(t, n, w.acked, "an acknowledged change is lost")
		require.LessOrEqual(t, n, w.tried)
	}
}

// A replica that is killed loses no acknowledged change. The clients that try again, and
// those of Tencent, whose requests nginx sends again, do not notice; one that does not
// try again loses the request that it had in flight there, at most.
func replicaKilled(t *testing.T, f *fleet) {
	operator := alibaba(t, f.alibaba, "operator", newTransport(t, f.roots))
	keyID, versionID := create(t, operator, keyspec.ECP256)
	writers, writing := f.writers(t)
	l := startLoad(t, append(f.signing(t, keyID, versionID), writing...)...)
	for _, r := range f.replicas {
		l.waitForSuccess(t)
		r.kill()
		time.Sleep(500 * time.Millisecond) // while it is not there
		r.start()
		r.awaitRequests()
	}
	l.waitForSuccess(t)
	results := l.stop()
	lost := 0
	for _, r := range failed(results) {
		require.Equal(t, "newer", r.loop, "%v", r.err)
		lost++
	}
	require.LessOrEqual(t, lost, len(f.replicas), "one client, one request each time")
	f.requireAcknowledged(t, writers)
	t.Logf("%d requests, %d of the client that does not try again failed", len(results), lost)
}

// A rolling restart of all replicas, without a failed request.
func rollingRestart(t *testing.T, f *fleet) {
	operator := alibaba(t, f.alibaba, "operator", newTransport(t, f.roots))
	keyID, versionID := create(t, operator, keyspec.ECP256)
	writers, writing := f.writers(t)
	l := startLoad(t, append(f.signing(t, keyID, versionID), writing...)...)
	for _, r := range f.replicas {
		r.stop()
		r.start()
		r.awaitRequests()
	}
	results := l.stop()
	requireNoneFailed(t, results)
	f.requireAcknowledged(t, writers)
	t.Logf("%d requests", len(results))
}

// unavailable are the codes of a service that is: the SDKs may try again.
func unavailable(err error) bool {
	var a *sdkerrors.ServerError
	if errors.As(err, &a) && a.HttpStatus() == 503 {
		return true
	}
	return isCode(err, "InternalError") || strings.Contains(fmt.Sprint(err), "503")
}

// outage has clients work while something is restarted, and requires that what fails
// fails as unavailable, and that all of it works again.
func (f *fleet) outage(t *testing.T, restart func()) {
	t.Helper()
	operator := alibaba(t, f.alibaba, "operator", newTransport(t, f.roots))
	keyID, versionID := create(t, operator, keyspec.ECP256)
	writers, writing := f.writers(t)
	l := startLoad(t, append(f.signing(t, keyID, versionID), writing...)...)
	l.waitForSuccess(t)
	begun := time.Now()
	restart()
	restarted := time.Since(begun)
	l.waitForSuccess(t)
	results := l.stop()
	errs := failed(results)
	for _, r := range errs {
		require.True(t, unavailable(r.err), "%s: %v", r.loop, r.err)
	}
	f.requireAcknowledged(t, writers)
	var down time.Duration
	for _, r := range errs {
		down = max(down, r.end.Sub(begun))
	}
	t.Logf("%d requests, %d unavailable, the last %s after it went down; it was up after %s",
		len(results), len(errs), down, restarted)
}

// A request from before Redis was restarted is refused: its nonce is known, or Redis may
// have forgotten it.
func redisRestarted(t *testing.T, f *fleet) {
	rt := newTransport(t, f.roots)
	do := alibaba(t, f.alibaba, "replayed", rt)
	keyID, versionID := create(t, do, keyspec.ECP256)
	_, err := do("AsymmetricSign", alibabaSign(keyID, versionID))
	require.NoError(t, err)
	f.outage(t, func() {
		f.redis.Kill()
		f.redis.Start()
	})
	status, body, err := rt.replay(f.alibaba)
	require.NoError(t, err)
	require.NotEqual(t, 200, status)
	require.Regexp(t, "SignatureNonceUsed|ServiceUnavailableTemporary", body)
}

func postgresRestarted(t *testing.T, f *fleet) {
	f.outage(t, func() {
		f.postgres.Kill()
		f.postgres.Start()
	})
	f.outage(t, func() {
		f.postgres.Stop()
		time.Sleep(1500 * time.Millisecond) // longer than keys go on without it
		f.postgres.Start()
	})
}
