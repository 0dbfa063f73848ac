package dyld

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/abi"
	mb "github.com/abivet/abivet/internal/machobuild"
)

// After load_machfile, parse_machfile and load_segment of xnu.
func TestKernel(t *testing.T) {
	segment := func(s mb.Segment) part { return with(s) }
	data := func(name string, prot, flags uint32) part {
		return segment(mb.Segment{Name: name, Addr: 0x200000000, Size: 0x4000, MaxProt: prot, InitProt: prot, Flags: flags})
	}
	zero := func(size uint64) part {
		return func(m *mb.Image) {
			without[mb.Segment]()(m)
			with(text(), mb.Segment{Name: "__PAGEZERO", Size: size})(m)
		}
	}
	static := func(m *mb.Image) { m.Flags &^= mb.DyldLink }
	fixed := program()
	fixed.Flags &^= mb.PIE
	tests := map[string]struct {
		file    any
		request Request
		want    string // of the first failure
		why     string
	}{
		"sound":                             {file: program()},
		"sound for Intel":                   {file: program(intel)},
		"16 MiB of page zero on Intel":      {file: program(intel, zero(0x1000000))},
		"no page zero on Intel":             {file: program(intel, zero(0)), want: "/app: Malformed Mach-o file", why: "page zero covers 0x0 bytes; want 0x1000 or more"},
		"a small page zero on arm64":        {file: program(zero(0x10000)), want: "/app: Malformed Mach-o file", why: "page zero covers 0x10000 bytes; the kernel starts an arm64 program only with 0x100000000 or more"},
		"at a fixed address":                {file: fixed, want: "/app: Bad executable (or shared library)", why: "is not position independent (without MH_PIE), which Apple silicon does not allow"},
		"static":                            {file: program(static), want: "/app: Bad executable (or shared library)", why: "is linked statically (without MH_DYLDLINK), which Apple silicon does not allow"},
		"static for Intel":                  {file: program(intel, static)},
		"no loader":                         {file: program(without[mb.Dylinker]()), want: "/app: Bad executable (or shared library)", why: "has no LC_LOAD_DYLINKER"},
		"no entry":                          {file: program(without[mb.Main]()), want: "/app: Bad executable (or shared library)", why: "has neither LC_MAIN nor LC_UNIXTHREAD, so no place to start at"},
		"two version commands":              {file: program(with(mb.Build{Platform: mb.Catalyst, MinOS: mb.Version(14, 0, 0)})), want: "/app: Malformed Mach-o file", why: "has 2 version commands; a program may have one"},
		"two segments made read-only":       {file: program(data("__A", 3, 0x10), data("__B", 3, 0x10)), want: "/app: Killed: 9", why: "has 2 segments with SG_READ_ONLY; macOS 14.0 and later want one at most"},
		"on macOS 13":                       {file: program(data("__A", 3, 0x10), data("__B", 3, 0x10)), request: Request{Release: "13.5"}},
		"writable code":                     {file: program(data("__JIT", 7, 0)), want: "/app: Killed: 9", why: `has segment "__JIT", which begins as rwx`},
		"writable code on Intel":            {file: program(intel, data("__JIT", 7, 0))},
		"without a signature":               {file: program(without[mb.Signed]()), want: "/app: Killed: 9", why: "has no LC_CODE_SIGNATURE, which Apple silicon asks for"},
		"without a signature on Intel":      {file: program(intel, without[mb.Signed]())},
		"for iOS":                           {file: program(built(mb.IOS, mb.Version(14, 0, 0), mb.Version(14, 0, 0))), want: "/app: Killed: 9", why: "is for ios"},
		"arm64e":                            {file: program(func(m *mb.Image) { m.Subtype = 0x80000000 | mb.SubtypeARM64E }), want: "/app: Killed: 9", why: "is for arm64e, which the kernel starts only where the program is part of macOS"},
		"universal with offsets of 64 bits": {file: mb.Universal64(program().Slice()), want: "/app: Bad executable (or shared library)", why: "has a universal header of the 64-bit form (FAT_MAGIC_64), which the kernel does not know"},
		"a slice that lies":                 {file: mb.Universal(mb.Part{CPU: mb.ARM64, Data: program(intel).Bytes()}), want: "/app: Malformed Mach-o file", why: "is CPU 0x100000c by the universal header, and 0x1000007 by itself"},
		"for Apple silicon on Intel":        {file: program(), request: Request{Processor: "amd64"}, want: "/app: Bad CPU type in executable", why: "the program is for arm64, the processor is amd64"},
		"for PowerPC":                       {file: mb.Image{CPU: mb.PPC, Type: mb.Execute, Narrow: true, BigEndian: true, Commands: []mb.Command{text()}}, want: "/app: Bad CPU type in executable", why: "macOS 26.0 starts no program for ppc"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, files{"/app": tt.file}, tt.request)
			if tt.want == "" {
				assert.Empty(t, p.Failures)
				return
			}
			if assert.NotEmpty(t, p.Failures) {
				assert.Equal(t, tt.want, p.Failures[0].Message)
				assert.Equal(t, tt.why, p.Failures[0].Why)
			}
		})
	}
}

// A cause that the rule over files tells is not told of the process as well, but
// that of a host is.
func TestKernelTellsOnce(t *testing.T) {
	static := program(func(m *mb.Image) { m.Flags &^= mb.DyldLink })
	assert.Empty(t, found(load(t, files{"/app": static}, Request{})))
	host := load(t, files{"/app": static, "/p": plugin()}, Request{Path: "/p", Host: "/app"})
	assert.Equal(t, []string{"loader-refuses error"}, found(host))
	ios := load(t, files{"/app": program(built(mb.IOS, mb.Version(14, 0, 0), mb.Version(14, 0, 0)))}, Request{})
	findings, _ := abi.Check(Rules(), ios, abi.Target{})
	assert.Len(t, findings, 1, "without a target the rule over files does not speak")
	findings, _ = abi.Check(Rules(), ios, abi.Target{Platform: abi.Platform{OS: "darwin", Arch: "arm64"}})
	assert.Empty(t, findings)
	other := program(built(mb.Catalyst, mb.Version(14, 0, 0), mb.Version(14, 0, 0)), func(m *mb.Image) { m.Flags &^= mb.DyldLink })
	assert.Contains(t, found(load(t, files{"/app": other}, Request{})), "loader-refuses error")
}
