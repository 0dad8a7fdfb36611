// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
)

// pairResult is what was measured of a pair.
type pairResult struct {
	pair  keyspec.Pair
	works []workResult
}

type workResult struct {
	name string
	rows []row // the first is ours
}

type row struct {
	name         string
	primitive    bool
	sign, verify figures
}

// figures are of one operation; those that were not measured are zero.
type figures struct {
	one, all           time.Duration // on one processor and on all: medians
	least              time.Duration // on one processor
	bytes, allocations float64
	onHeap             bool // bytes and allocations are known
}

// works are those of a pair.
func works(p keyspec.Pair) ([]work, error) {
	key, err := testkeys.Key(p.KeySpec)
	if err != nil {
		return nil, err
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return rsaWorks(p, key)
	case *ecdsa.PrivateKey:
		return p256Works(p, key)
	case *secp256k1.PrivateKey:
		return p256kWorks(p, key)
	case *sm2.PrivateKey:
		return sm2Works(p, key)
	}
	return nil, fmt.Errorf("no work for a %T", key)
}

func measurePair(e effort, p keyspec.Pair) (pairResult, error) {
	all, err := works(p)
	if err != nil {
		return pairResult{}, err
	}
	result := pairResult{pair: p}
	for i, w := range all {
		var external *openssl
		if i == 0 { // a digest in, DER or octets out
			external = findOpenSSL(e, p)
		}
		r, err := measureWork(e, w, external)
		if err != nil {
			return pairResult{}, err
		}
		result.works = append(result.works, r)
	}
	return result, nil
}

// measureWork interleaves everything that the entrants of a work do, and OpenSSL if it
// is not nil.
func measureWork(e effort, w work, external *openssl) (workResult, error) {
	signatures, err := w.check()
	if err != nil {
		return workResult{}, err
	}
	result := workResult{name: w.name, rows: make([]row, len(w.entrants))}
	var operations []operation
	var figured []*figures // by operation
	for j, entrant := range w.entrants {
		result.rows[j].name, result.rows[j].primitive = entrant.name, entrant.primitive
		if !w.verifyOnly {
			operations = append(operations, func(i int) {
				if _, err := entrant.sign(i); err != nil {
					panic(err)
				}
			})
			figured = append(figured, &result.rows[j].sign)
		}
		if entrant.verify == nil {
			continue
		}
		operations = append(operations, func(i int) {
			if err := entrant.verify(i, signatures[i]); err != nil {
				panic(err)
			}
		})
		figured = append(figured, &result.rows[j].verify)
	}
	for k, f := range operations {
		figured[k].bytes, figured[k].allocations = memory(f)
		figured[k].onHeap = true
	}
	processors := runtime.GOMAXPROCS(0)
	times := interleave(e, 1, operations, external.between(e, 1))
	for k, f := range figured {
		f.one, f.least = median(times[k]), slices.Min(times[k])
	}
	if processors > 1 {
		times := interleave(e, processors, operations, external.between(e, processors))
		for k, f := range figured {
			f.all = median(times[k])
		}
	}
	if external != nil {
		r, err := external.row()
		if err != nil {
			return workResult{}, err
		}
		result.rows = append(result.rows, r)
	}
	return result, nil
}
