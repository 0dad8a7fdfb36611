// SPDX-License-Identifier: Apache-2.0

package ecifma

import "slices"

// AddForTest returns the addition of the kernel.
func (k *Kernel) AddForTest() Add { return k.add }

// CarelessForTest returns a kernel that does not clear the registers.
func (k *Kernel) CarelessForTest() *Kernel { return &Kernel{k.add, func() {}} }

// HoldsForTest reports whether the word is a digit of a coordinate, or of a number in between.
func (p *Points) HoldsForTest(word uint64) bool {
	return word > 1<<32 && slices.Contains(p.words, word)
}
