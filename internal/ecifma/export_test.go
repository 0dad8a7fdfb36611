// SPDX-License-Identifier: Apache-2.0

package ecifma

import "slices"

// FunctionsForTest returns the functions of the kernel.
func (k *Kernel) FunctionsForTest() Functions { return k.f }

// CarelessForTest returns a kernel that does not clear the registers.
func (k *Kernel) CarelessForTest() *Kernel {
	f := k.f
	f.Clear = func() {}
	return &Kernel{f}
}

// HoldsForTest reports whether the word is a digit of a coordinate, or of a number in between.
func (p *Points) HoldsForTest(word uint64) bool {
	return word > 1<<32 && slices.Contains(p.words, word)
}

// NewSpreadTableForTest returns a table with other windows.
func NewSpreadTableForTest(windows []Window) *SpreadTable { return newSpreadTable(windows) }

// SetDigitsForTest sets the digits of each lane.
func (s *Spread) SetDigitsForTest(digits [Lanes]uint64) { copy(s.digits, digits[:]) }

// HoldsForTest is that of Points.
func (s *Spread) HoldsForTest(word uint64) bool { return word > 1<<32 && slices.Contains(s.all, word) }

// WordsForTest returns the table's memory, and where each window begins in it.
func (t *SpreadTable) WordsForTest() (words []uint64, rows []int) { return t.words, t.rows }

// WordsForTest returns the table's memory.
func (t *Table) WordsForTest() []uint64 { return t.words }
