// SPDX-License-Identifier: Apache-2.0

package testrun

import (
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// recorder keeps how a test has ended, and ends it.
type recorder struct {
	testing.TB
	skipped, failed string
}

func (*recorder) Helper() {}

func (r *recorder) Skipf(format string, args ...any) {
	r.skipped = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.failed = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestProgram(t *testing.T) {
	for ci, want := range map[string]func(r *recorder) (is, isNot string){
		"":     func(r *recorder) (string, string) { return r.skipped, r.failed },
		"true": func(r *recorder) (string, string) { return r.failed, r.skipped },
		"1":    func(r *recorder) (string, string) { return r.failed, r.skipped },
	} {
		t.Setenv("CI", ci)
		r, done := &recorder{TB: t}, make(chan struct{})
		go func() {
			defer close(done)
			Program(r, "no-such-program")
			r.skipped, r.failed = "it returns", "it returns"
		}()
		<-done
		is, isNot := want(r)
		if !strings.Contains(is, "no-such-program") || isNot != "" {
			t.Errorf("CI=%q: skipped with %q, failed with %q", ci, r.skipped, r.failed)
		}
	}
	want, err := exec.LookPath("go")
	if err != nil {
		Missing(t, "%v", err)
	}
	if got := Program(t, "go"); got != want {
		t.Errorf("Program returns %q, want %q", got, want)
	}
}
