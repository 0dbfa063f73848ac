package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// childVariable marks a process that was started to load a library.
const childVariable = "ABIVET_LUAJIT_PROBE_CHILD"

// Child loads the library that Run asks this process to load, if it is such a
// process, and then ends it. Otherwise it does nothing. It must be called at the
// very start of main, or of TestMain.
func Child() {
	library, ok := os.LookupEnv(childVariable)
	if !ok {
		return
	}
	// The library may write to standard output whatever it likes.
	pipe := os.NewFile(3, "answer")
	if pipe == nil || json.NewEncoder(pipe).Encode(ask(library)) != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// Run loads a library in a child process and asks it. The child is this very
// program, started again: its main must begin with a call of [Child].
//
// An error is of Run itself. What happens to the library is an [Outcome].
func Run(ctx context.Context, library string) (Answer, error) {
	if !Supported {
		return Answer{Outcome: Silent, Detail: ErrUnsupported.Error()}, ErrUnsupported
	}
	if _, ok := os.LookupEnv(childVariable); ok {
		return Answer{}, errors.New("Run in a process that Run has started: want a call of Child at the start of main")
	}
	self, err := os.Executable()
	if err != nil {
		return Answer{}, err
	}
	library, err = filepath.Abs(library) // a bare name would be looked for in the system's directories
	if err != nil {
		return Answer{}, err
	}
	return run(ctx, exec.Command(self), library)
}

func run(ctx context.Context, cmd *exec.Cmd, library string) (Answer, error) {
	out, in, err := os.Pipe()
	if err != nil {
		return Answer{}, err
	}
	defer out.Close()
	var stderr head
	cmd.Env = append(os.Environ(), childVariable+"="+library)
	cmd.ExtraFiles, cmd.Stderr = []*os.File{in}, &stderr
	cmd.WaitDelay = time.Second // a process that the library started may hold stderr
	err = cmd.Start()
	in.Close()
	if err != nil {
		return Answer{}, err
	}
	ctx, stop := context.WithTimeout(ctx, Timeout)
	defer stop()
	kill := context.AfterFunc(ctx, func() { cmd.Process.Kill(); out.Close() })
	defer kill()
	var a Answer
	said := json.NewDecoder(io.LimitReader(out, 1<<20)).Decode(&a) // at the latest when the child is killed
	exit := cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return Answer{Outcome: Hung, Detail: fmt.Sprintf("killed: %v", context.Cause(ctx))}, nil
	case exit == nil && said == nil:
		return a, nil
	}
	return ended(exit, stderr.String()), nil
}

// ended tells how a child ended that gave no answer. Go's own handler takes most
// signals and ends the process with code 2; what it writes then begins with the
// signal.
func ended(exit error, stderr string) Answer {
	a := Answer{Outcome: Exited, Detail: "without an answer"}
	var end *exec.ExitError
	if errors.As(exit, &end) {
		a.Detail = end.String()
		if !end.Exited() {
			a.Outcome = Crashed
		}
	}
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "SIG") || strings.HasPrefix(line, "fatal error: unexpected signal") {
			a.Outcome = Crashed
		}
		if line != "" {
			a.Detail += ": " + line
			break
		}
	}
	return a
}

// A head keeps the first of what is written to it.
type head struct{ bytes.Buffer }

func (h *head) Write(p []byte) (int, error) {
	const most = 4096
	h.Buffer.Write(p[:min(len(p), max(0, most-h.Len()))])
	return len(p), nil
}
