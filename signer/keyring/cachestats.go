// SPDX-License-Identifier: Apache-2.0

package keyring

// CacheStats are numbers of a [Cache]: the first four since it was made, the others at
// the moment.
type CacheStats struct {
	// Lookups is how many lookups there were of names and ids that ParseName accepts, Loads
	// how often load was called for them.
	Lookups, Loads uint64
	// Failures is how often load returned neither a row nor a miss, Stale for how many of
	// these what was known before was used, within MaxStale. A lookup whose context was
	// done is not among them.
	Failures, Stale uint64
	// Names is how many names are kept, misses included, Versions how many key versions.
	Names, Versions int
}

// Stats returns the numbers of the cache.
func (c *Cache) Stats() CacheStats {
	if c == nil {
		return CacheStats{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.Names, s.Versions = len(c.rows), len(c.versions)
	return s
}

// failed counts a call of load.
func (c *Cache) failed(stale bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Failures++
	if stale {
		c.stats.Stale++
	}
}
