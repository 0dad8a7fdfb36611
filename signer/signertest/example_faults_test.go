// SPDX-License-Identifier: Apache-2.0

package signertest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

// SignPatiently is the code under test: it tries again when that may help.
func SignPatiently(ctx context.Context, s signer.Signer, digest []byte) ([]byte, error) {
	var err error
	for range 3 {
		var sig []byte
		if sig, err = s.SignDigest(ctx, digest); err == nil {
			return sig, nil
		}
		if !errors.Is(err, errors.Throttled) && !errors.Is(err, errors.Unavailable) {
			return nil, err
		}
	}
	return nil, err
}

// What a service does when signing fails: for good, now and then, or too late.
func Example_faults() {
	ctx := context.Background()
	digest := make([]byte, 32)
	good := signertest.New(keyspec.Pair{KeySpec: keyspec.ECP256K, Algorithm: keyspec.ECDSASHA256})

	// The key was disabled: trying again is of no use.
	disabled := &errors.Error{Code: errors.KeyDisabled, Param: "KeyId", Reason: "the key is disabled"}
	_, err := SignPatiently(ctx, signertest.Failing(good, disabled), digest)
	fmt.Println(errors.CodeOf(err))

	// Every second request is throttled: the second attempt succeeds.
	throttled := &errors.Error{Code: errors.Throttled, Reason: "too many requests"}
	flaky := signertest.FailEvery(good, 2, throttled)
	for range 3 {
		_, err = SignPatiently(ctx, flaky, digest)
		fmt.Println(err)
	}

	// The key's owner does not answer in time.
	ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	_, err = SignPatiently(ctx, signertest.Slow(good, time.Minute), digest)
	fmt.Println(errors.Is(err, context.DeadlineExceeded))

	// Output:
	// KeyDisabled
	// <nil>
	// <nil>
	// <nil>
	// true
}
