//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/internal/tiny"
)

var formats = []string{formatText, formatJSON, formatJSONL, formatSARIF}

// A device that is full gives no report, and says so.
func TestFullDevice(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	self, err := os.Executable()
	require.NoError(t, err)
	for _, format := range formats {
		var stdout, stderr bytes.Buffer
		assert.Equal(t, exitUnchecked, run([]string{"check", "--format", format, "--output", "/dev/full", self}, &stdout, &stderr), format)
		assert.Contains(t, stderr.String(), "no space left", format)
		assert.Empty(t, stdout.String(), format)
	}
}

// A signaller sends a signal when something is first written, or after a
// while.
type signaller struct {
	bytes.Buffer
	signal syscall.Signal
	sent   bool
}

func (s *signaller) Write(b []byte) (int, error) {
	if !s.sent {
		s.sent = true
		err := syscall.Kill(os.Getpid(), s.signal)
		if err != nil {
			return 0, err
		}
		time.Sleep(200 * time.Millisecond) // the context has to hear of it
	}
	return s.Buffer.Write(b)
}

// An interrupt leaves no report that looks whole: none, or lines of which the
// last says that there are more.
func TestInterrupt(t *testing.T) {
	late := make(chan os.Signal, 16) // one that comes after a run is not the end of the test
	signal.Notify(late, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(late)
	dir := t.TempDir()
	image := tiny.ELF{SOName: "libtiny.so.1"}.Bytes()
	for i := range 2000 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), image, 0o666))
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		stdout, stderr := &signaller{signal: sig}, new(bytes.Buffer)
		assert.Equal(t, exitUnchecked, run([]string{"check", "--jobs", "1", "--format", "jsonl", dir}, stdout, stderr))
		assert.Contains(t, stderr.String(), "signal received")
		lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
		require.NotEmpty(t, lines)
		assert.Less(t, len(lines), 2000)
		assert.Contains(t, lines[len(lines)-1], "the report is cut short here")
		for _, line := range lines {
			assert.True(t, json.Valid([]byte(line)), line)
		}
	}
	// The others come when all is done, and the file with the last of it.
	out := filepath.Join(t.TempDir(), "report")
	for _, format := range formats {
		go func() {
			time.Sleep(10 * time.Millisecond)
			_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
		}()
		var stdout, stderr bytes.Buffer
		code := run([]string{"check", "--jobs", "1", "--format", format, "--output", out, dir, dir + "/.", dir + "/./."}, &stdout, &stderr)
		if code == exitUnchecked {
			left, err := os.ReadDir(filepath.Dir(out))
			require.NoError(t, err)
			assert.Empty(t, left, "%s: something is left", format)
		} else {
			t.Logf("%s: done before the signal came", format)
		}
		time.Sleep(50 * time.Millisecond) // for a signal that comes late
		os.Remove(out)
	}
}

// tooNew needs more than debian:11 has.
var tooNew = tiny.ELF{SOName: "libtiny.so.1", Needs: []tiny.Need{{Library: "libc.so.6", Versions: []tiny.Version{{Name: "GLIBC_2.34", Symbols: []string{"f"}}}}}}

// A disk that fills up while a report is written leaves none, nor a part of one,
// and what was there before stays.
func TestFullDiskLeavesNothing(t *testing.T) {
	dir, image := t.TempDir(), tooNew.Bytes()
	for i := range 200 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.so", i)), image, 0o666))
	}
	for _, format := range formats {
		out := filepath.Join(t.TempDir(), "report")
		for _, before := range []string{"", "the one before"} {
			if before != "" {
				require.NoError(t, os.WriteFile(out, []byte(before), 0o666))
			}
			// The shell counts in blocks of 512 bytes or of 1024.
			script := `ulimit -f 1 && exec abivet check --preset release --target debian:11 --format "$1" --output "$2" "$3"`
			c := exec.Command("sh", "-c", script, "sh", format, out, dir)
			said, err := c.CombinedOutput()
			require.Equal(t, exitUnchecked, c.ProcessState.ExitCode(), "%s: %v: %s", format, err, said)
			assert.Contains(t, string(said), "file too large", format)
			left, err := os.ReadDir(filepath.Dir(out))
			require.NoError(t, err)
			if before == "" {
				assert.Empty(t, left, format)
				continue
			}
			got, err := os.ReadFile(out)
			require.NoError(t, err)
			assert.Equal(t, before, string(got), format)
			assert.Len(t, left, 1, format)
		}
	}
}

// Who reads a report through a pipe and goes away ends the run, and without a
// standard output the exit code alone tells.
func TestNobodyReads(t *testing.T) {
	name := filepath.Join(t.TempDir(), "new.so")
	require.NoError(t, os.WriteFile(name, tooNew.Bytes(), 0o666))
	for _, format := range formats {
		args := []string{"check", "--target", "debian:11", "--format", format, name}
		r, w, err := os.Pipe()
		require.NoError(t, err)
		require.NoError(t, r.Close())
		c := exec.Command("abivet", args...)
		c.Stdout = w
		_ = c.Run() // its state says more
		require.NoError(t, w.Close())
		status, ok := c.ProcessState.Sys().(syscall.WaitStatus)
		require.True(t, ok)
		assert.Equal(t, syscall.SIGPIPE, status.Signal(), "%s: %v", format, c.ProcessState)

		c = exec.Command("sh", append([]string{"-c", `exec abivet "$@" >&-`, "sh"}, args...)...)
		said, _ := c.CombinedOutput()
		assert.Equal(t, exitFindings, c.ProcessState.ExitCode(), "%s: %s", format, said)
	}
}

