//go:build race

package signertest

const raceEnabled = true
