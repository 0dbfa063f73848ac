package main

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/abivet/abivet/abi"
)

// abilists says which of glibc's lists are of an architecture: those below the
// directory whose names have a part and lack another. They have moved about.
var abilists = []struct{ arch, below, part, not string }{
	{"amd64", "linux/x86_64/", "", "/x32/"},
	{"386", "linux/i386/", "", ""},
	{"arm64", "linux/aarch64/", "", ""},
	{"arm", "linux/arm/", "", "/be/"},
	{"ppc64le", "linux/powerpc/powerpc64/", "le", "/be/"},
	{"s390x", "linux/s390/s390-64/", "", ""},
	{"riscv64", "linux/riscv/rv64/", "", ""},
	{"loong64", "linux/loongarch/lp64/", "", ""},
	{"mips64le", "linux/mips/mips64/", "", "/n32/"},
}

// nonshared are functions that every release has had, in the part of libc and
// libpthread that is linked in, and most have in libc.so from 2.33 on. Origin:
// static-only-routines of io/, stdlib/ and nptl/Makefile, glibc 2.16 to 2.32.
var nonshared = strings.Fields(`stat fstat lstat fstatat mknod mknodat stat64 fstat64 lstat64 fstatat64
 atexit at_quick_exit pthread_atfork __stack_chk_fail_local __pthread_atfork`)

var glibcRelease = regexp.MustCompile(`^glibc-(2\.\d+)$`)

// glibcFacts reads the lists of all releases, since an old one has names and
// libraries that a newer one lacks, and of the development.
func glibcFacts(r repository) (facts, error) {
	tags, err := r.releases(glibcRelease)
	if err != nil {
		return facts{}, err
	}
	f := facts{
		origin: "*.abilist of glibc's sources from 2.16 to " + tags[len(tags)-1] + " and master; libc_nonshared by its Makefiles",
		names:  map[string]answer{},
	}
	base := map[string][2]string{}
	for _, tag := range append(tags, "refs/heads/master") {
		files, err := r.lines("ls-tree", "-r", "--name-only", tag)
		if err != nil {
			return facts{}, err
		}
		for _, file := range files {
			arch := archOf(file)
			if arch == "" {
				continue
			}
			text, err := r.git("show", tag+":"+file)
			if err != nil {
				return facts{}, err
			}
			library := strings.TrimSuffix(strings.TrimSuffix(path.Base(file), ".abilist"), "-le")
			if err := f.addList(arch, library, string(text)); err != nil {
				return facts{}, fmt.Errorf("%s:%s: %w", tag, file, err)
			}
		}
	}
	for _, a := range f.names {
		for arch, p := range a {
			if old, ok := base[arch]; !ok || less(p[1], old[1]) {
				base[arch] = p
			}
		}
	}
	for _, name := range nonshared {
		f.names[name] = answer{}
		for arch, p := range base {
			f.names[name][arch] = [2]string{"libc", p[1]}
		}
	}
	return f, nil
}

func less(a, b string) bool { return abi.Version(a).Less(abi.Version(b)) }

func archOf(file string) string {
	if path.Ext(file) != ".abilist" {
		return ""
	}
	for _, l := range abilists {
		_, rest, ok := strings.Cut(file, l.below)
		if ok && (l.part == "" || strings.HasPrefix(rest, l.part+"/") || strings.HasSuffix(rest, "-"+l.part+".abilist")) &&
			(l.not == "" || !strings.Contains("/"+rest, l.not)) {
			return l.arch
		}
	}
	return ""
}

// addList reads one list: lines of a version, a name and a type or, in old
// ones, of a version alone with lines of names below it.
func (f facts) addList(arch, library, text string) error {
	above := ""
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		indented := strings.HasPrefix(line, " ")
		switch {
		case len(words) == 0:
			continue
		case indented:
			words = append([]string{above}, words...)
		case len(words) == 1:
			above = words[0]
			continue
		}
		if len(words) < 3 {
			return fmt.Errorf("line %q: want a version, a name and a type", line)
		}
		namespace, version, numbered := abi.SplitSymbolVersion(words[0])
		if namespace != "GLIBC" || !numbered || words[2] == "A" {
			continue // GCC_3.0, which glibc has for what libgcc had once; the versions themselves
		}
		name := words[1]
		if f.names[name] == nil {
			f.names[name] = answer{}
		}
		if old, ok := f.names[name][arch]; !ok || less(string(version), old[1]) {
			f.names[name][arch] = [2]string{library, string(version)}
		}
	}
	return nil
}
