// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package main

import "time"

// processorTime is the time since the program started: here it is to be measured on a
// machine that does nothing else.
func processorTime() time.Duration { return time.Since(started) }
