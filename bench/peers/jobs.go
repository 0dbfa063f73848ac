package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// jobs are all that is measured.
func (b *bench) jobs(elf, macho []string) (jobs []job) {
	add := func(name string, files []string, peers func(dir, list string) []peer) {
		dir, list, err := b.tree(fmt.Sprintf("job%d", len(jobs)), files)
		if err != nil {
			fatal(err)
		}
		jobs = append(jobs, job{name, len(files), peers(dir, list)})
	}
	add("ELF: headers, needed libraries, versions", elf, b.facts)
	add("ELF: all default rules, undefined symbols with versions", elf, b.symbols)
	step := max(1, len(elf)/b.sample)
	var some []string
	for i := step / 2; i < len(elf); i += step {
		some = append(some, elf[i])
	}
	add("ELF, a sample: the slow ones", some, b.slow)
	add("Mach-O: load commands", macho, b.macho)
	jobs = append(jobs, b.closures()...)
	return append(jobs, b.diffs()...)
}

func (b *bench) least(which, list string) peer {
	return peer{name: "least in C", shell: fmt.Sprintf("%s/least %s %s", b.scratch, which, list), count: said}
}

func (b *bench) self(name, list string) peer {
	return peer{name: name, shell: fmt.Sprintf("%s/peers read %s %s", b.scratch, name, list), count: said}
}

func (b *bench) abivet(args string) peer {
	return peer{name: "abivet", shell: b.scratch + "/abivet " + args, finds: true}
}

func (b *bench) facts(dir, list string) []peer {
	return []peer{
		b.least("a", list),
		b.self("elfcheck", list),
		{name: "scanelf", needs: "scanelf", shell: "scanelf -RyBC -F '%F %M %n %r %S %i %e %t' " + dir, note: "no versions"},
		{name: "objdump -p", needs: "objdump", shell: "xargs -a " + list + " objdump -p", count: lines(`(?m)^  NEEDED `, "")},
		b.self("debug-elf", list),
	}
}

func (b *bench) symbols(dir, list string) []peer {
	return []peer{
		b.least("b", list),
		b.abivet("check --target debian:12 --jobs 1 --max-depth 0 --format jsonl " + dir),
		b.self("elfcheck-imports", list),
		{name: "nm -D -u", needs: "nm", shell: "xargs -a " + list + " nm -D -u", note: "no libraries"},
		{name: "objdump -T -p", needs: "objdump", shell: "xargs -a " + list + " objdump -T -p", count: lines(`(?m)^  NEEDED `, `(?m)^[0-9a-f]+ .* \*UND\*\t`)},
		b.self("debug-elf-symbols", list),
	}
}

const python = "/usr/bin/python3"

func (b *bench) slow(dir, list string) []peer {
	wheel := peer{name: "auditwheel's core", needs: "auditwheel", shell: python + " " + b.scratch + "/auditwheel_core.py " + list}
	return []peer{
		b.least("b", list),
		b.abivet("check --target debian:12 --jobs 1 --max-depth 0 --format jsonl " + dir),
		{name: "eu-readelf", needs: "eu-readelf", shell: "xargs -a " + list + " eu-readelf --symbols=.dynsym -V -d -l", count: lines(`(?m)^  NEEDED `, `(?m)^ *[1-9]\d*: .* UNDEF +\S`)},
		{name: "readelf -dlV", needs: "readelf", shell: "xargs -a " + list + " readelf -W -h -d -V -l", count: lines(`\(NEEDED\)`, ""), note: "no symbols"},
		{name: "llvm-readobj", needs: "llvm-readobj", shell: "xargs -a " + list + " llvm-readobj --dyn-syms --version-info --dynamic-table -l", count: lines(`(?m) NEEDED `, ""), once: true},
		{name: "pyelftools", needs: python, shell: python + " " + b.scratch + "/pyelftools.py " + list, count: said, once: true},
		wheel,
	}
}

func (b *bench) macho(dir, list string) []peer {
	return []peer{
		b.self("least-macho", list),
		b.abivet("check --target macos:13 --disable signature-damaged --jobs 1 --max-depth 0 --format jsonl " + dir),
		with(b.abivet("check --target macos:13 --jobs 1 --max-depth 0 --format jsonl "+dir), func(p *peer) { p.name, p.note = "abivet, hashes too", "reads and hashes every signed page" }),
		b.self("machocheck", list),
		b.self("machocheck-rules", list),
		{name: "llvm-objdump", needs: "llvm-objdump", shell: "xargs -a " + list + " llvm-objdump --macho --private-headers"},
		b.self("go-macho-filtered", list),
		with(b.self("go-macho", list), func(p *peer) { p.once = true }),
		b.self("debug-macho", list),
	}
}

