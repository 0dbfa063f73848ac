package machocheck

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/ar"
	"github.com/abivet/abivet/internal/fixture"
)

// TestMain makes the test the C compiler that the go command runs: zig compiles
// for macOS, and lld links what zig cannot (bundles, -no_uuid, -flat_namespace).
func TestMain(m *testing.M) {
	if zig := os.Getenv("ABIVET_TEST_ZIG"); zig != "" {
		os.Exit(compile(zig, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// TestGoExternal builds what Go leaves to another linker by the toolchains that
// ABIVET_GO_TOOLCHAINS lists. ABIVET_LLD is an ld64.lld, 22 or later.
func TestGoExternal(t *testing.T) {
	toolchains, lld := strings.Fields(os.Getenv("ABIVET_GO_TOOLCHAINS")), os.Getenv("ABIVET_LLD")
	zig, err := fixture.FindZig()
	if len(toolchains) == 0 || lld == "" || err != nil {
		t.Skipf("what Go links by another linker is NOT built and judged: want ABIVET_GO_TOOLCHAINS, ABIVET_LLD and zig: %v", err)
	}
	dir := t.TempDir()
	tools := goTree(t, dir, string(zig), lld)
	modes := []struct{ name, pkg, mode, ldflags string }{
		{"exe", "./exe", "exe", "-linkmode=external"},
		{"stripped", "./exe", "exe", "-linkmode=external -s -w"},
		{"no-uuid", "./exe", "exe", "-linkmode=external -extldflags=-Wl,-no_uuid"},
		{"pie", "./exe", "pie", "-linkmode=external"},
		{"lib.dylib", "./lib", "c-shared", ""},
		{"lib.a", "./lib", "c-archive", ""},
		{"plugin.so", "./lib", "plugin", ""},
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, toolchain := range toolchains {
		for arch, name := range map[string]string{"amd64": "x86_64", "arm64": "arm64"} {
			for _, sdk := range []string{"15.5", "26.0"} {
				for _, m := range modes {
					build := exec.Command("go", "build", "-o", filepath.Join("out", m.name), "-buildmode="+m.mode, "-ldflags="+m.ldflags, m.pkg)
					build.Dir = dir
					build.Env = append(os.Environ(), "GOTOOLCHAIN="+toolchain, "GOOS=darwin", "GOARCH="+arch, "CGO_ENABLED=1", "GOFLAGS=", "CC="+self,
						"ABIVET_TEST_ZIG="+string(zig), "ABIVET_TEST_ARCH="+name, "ABIVET_TEST_SDK="+sdk, "ABIVET_TEST_TREE="+dir,
						"PATH="+tools+string(filepath.ListSeparator)+os.Getenv("PATH"))
					if out, err := build.CombinedOutput(); err != nil {
						t.Errorf("%s %s %s: %v\n%s", toolchain, arch, m.name, err, out)
						continue
					}
					files, err := readMembers(filepath.Join(dir, "out", m.name))
					if err != nil {
						t.Errorf("%s %s %s: %v", toolchain, arch, m.name, err)
						continue
					}
					for _, f := range files {
						judgeGoExternal(t, f, fmt.Sprintf("%s %s %s, SDK %s", toolchain, arch, m.name, sdk), m.name == "no-uuid" && sdk == "26.0")
					}
				}
			}
		}
	}
}

// readMembers reads a file, or all members of an archive.
func readMembers(name string) ([]*File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if filepath.Ext(name) != ".a" {
		return Read(f, info.Size(), WantAll)
	}
	var all []*File
	for m, err := range ar.Members(f, info.Size()) {
		if err != nil {
			return nil, err
		}
		files, err := Read(io.NewSectionReader(f, m.Offset, m.Size), m.Size, WantAll)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		all = append(all, files...)
	}
	return all, nil
}

// judgeGoExternal wants no error for any release, but where macOS 26 asks for
// the UUID that was left out.
func judgeGoExternal(t *testing.T, f *File, what string, noUUID bool) {
	t.Helper()
	if f.Loaded() && f.Go == nil && !strings.Contains(what, "plugin") { // those of Go 1.20 have none
		t.Errorf("%s: no build information", what)
	}
	for _, release := range []abi.Version{"", f.MinOS, "13.0", "15.0", "15.5", "26.0"} {
		target := abi.Target{}
		if release != "" {
			target = abi.Target{Platform: f.Platform, MinOS: release}
		}
		findings, _ := abi.Check(Rules(), f, target)
		asked := noUUID && release == "26.0"
		for _, x := range findings {
			switch {
			case x.Rule == "go-macos-uuid" && (asked || x.Severity != abi.Error):
				asked = false
			case x.Rule == "install-name-not-portable": // the name that -o has
			default:
				t.Errorf("%s, macOS %s: %s: %s: %s", what, release, x.Severity, x.Rule, x.Message)
			}
		}
		if asked {
			t.Errorf("%s, macOS %s: no error, although there is no UUID", what, release)
		}
	}
}

// goTree writes the module, and a directory with the programs that the go
// command calls beside the compiler: those of LLVM stand by lld.
func goTree(t *testing.T, dir, zig, lld string) (tools string) {
	t.Helper()
	tools = filepath.Join(dir, "bin")
	frameworks := "sdk/System/Library/Frameworks/"
	for name, text := range map[string]string{
		"go.mod":      "module example.com/hello\n\ngo 1.20\n",
		"exe/main.go": "package main\n\n// static int add(int a, int b) { return a + b; }\nimport \"C\"\nimport (\n\t\"fmt\"\n\t\"os/user\"\n)\n\nfunc main() { fmt.Println(C.add(1, 2)); fmt.Println(user.Current()) }\n",
		"lib/main.go": "package main\n\nimport \"C\"\nimport \"fmt\"\n\n//export Hello\nfunc Hello() { fmt.Println() }\n\nfunc main() {}\n",
		frameworks + "CoreFoundation.framework/CoreFoundation.tbd": stub("/System/Library/Frameworks/CoreFoundation.framework/Versions/A/CoreFoundation",
			"___CFConstantStringClassReference", "_kCFAllocatorDefault", "_CFBundleCopyResourceURL", "_CFBundleGetMainBundle", "_CFBundleGetValueForInfoDictionaryKey",
			"_CFRelease", "_CFStringGetCString", "_CFStringCreateWithCString", "_CFURLCreateWithFileSystemPath", "_CFURLGetFileSystemRepresentation"),
		"sdk/usr/lib/libresolv.tbd": stub("/usr/lib/libresolv.9.dylib", "_res_9_ninit", "_res_9_nclose", "_res_9_nsearch", "_res_9_search"),
		"bin/x":                     "",
	} {
		writeText(t, filepath.Join(dir, name), text)
	}
	system, err := os.ReadFile(filepath.Join(zigLib(t, zig), "libc", "darwin", "libSystem.tbd"))
	if err != nil {
		t.Skipf("what Go links by another linker is NOT built and judged: %v", err)
	}
	writeText(t, filepath.Join(dir, "sdk/usr/lib/libSystem.tbd"), strings.ReplaceAll(string(system), "arm64e-macos", "arm64-macos, arm64e-macos"))
	suffix := strings.TrimPrefix(filepath.Base(lld), "ld64.lld")
	for name, llvm := range map[string]string{"ld64.lld": "ld64.lld", "dsymutil": "dsymutil", "strip": "llvm-strip", "ar": "llvm-ar"} {
		path, err := exec.LookPath(filepath.Join(filepath.Dir(lld), llvm+suffix))
		if err != nil {
			t.Skipf("what Go links by another linker is NOT built and judged: %v", err)
		}
		if err := os.Symlink(path, filepath.Join(tools, name)); err != nil {
			t.Fatal(err)
		}
	}
	return tools
}

// stub describes a library of the system to the linker.
func stub(name string, symbols ...string) string {
	return fmt.Sprintf("--- !tapi-tbd\ntbd-version: 4\ntargets: [ x86_64-macos, arm64-macos ]\ninstall-name: '%s'\ncurrent-version: 1\n"+
		"exports:\n  - targets: [ x86_64-macos, arm64-macos ]\n    symbols: [ %s ]\n...\n", name, strings.Join(symbols, ", "))
}

func writeText(t *testing.T, name, text string) {
	t.Helper()
	err := cmp.Or(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644))
	if err != nil {
		t.Fatal(err)
	}
}

// zigLib is where zig keeps what it brings for each system.
func zigLib(t *testing.T, zig string) string {
	t.Helper()
	out, err := exec.Command(zig, "env").Output()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(out), ".lib_dir = \"")
	dir, _, _ := strings.Cut(rest, "\"")
	return dir
}

// compile is the C compiler.
func compile(zig string, args []string) int {
	arch, tree := os.Getenv("ABIVET_TEST_ARCH"), os.Getenv("ABIVET_TEST_TREE")
	const minimum = "12.0"
	command := []string{"ld64.lld", "-arch", arch, "-platform_version", "macos", minimum, os.Getenv("ABIVET_TEST_SDK"), "-syslibroot", filepath.Join(tree, "sdk")}
	links := true
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case strings.HasPrefix(a, "--print-prog-name"):
			_, program, ok := strings.Cut(a, "=")
			if !ok && i+1 < len(args) {
				program = args[i+1]
			}
			fmt.Println(filepath.Join(tree, "bin", program))
			return 0
		case a == "-c", a == "-E", a == "-S", a == "-", a == "-dM", a == "--version":
			links = false
		case a == "-arch":
			i++
		case a == "-dynamiclib":
			command = append(command, "-dylib")
		case strings.HasPrefix(a, "-Wl,"):
			command = append(command, strings.Split(a[len("-Wl,"):], ",")...)
		case a == "-lpthread", a == "-rdynamic", len(a) >= 2 && a[0] == '-' && strings.ContainsRune("OgmWQI", rune(a[1])):
		case strings.HasPrefix(a, "-f") && a != "-framework" && a != "-flat_namespace":
		default:
			command = append(command, a)
		}
	}
	command = append(command, "-lSystem")
	if !links {
		target := map[string]string{"arm64": "aarch64", "x86_64": "x86_64"}[arch] + "-macos." + minimum
		args = slices.DeleteFunc(args, func(a string) bool { return a == "-m64" || a == "-arch" || a == arch })
		command = append([]string{zig, "cc", "-target", target}, args...)
	}
	run := exec.Command(command[0], command[1:]...)
	run.Stdin, run.Stdout, run.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := run.Run(); err != nil {
		fmt.Fprintln(os.Stderr, command, err)
		return 1
	}
	return 0
}
