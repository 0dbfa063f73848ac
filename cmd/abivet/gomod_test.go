package main

import (
	"bytes"
	"debug/elf"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/internal/elfbuild"
)

// object FILE MACHINE NAME... writes a relocatable object that asks for names,
// and defines those with a + before them.
func writeObject(ts *testscript.TestScript, _ bool, args []string) {
	o := elfbuild.Object{StackNote: true, Machine: map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[args[1]]}
	for _, name := range args[2:] {
		s := elfbuild.Symbol{Name: name, Bind: elf.STB_GLOBAL}
		if own, ok := strings.CutPrefix(name, "+"); ok {
			s.Name, s.Type, s.Section = own, elf.STT_FUNC, 1
		}
		o.Symbols = append(o.Symbols, s)
	}
	write(ts, args[0], o.Bytes())
}

func TestGomodWithoutGo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var stdout, stderr bytes.Buffer
	assert.Equal(t, exitUnchecked, run([]string{"gomod", "./..."}, &stdout, &stderr))
	assert.Empty(t, stdout.String())
	assert.Contains(t, stderr.String(), "the go command is asked for the packages")
}