// Names are whatever their author wanted. In no format do they become orders
// to a terminal, or lines of their own.
func TestHostileNames(t *testing.T) {
	dir := t.TempDir()
	image := tiny.ELF{SOName: "lib\x1b[31m\n::error::x", Needs: []tiny.Need{{Library: "\x1b]0;title\x07\nerror", Versions: []tiny.Version{{Name: "GLIBC_2.99\r", Symbols: []string{"\x1b[2J\n##vso[task]"}}}}}}.Bytes()
	for _, name := range []string{"a\nerror b.so", "\x1b[2Jclear.so", "::error::c.so", "\u202egnp.so", "\xff\xfe.so", "tab\tand\rreturn.so"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), image, 0o666))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "cut"+name), image[:len(image)/2], 0o666))
	}
	commands := [][]string{{"show", dir}, {"show", "--symbols", dir}, {"show", "--format", "json", dir}, {"needs", "--symbols", dir}, {"luajit", dir}, {"load", "--root", dir, "--inside", "/::error::c.so"}, {"tree", "--root", dir, "--inside", "/::error::c.so"}, {"check", "--root", dir}}
	for _, format := range formats {
		commands = append(commands, []string{"check", "--target", "debian:11", "--preset", "release", "--format", format, dir})
	}
	for _, args := range commands {
		var stdout, stderr bytes.Buffer
		run(args, &stdout, &stderr)
		text := stdout.String() + stderr.String()
		assert.NotEmpty(t, text, "%v", args)
		orders := []string{"\x1b", "\r", "\x07", "\n::error", "\nerror b"}
		if !strings.HasPrefix(text, "{") {
			orders = append(orders, "\u202e", "##vso") // which a program wants as they are
		}
		for _, order := range orders {
			assert.NotContains(t, text, order, "%v", args)
		}
	}
}

// Of a file of 10 GB that is a hole but for its start, no more is read than of
// the start alone.
func TestSparseFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "sparse")
	for kind, start := range map[string][]byte{
		"elf":  tooNew.Bytes(),
		"text": []byte("text"), "ar": []byte("!<arch>\n"), "zip": []byte("PK\x03\x04"), "macho": {0xcf, 0xfa, 0xed, 0xfe}, "gzip": {0x1f, 0x8b, 8},
	} {
		require.NoError(t, os.WriteFile(name, start, 0o666))
		if err := os.Truncate(name, 10<<30); err != nil {
			t.Skipf("no sparse files here: %v", err)
		}
		begin := time.Now()
		var stdout, stderr bytes.Buffer
		code := run([]string{"check", "--target", "debian:11", name}, &stdout, &stderr)
		assert.Less(t, time.Since(begin), time.Minute, kind) // of 10 GiB some KiB are read; machines are busy
		if kind == "elf" {
			assert.Equal(t, exitFindings, code, stdout.String())
			assert.Contains(t, stdout.String(), "GLIBC_2.34")
		} else {
			assert.NotEqual(t, exitClean, code, "%s: %s", kind, stdout.String())
		}
	}
}

// Whatever links lead to themselves, and pipes in place of files, nothing
// waits.
func TestLoopsAndPipes(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, d := range []string{"lib64", "usr/lib", "etc", "var/lib/dpkg", "a/b"} {
		require.NoError(t, os.MkdirAll(in(d), 0o777))
	}
	require.NoError(t, os.Symlink("self", in("self")))
	require.NoError(t, os.Symlink("../..", in("a/b/up")))
	require.NoError(t, os.Symlink("pong", in("ping")))
	require.NoError(t, os.Symlink("ping", in("pong")))
	for _, name := range []string{"lib64/ld-linux-x86-64.so.2", "usr/lib/libc.so.6", "etc/ld.so.cache", "etc/ld.so.preload", "etc/os-release", "var/lib/dpkg/status", "pipe"} {
		require.NoError(t, syscall.Mkfifo(in(name), 0o666))
	}
	socket, err := net.Listen("unix", in("socket"))
	require.NoError(t, err)
	defer socket.Close()
	const zeros = 1<<8 | 5 // which has no end
	if err := syscall.Mknod(in("device"), syscall.S_IFCHR|0o666, zeros); err != nil {
		t.Logf("no device in the tree: %v", err)
	}
	program := in("program")
	require.NoError(t, os.WriteFile(program, tiny.ELF{SOName: "x", Needs: []tiny.Need{{Library: "libc.so.6"}}}.Bytes(), 0o777))
	done := make(chan string, 1)
	go func() {
		for _, args := range [][]string{
			{"check", dir}, {"check", in("socket")}, {"check", "/dev/zero"}, {"check", "--root", in("socket"), program}, {"check", in("self")}, {"check", in("ping")}, {"check", in("pipe")}, {"show", in("pipe")},
			{"check", "--root", dir}, {"load", "--root", dir, program}, {"tree", "--root", dir, program}, {"check", "--root", in("pipe"), program},
		} {
			code := run(args, io.Discard, io.Discard)
			if wants := args[1] != dir && args[1] != "--root"; code != exitUnchecked && wants {
				done <- fmt.Sprintf("%v: exit %d, want 3", args, code)
				return
			}
		}
		done <- ""
	}()
	select {
	case wrong := <-done:
		assert.Empty(t, wrong)
	case <-time.After(time.Minute):
		t.Fatal("it waits")
	}
}
