package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/abivet/abivet/abi/report"
)

// probeName is a program of its own: whoever links purego needs libc.so.6, and
// abivet does not.
const probeName = "abivet-luajit-probe"

// probeTimeout is beyond that of the probe itself.
const probeTimeout = time.Minute

// A probeProgram asks a library by loading it.
type probeProgram struct {
	path    string
	missing error
}

// A probeAnswer is what the probe says; see package luajit/probe.
type probeAnswer struct {
	Outcome   string   `json:"outcome,omitempty"`
	Version   string   `json:"version,omitempty"`
	OS        string   `json:"os,omitempty"`
	Arch      string   `json:"arch,omitempty"`
	GC64      string   `json:"gc64,omitempty"`
	JIT       string   `json:"jit,omitempty"`
	JITOn     bool     `json:"jit_on,omitempty"`
	FFI       string   `json:"ffi,omitempty"`
	Detail    string   `json:"detail,omitempty"`
	Disagrees []string `json:"disagrees,omitempty"`
	Error     string   `json:"error,omitempty"` // the probe gave no answer
}

// findProbe looks beside this program and in PATH.
func findProbe() *probeProgram {
	name := probeName
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), name)
		if info, err := os.Stat(beside); err == nil && info.Mode().IsRegular() {
			return &probeProgram{path: beside}
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		err = fmt.Errorf("--run: %s is not installed, neither beside abivet nor in PATH; "+
			"get it with: go install github.com/abivet/abivet/cmd/%s@latest", probeName, probeName)
	}
	return &probeProgram{path: path, missing: err}
}

// ask returns nil where the probe is not installed.
func (p *probeProgram) ask(ctx context.Context, library string) *probeAnswer {
	if p.missing != nil {
		return &probeAnswer{Error: probeName + " is not installed"}
	}
	ctx, stop := context.WithTimeout(ctx, probeTimeout)
	defer stop()
	library, err := filepath.Abs(library)
	if err != nil {
		return &probeAnswer{Error: err.Error()}
	}
	cmd := exec.CommandContext(ctx, p.path, "-format", "json", "--", library)
	cmd.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	var a probeAnswer
	if stdout.Len() == 0 || json.Unmarshal(stdout.Bytes(), &a) != nil {
		if err == nil {
			err = errors.New("its answer could not be read")
		}
		return &probeAnswer{Error: fmt.Sprintf("%s: %v: %s", p.path, err, strings.TrimSpace(stderr.String()))}
	}
	return &a
}

// run writes what the probe said.
func (t *facts) run(a *probeAnswer) {
	switch {
	case a == nil:
		return
	case a.Error != "":
		t.say("run", report.Clean(a.Error))
		return
	case a.Version == "":
		t.say("run", a.Outcome+": "+a.Detail)
		return
	}
	jit := a.JIT
	if a.JIT == "yes" && !a.JITOn {
		jit += " (off)"
	}
	t.say("run", fmt.Sprintf("version %s on %s/%s; gc64 %s, jit %s, ffi %s", a.Version, a.OS, a.Arch, a.GC64, jit, a.FFI))
	for _, line := range a.Disagrees {
		t.say("disagrees", line)
	}
}