func with(p peer, change func(*peer)) peer {
	change(&p)
	return p
}

// closures lay out the largest programs of the root. libtree with one more -v writes
// every path to every library, and does not come to an end.
func (b *bench) closures() (jobs []job) {
	root, err := filepath.Abs(filepath.Join(b.corpus, "root"))
	if err != nil {
		fatal(err)
	}
	for _, name := range []string{"usr/bin/blender", "usr/bin/vlc", "usr/bin/net", "usr/bin/git", "usr/bin/python3.11", "bin/bash"} {
		program := filepath.Join(root, name)
		if _, err := os.Stat(program); err != nil {
			continue
		}
		paths := fmt.Sprintf("LD_LIBRARY_PATH=%[1]s/lib/x86_64-linux-gnu:%[1]s/usr/lib/x86_64-linux-gnu:%[1]s/usr/lib/x86_64-linux-gnu/samba ", root)
		jobs = append(jobs, job{"closure of " + name, 1, []peer{
			with(b.abivet("load --root "+root+" "+program), func(p *peer) { p.note = "binds every symbol" }),
			{name: "libtree", needs: "libtree", shell: paths + "libtree -vv " + program, note: "libraries alone"},
			{name: "ldd -r", needs: "ldd", shell: paths + "ldd -r " + program, note: "runs the loader"},
			{name: "lddtree", needs: "lddtree", shell: python + " $(command -v lddtree) -R " + root + " /" + name, note: "libraries alone"},
		}})
	}
	if len(jobs) == 0 {
		fmt.Println("!! NOT MEASURED: closures, for want of a program in the root")
	}
	return jobs
}

// diffs compare two different builds of the same library, or nearly.
func (b *bench) diffs() (jobs []job) {
	at := func(pattern string) []string {
		names, _ := filepath.Glob(filepath.Join(b.corpus, "root", pattern)) // the pattern is right
		return names
	}
	for _, pattern := range []string{"usr/lib/x86_64-linux-gnu/libicu[iu]*.so.*.*", "usr/lib/x86_64-linux-gnu/libboost_*.so.*", "usr/lib/x86_64-linux-gnu/libav[cf]*.so.*.*.*", "usr/lib/x86_64-linux-gnu/libLLVM-1[0-9].so.1"} {
		if l := at(pattern); len(l) >= 2 {
			a, c := l[0], l[1]
			jobs = append(jobs, job{"difference of " + filepath.Base(a) + " and " + filepath.Base(c), 1, []peer{
				b.abivet(fmt.Sprintf("diff %s %s", a, c)),
				{name: "abidiff", needs: "abidiff", shell: "timeout 60 abidiff --no-show-locs " + a + " " + c, once: true, finds: true},
				{name: "nm, sort, diff", needs: "nm", finds: true, shell: fmt.Sprintf("for f in %s %s; do nm -D --defined-only $f | cut -c18- | sort >%s/nm.$(basename $f); done; diff %[3]s/nm.%[4]s %[3]s/nm.%[5]s", a, c, b.scratch, filepath.Base(a), filepath.Base(c))},
			}})
			break
		}
	}
	return jobs
}

var count = regexp.MustCompile(`COUNT .*needed=(\d+) undefined=(-?\d+)`)

// said takes the counts that a peer of ours says itself.
func said(out []byte) counts {
	m := count.FindSubmatch(out)
	if m == nil {
		return counts{unknown, unknown}
	}
	needed, _ := strconv.Atoi(string(m[1]))
	undefined, _ := strconv.Atoi(string(m[2]))
	if undefined == 0 {
		undefined = unknown // it does not look at them
	}
	return counts{needed, undefined}
}

// lines counts what matches in the output of a tool.
func lines(needed, undefined string) func([]byte) counts {
	return func(out []byte) counts {
		c := counts{len(regexp.MustCompile(needed).FindAll(out, -1)), unknown}
		if undefined != "" {
			c.undefined = len(regexp.MustCompile(undefined).FindAll(bytes.ReplaceAll(out, []byte("\r"), nil), -1))
		}
		return c
	}
}
