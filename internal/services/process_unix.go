// SPDX-License-Identifier: Apache-2.0

//go:build unix && !linux

package services

import "syscall"

// Nothing is started here: program skips the test.

func attributes(user *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: user}
}

func children(int) []int { return nil }

func alive(int) bool { return false }
