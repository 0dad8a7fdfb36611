// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/kmsigner/kmsigner/keyspec"
)

// The goroutines of checkConcurrency and the signatures that each of them makes.
const (
	goroutines   = 8
	perGoroutine = 4
)

func checkConcurrency(r *report, x *subject) {
	if x.unusable(r) {
		return
	}
	if len(x.run(buffersCheck).faults) > 0 {
		r.skip("there are buffers that goroutines would share, see Buffers")
		return
	}
	shared := ordinaryDigest(0)
	start := make(chan struct{})
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			<-start
			for i := range perGoroutine {
				digest := shared // which all goroutines read
				if i > 0 {
					digest = ordinaryDigest(1000 + g*perGoroutine + i)
				}
				x.concurrently(r, digest, x.signs && i%2 == 1)
			}
		})
	}
	close(start)
	all.Wait()
	if !bytes.Equal(shared, ordinaryDigest(0)) {
		r.fault("a digest that several goroutines have signed is written to")
	}
}

// concurrently uses every method and signs one digest, with Sign or SignDigest.
func (x *subject) concurrently(r *report, digest []byte, withSign bool) {
	defer func() {
		if v := recover(); v != nil {
			r.fault("a method panicked while others ran: %v", v)
		}
	}()
	if p := x.s.KeySpec(); p != x.pair.KeySpec || x.s.Algorithm() != x.pair.Algorithm {
		r.fault("the pair changes while signatures are made")
	}
	if spki, err := keyspec.MarshalPublicKey(x.s.Public()); err != nil || !bytes.Equal(spki, x.spki) {
		r.fault("Public changes while signatures are made")
	}
	if x.digest != nil {
		h := x.s.NewDigest()
		h.Write(digest)
		if !bytes.Equal(h.Sum(nil), x.digest(digest)) {
			r.fault("digests that are made at the same time are wrong")
		}
	}
	// Not fmt.Sprint: by reflection it would read fields that belong to a lock.
	if s, ok := x.s.(fmt.Stringer); ok {
		_ = s.String()
	}
	var sig []byte
	var err error
	if withSign {
		sig, err = x.sign(nil, digest, nil)
	} else {
		sig, err = x.signDigest(background, digest)
	}
	switch {
	case err != nil:
		r.fault("a signature fails while others are made: %v", err)
	case !x.verifies(digest, sig):
		r.fault("a signature that is made at the same time as others is wrong: there is state that they share")
	}
}
