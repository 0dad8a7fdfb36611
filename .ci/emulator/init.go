// SPDX-License-Identifier: Apache-2.0

// The first process of the emulated machine: it runs /test with the arguments in /args,
// and says on the serial line how that ended.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

func main() {
	for _, m := range [][2]string{{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"}} {
		if err := syscall.Mount(m[0], m[1], m[0], 0, ""); err != nil {
			fmt.Println("init: mount", m[1], err)
		}
	}
	tty, err := os.OpenFile("/dev/ttyS0", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		tty = os.Stdout
	}
	fmt.Fprint(tty, "\nemulator: started\n")
	arguments, _ := os.ReadFile("/args")
	test := exec.Command("/test", strings.Split(strings.TrimSuffix(string(arguments), "\n"), "\n")...)
	test.Stdout, test.Stderr = tty, tty
	// Bochs 2.7 computes ADOX wrongly: Go's own assembly has to do without. With
	// KMSIGNER_IFMA the tests fail if they find no AVX-512 IFMA.
	test.Env = []string{"HOME=/tmp", "TMPDIR=/tmp", "PATH=/", "GODEBUG=cpu.adx=off", "KMSIGNER_IFMA=1"}
	status := 127
	if err := test.Run(); err == nil {
		status = 0
	} else if test.ProcessState != nil {
		status = max(1, test.ProcessState.ExitCode())
	}
	fmt.Fprintf(tty, "\nemulator: status %d\n", status)
	for {
		syscall.Pause() // the script ends the emulator
	}
}
