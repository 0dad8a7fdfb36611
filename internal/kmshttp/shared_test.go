// SPDX-License-Identifier: Apache-2.0

package kmshttp_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/signer/frontend"
)

func TestSharedInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fronttest.TestNonceCache(t, frontend.NewNonceCache(1000), time.Sleep)
	})
	synctest.Test(t, func(t *testing.T) {
		fronttest.TestLimiter(t, frontend.NewLimiter(fronttest.SharedRate, fronttest.SharedBurst), time.Sleep)
	})
}
