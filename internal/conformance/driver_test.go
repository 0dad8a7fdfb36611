package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
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
// It returns the command that runs it, built if need be.
type driver func(t *testing.T) (*exec.Cmd, error)

// compiled is a driver in C.
func compiled(source string, flags ...string) driver {
	return func(t *testing.T) (*exec.Cmd, error) {
		program := filepath.Join(t.TempDir(), "driver")
		args := append([]string{"-O1", "-Wall", "-Werror", "-o", program, filepath.Join("peers", source)}, flags...)
		if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
			return nil, &buildError{err, out}
		}
		return exec.Command(program), nil
	}
}

type buildError struct {
	err    error
	output []byte
}

func (e *buildError) Error() string { return e.err.Error() + "\n" + string(e.output) }

// inJava is a driver in one file of Java, with a jar of Debian's.
func inJava(source, jar string) driver {
	return func(*testing.T) (*exec.Cmd, error) {
		if _, err := os.Stat(jar); err != nil {
			return nil, err
		}
		java, err := exec.LookPath("java")
		return exec.Command(java, "-cp", jar, filepath.Join("peers", source)), err
	}
}

// inNode is a driver in the folder peers/node, with the packages installed there.
func inNode(source string) driver {
	return func(*testing.T) (*exec.Cmd, error) {
		if _, err := os.Stat(filepath.Join("peers", "node", "node_modules")); err != nil {
			return nil, err
		}
		node, err := exec.LookPath("node")
		return exec.Command(node, filepath.Join("peers", "node", source)), err
	}
}

// A process is a running driver.
type process struct {
	in  io.Writer
	out *bufio.Reader
}

// patience is how long a driver may run, on a busy machine too.
const patience = 8 * time.Minute

// start runs a driver, proves that it answers, and ends it with the test. It
// skips the test if the driver cannot be had, or fails it in CI, where ci.sh has
// installed everything.
func start(t *testing.T, d driver) *process {
	t.Helper()
	cmd, err := d(t)
	missing := t.Skipf
	if os.Getenv("CI") == "true" {
		missing = t.Fatalf
	}
	if err != nil {
		missing("MISSING: nothing is proven against this implementation; ci.sh installs it: %v", err)
	}
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var messages bytes.Buffer
	cmd.Stderr = &messages
	require.NoError(t, cmd.Start())
	timeout := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	t.Cleanup(func() {
		in.Close()
		err := cmd.Wait()
		timeout.Stop()
		require.NoError(t, err, messages.String())
	})
	p := &process{in, bufio.NewReaderSize(out, 1<<16)}
	if _, err := p.exchange([]question{{request: request{"op": "hello"}}}); err != nil {
		missing("MISSING: nothing is proven against this implementation; ci.sh installs it: %v", err)
	}
	return p
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
