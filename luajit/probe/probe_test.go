package probe

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/abivet/abivet/luajit"
)

func TestMain(m *testing.M) {
	Child()
	os.Exit(m.Run())
}

// library compiles a shared library that calls itself LuaJIT and is none.
func library(t *testing.T, source string) string {
	t.Helper()
	if !Supported {
		t.Skipf("SKIPPED: %v", ErrUnsupported)
	}
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("SKIPPED: no C compiler: libraries that crash and hang are NOT tried")
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "lib.so")
	if err := os.WriteFile(filepath.Join(dir, "lib.c"), []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(cc, "-w", "-shared", "-fPIC", "-o", name, filepath.Join(dir, "lib.c")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return name
}

const (
	setMode = "int luaJIT_setmode(void) { return 0; }\n"
	rest    = setMode + "void luaL_openlibs(void *l) {} int luaL_loadstring(void *l, char *s) { return 0; }\n" +
		"int lua_pcall(void *l, int a, int r, int h) { return 0; } const char *lua_tolstring(void *l, int i, void *n) { return \"a\\nb\"; }\n"
	onLoad = "#include <stdlib.h>\n#include <unistd.h>\n#include <stdio.h>\nextern int luaJIT_setmode(void); __attribute__((constructor)) static void load(void) "
)

func TestRun(t *testing.T) {
	tests := map[string]struct {
		source string
		want   Outcome
		detail string
	}{
		"another library":           {"int f(void) { return 1; }", NotLuaJIT, "luaJIT_setmode"},
		"the rest is missing":       {setMode, NotLuaJIT, "lua"},
		"no state":                  {rest + "void *luaL_newstate(void) { return 0; }", NoState, "NULL"},
		"nonsense":                  {rest + "void *luaL_newstate(void) { return (void *)8; }", Failed, "want 7 lines"},
		"Lua code fails":            {strings.Replace(rest, "int h) { return 0; }", "int h) { return 2; }", 1) + "void *luaL_newstate(void) { return (void *)8; }", Failed, "code 2"},
		"crashes":                   {rest + "void *luaL_newstate(void) { return (void *)*(volatile long *)8; }", Crashed, "SIGSEGV"},
		"crashes when it is loaded": {onLoad + "{ *(volatile int *)8 = 1; }", Crashed, ""},
		"aborts":                    {onLoad + "{ abort(); }", Crashed, "SIGABRT"},
		"exits when it is loaded":   {onLoad + "{ fprintf(stderr, \"PANIC: unprotected error\\n\"); exit(1); }", Exited, "exit status 1: PANIC"},
		"exits as if all were well": {onLoad + "{ _exit(0); }", Exited, "without an answer"},
		"writes when it is loaded":  {onLoad + "{ puts(\"{}\"); fflush(stdout); }", NotLuaJIT, ""},
	}
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			a, err := Run(t.Context(), library(t, test.source))
			if err != nil || a.Outcome != test.want || !strings.Contains(a.Detail, test.detail) {
				t.Errorf("%+v, %v; want %s: %s", a, err, test.want, test.detail)
			}
		})
	}
}

func TestRunHangs(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), time.Second)
	defer stop()
	start := time.Now()
	// The child of the library's own keeps everything open that it has.
	a, err := Run(ctx, library(t, onLoad+"{ if (fork() == 0) { sleep(30); _exit(0); } for (;;) pause(); }"))
	if err != nil || a.Outcome != Hung || time.Since(start) > 20*time.Second {
		t.Errorf("%+v, %v after %v; want %s", a, err, time.Since(start), Hung)
	}
}

func TestRunNotThere(t *testing.T) {
	if !Supported {
		t.Skipf("SKIPPED: %v", ErrUnsupported)
	}
	a, err := Run(t.Context(), filepath.Join(t.TempDir(), "libluajit.so"))
	if err != nil || a.Outcome != NotLoaded || a.Detail == "" {
		t.Errorf("%+v, %v; want %s", a, err, NotLoaded)
	}
	t.Setenv(childVariable, "x")
	if a, err := Run(t.Context(), "x"); err == nil {
		t.Errorf("%+v from a process that should have called Child", a)
	}
}

func TestCompare(t *testing.T) {
	file := luajit.Info{Role: luajit.Embedded, Version: "2.1.0-beta3", GC64: luajit.Yes, JIT: luajit.Yes}
	same := Answer{Outcome: Answered, Version: "2.1.0-beta3", GC64: luajit.Yes, JIT: luajit.Yes, FFI: luajit.Yes}
	other := Answer{Outcome: Answered, Version: "2.0.5", GC64: luajit.No, JIT: luajit.No}
	for _, test := range []struct {
		answer Answer
		file   luajit.Info
		want   []string
	}{
		{same, file, nil},
		{other, file, []string{"GC64: the file says yes", "JIT: the file says yes", `version: the file says "2.1.0-beta3"`}},
		{Answer{Outcome: Crashed}, file, nil},
		{Answer{Outcome: NotLuaJIT}, file, []string{"embeds LuaJIT, but"}},
		{Answer{Outcome: NotLuaJIT}, luajit.Info{Role: luajit.None}, nil},
		{same, luajit.Info{Role: luajit.Mentions}, []string{"it is said: mentions"}},
	} {
		got := test.answer.Compare(&test.file)
		if !slices.EqualFunc(got, test.want, strings.Contains) {
			t.Errorf("%+v and %+v: %q, want %q", test.answer, test.file, got, test.want)
		}
	}
}
