// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A request is one line to a driver; peers/protocol.h has the format.
type request map[string]string

// An answer is one line from a driver: one of the two is set.
type answer struct{ OK, Error string }

// A question is a request, and what must hold of its answer.
type question struct {
	request request
	check   func(t *testing.T, a answer)
}

// A driver is a program in the folder peers that speaks for one implementation.
// It returns the command that runs it, built if need be. Its error is
// errNotInstalled only if something that ci.sh installs is not there.
type driver func(t *testing.T) (*exec.Cmd, error)

var errNotInstalled = errors.New("not installed")

// compiled is a driver in C. The header tells whether the implementation is
// installed.
func compiled(source, header string, flags ...string) driver {
	return func(t *testing.T) (*exec.Cmd, error) {
		gcc, err := lookPath("gcc")
		if err != nil {
			return nil, err
		}
		probe := exec.Command(gcc, append([]string{"-E", "-x", "c", "-o", os.DevNull, "-"}, flags...)...)
		probe.Stdin = strings.NewReader("#include <stdio.h>\n#include <" + header + ">\n")
		if out, err := probe.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w: %s", errNotInstalled, out)
		}
		program := filepath.Join(t.TempDir(), "driver")
		args := append([]string{"-O1", "-Wall", "-Werror", "-o", program, filepath.Join("peers", source)}, flags...)
		if out, err := exec.Command(gcc, args...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", source, err, out)
		}
		return exec.Command(program), nil
	}
}

// inJava is a driver in one file of Java, with a jar of Debian's.
func inJava(source, jar string) driver {
	return func(*testing.T) (*exec.Cmd, error) {
		if err := stat(jar); err != nil {
			return nil, err
		}
		java, err := lookPath("java")
		if err != nil {
			return nil, err
		}
		// A JDK, not only a JRE: the driver is run from its source.
		modules, err := exec.Command(java, "--list-modules").CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("java: %w\n%s", err, modules)
		}
		if !bytes.Contains(modules, []byte("jdk.compiler@")) {
			return nil, fmt.Errorf("a JDK: %w", errNotInstalled)
		}
		return exec.Command(java, "-cp", jar, filepath.Join("peers", source)), nil
	}
}

// inNode is a driver in the folder peers/node, with the packages installed there.
func inNode(source string) driver {
	return func(*testing.T) (*exec.Cmd, error) {
		// npm writes this file when all packages are there.
		if err := stat(filepath.Join("peers", "node", "node_modules", ".package-lock.json")); err != nil {
			return nil, err
		}
		node, err := lookPath("node")
		return exec.Command(node, filepath.Join("peers", "node", source)), err
	}
}

func lookPath(program string) (string, error) {
	path, err := exec.LookPath(program)
	if errors.Is(err, exec.ErrNotFound) {
		err = fmt.Errorf("%s: %w", program, errNotInstalled)
	}
	return path, err
}

func stat(file string) error {
	_, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s: %w", file, errNotInstalled)
	}
	return err
}

// A process is a running driver.
type process struct {
	in    io.WriteCloser
	out   *bufio.Reader
	close func() error // ends the driver and says how it ended
}

// patience is how long a driver may run, on a busy machine too.
const patience = 8 * time.Minute

// start runs a driver and ends it with the test. It skips the test if the
// implementation is not installed, outside CI; whatever else goes wrong fails it.
func start(t *testing.T, d driver) *process {
	t.Helper()
	p, err := launch(t, d)
	if maySkip(err) {
		t.Skipf("MISSING: nothing is proven against this implementation; ci.sh installs it: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.close()) })
	return p
}

// maySkip: in CI, ci.sh has installed everything.
func maySkip(err error) bool {
	return errors.Is(err, errNotInstalled) && os.Getenv("CI") == ""
}

// launch runs a driver and proves that it answers.
func launch(t *testing.T, d driver) (*process, error) {
	cmd, err := d(t)
	if err != nil {
		return nil, err
	}
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var messages bytes.Buffer
	cmd.Stderr = &messages
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	timeout := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	p := &process{in: in, out: bufio.NewReaderSize(out, 1<<16), close: func() error {
		in.Close()
		err := cmd.Wait()
		timeout.Stop()
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, &messages)
		}
		return err
	}}
	if _, err := p.exchange([]question{{request: request{"op": "hello"}}}); err != nil {
		return nil, fmt.Errorf("no answer to hello: %w", errors.Join(err, p.close()))
	}
	return p, nil
}

// ask sends the requests and checks the answers.
func (p *process) ask(t *testing.T, questions []question) {
	t.Helper()
	answers, err := p.exchange(questions)
	require.NoError(t, err)
	for i, q := range questions {
		if q.check(t, answers[i]); t.Failed() {
			t.Fatalf("request %v\nanswer %+v", q.request, answers[i])
		}
	}
}

// exchange writes all requests while it reads the answers, so that neither side
// waits for the other.
func (p *process) exchange(questions []question) ([]answer, error) {
	written := make(chan error, 1)
	go func() {
		var err error
		for _, q := range questions {
			line, _ := json.Marshal(q.request)
			if _, err = p.in.Write(append(line, '\n')); err != nil {
				break
			}
		}
		written <- err
	}()
	answers := make([]answer, len(questions))
	for i := range answers {
		line, err := p.out.ReadString('\n')
		if err != nil {
			return nil, err
		}
		if err := json.NewDecoder(strings.NewReader(line)).Decode(&answers[i]); err != nil {
			return nil, err
		}
	}
	return answers, <-written
}
