// Command peers measures abivet beside other readers of native files, on equal
// work: see docs/performance.md.
//
//	go run ./bench/peers -corpus DIR -scratch DIR [-rounds 5] [-instructions]
//
// Each job is run by all who can do it, in turn, as often as there are rounds,
// and the processor time of the whole process tree is compared round by round.
// What a peer finds is counted where its output can be, and one that finds
// something else than the others is named. A peer that is not there is named too.
//
//	peers read NAME LIST
//
// is a peer itself: one of the readers in Go, over the files that a list names.
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) == 4 && os.Args[1] == "read" {
		if err := readList(os.Args[2], os.Args[3]); err != nil {
			fatal(err)
		}
		return
	}
	var b bench
	flag.StringVar(&b.corpus, "corpus", "", "what bench/peers/corpus made: root/ and macho/")
	flag.StringVar(&b.scratch, "scratch", "", "where bench/peers/run built abivet and least")
	flag.IntVar(&b.rounds, "rounds", 5, "how often each is run")
	flag.IntVar(&b.sample, "sample", 300, "how many ELF files the slow ones get")
	flag.BoolVar(&b.instructions, "instructions", false, "count instructions too, with perf or else valgrind; slow")
	flag.Parse()
	if b.corpus == "" || b.scratch == "" || b.rounds < 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := b.all(); err != nil {
		fatal(err)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "peers:", err)
	os.Exit(1)
}

// A bench is a run of all jobs.
type bench struct {
	corpus, scratch string
	rounds, sample  int
	instructions    bool
}

func (b *bench) all() error {
	elf, err := b.list("root", "\x7fELF")
	if err != nil {
		return err
	}
	macho, err := b.list("macho", "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "\xca\xfe\xba\xbe")
	if err != nil {
		return err
	}
	for _, job := range b.jobs(elf, macho) {
		if err := b.run(job); err != nil {
			return err
		}
	}
	return nil
}

// list returns the files of a directory that begin in one of some ways, in
// the order of their names.
func (b *bench) list(dir string, magics ...string) (names []string, err error) {
	err = filepath.WalkDir(filepath.Join(b.corpus, dir), func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		var start [18]byte
		n, _ := f.ReadAt(start[:], 0) // a shorter one is none of them
		is := slices.ContainsFunc(magics, func(m string) bool { return strings.HasPrefix(string(start[:n]), m) })
		if is && (start[0] != 0x7f || start[4] == 2 && start[5] == 1 && (start[16] == 2 || start[16] == 3)) && (start[0] != 0xca || start[7] < 40) {
			names = append(names, name)
		}
		return nil
	})
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s: no file in it", filepath.Join(b.corpus, dir))
	}
	return names, err
}

// tree links files into a directory of their own, for those who want one, and
// returns it and a list of them.
func (b *bench) tree(name string, files []string) (dir, list string, err error) {
	dir = filepath.Join(b.scratch, name)
	if err := os.RemoveAll(dir); err != nil {
		return "", "", err
	}
	var links []string
	for i, f := range files {
		link := filepath.Join(dir, fmt.Sprint(i), filepath.Base(f))
		if err := os.MkdirAll(filepath.Dir(link), 0o777); err != nil {
			return "", "", err
		}
		if err := os.Link(f, link); err != nil {
			return "", "", fmt.Errorf("%w: want the corpus on the same file system as the scratch directory", err)
		}
		links = append(links, link)
	}
	list = dir + ".lst"
	return dir, list, os.WriteFile(list, []byte(strings.Join(links, "\n")+"\n"), 0o666)
}
