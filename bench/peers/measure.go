package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A job is some work that several can do.
type job struct {
	name  string
	files int // that CPU time is shared among
	peers []peer
}

// A peer does a job. The first of a job is the bar, and the one named abivet is
// what is held against it.
type peer struct {
	name  string
	needs string // the program that has to be there
	shell string
	// count finds in the output what was found; nil where that cannot be told.
	count func(out []byte) counts
	note  string // what it does less or more
	once  bool   // too slow for every round
	finds bool   // exit 1 says that it found something
}

// counts are what must be the same for all who do a job.
type counts struct{ needed, undefined int }

const unknown = -1

type result struct {
	cpu  time.Duration
	code int
}

func (p peer) run(out *os.File) (result, error) {
	c := exec.Command("sh", "-c", p.shell)
	if out != nil {
		c.Stdout, c.Stderr = out, out
	}
	err := c.Run()
	if c.ProcessState == nil {
		return result{}, err
	}
	return result{c.ProcessState.UserTime() + c.ProcessState.SystemTime(), c.ProcessState.ExitCode()}, nil
}

// memory is how many MiB a peer takes, as time(1) sees it: what the kernel
// tells of a child of this process begins with what this process takes.
func (p peer) memory() string {
	var out bytes.Buffer
	c := exec.Command("time", "-f", "RSS %M", "sh", "-c", p.shell+" >/dev/null 2>&1")
	c.Stderr = &out
	_ = c.Run() // its exit code is the peer's
	if _, after, ok := strings.Cut(out.String(), "RSS "); ok {
		if kib, err := strconv.Atoi(strings.TrimSpace(after)); err == nil {
			return fmt.Sprintf("%.1f", float64(kib)/1024)
		}
	}
	return "?"
}

func (b *bench) run(j job) error {
	fmt.Printf("\n== %s (%d files, load %s)\n", j.name, j.files, load())
	var there []peer
	for _, p := range j.peers {
		if _, err := exec.LookPath(p.needs); p.needs != "" && err != nil {
			fmt.Printf("!! NOT MEASURED: %s, for want of %s\n", p.name, p.needs)
			continue
		}
		there = append(there, p)
	}
	if err := b.equal(there); err != nil {
		return err
	}
	times := make([][]result, len(there))
	for round := range b.rounds {
		for i := range there {
			if round%2 == 1 {
				i = len(there) - 1 - i
			}
			if there[i].once && round > 0 {
				continue
			}
			r, err := there[i].run(nil)
			if err != nil {
				return fmt.Errorf("%s: %w", there[i].name, err)
			}
			times[i] = append(times[i], r)
		}
	}
	fmt.Printf("%-24s %10s %10s %8s   %s\n", "", "us/file", "median", "MiB", "times "+there[0].name+": minimum, median, maximum of the rounds")
	for i, p := range there {
		memory := "?"
		if !p.once {
			memory = p.memory()
		}
		fmt.Println(row(p, times[i], times[0], j.files, memory) + b.counted(p, j.files))
	}
	return nil
}

// equal runs every peer once, which warms the cache too, and compares what it
// finds.
func (b *bench) equal(peers []peer) error {
	found := map[counts][]string{}
	for _, p := range peers {
		if p.count == nil && p.once {
			continue
		}
		out, err := os.Create(filepath.Join(b.scratch, "output"))
		if err != nil {
			return err
		}
		_, err = p.run(out)
		if err := errors.Join(err, out.Close()); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if p.count == nil {
			continue
		}
		text, err := os.ReadFile(out.Name())
		if err != nil {
			return err
		}
		c := p.count(text)
		found[c] = append(found[c], p.name)
	}
	for c, names := range found {
		fmt.Printf("%d needed, %s undefined: %s\n", c.needed, orUnknown(c.undefined), strings.Join(names, ", "))
	}
	for a := range found {
		for b := range found {
			if a.needed != b.needed || a.undefined != b.undefined && a.undefined != unknown && b.undefined != unknown {
				fmt.Println("!! NOT THE SAME WORK: the counts differ")
				return nil
			}
		}
	}
	return nil
}

func orUnknown(n int) string {
	if n == unknown {
		return "?"
	}
	return strconv.Itoa(n)
}

func row(p peer, times, bar []result, files int, memory string) string {
	var us, ratios []float64
	code := 0
	for i, t := range times {
		us = append(us, float64(t.cpu.Nanoseconds())/1e3/float64(files))
		ratios = append(ratios, float64(t.cpu)/max(float64(bar[i].cpu), 1))
		code = max(code, t.code)
	}
	slices.Sort(us)
	slices.Sort(ratios)
	s := fmt.Sprintf("%-24s %10.1f %10.1f %8s   %.2f %.2f %.2f", p.name, us[0], us[len(us)/2], memory, ratios[0], ratios[len(ratios)/2], ratios[len(ratios)-1])
	if p.note != "" {
		s += "   (" + p.note + ")"
	}
	if code > 3 || code > 0 && !p.finds {
		s += fmt.Sprintf("   !! exit %d, which may be of less work", code)
	}
	return s
}

// counted says how many instructions a peer takes, where it was asked.
func (b *bench) counted(p peer, files int) string {
	if !b.instructions || p.once {
		return ""
	}
	var out bytes.Buffer
	perf := exec.Command("perf", "stat", "-x,", "-e", "instructions:u", "sh", "-c", p.shell+" >/dev/null 2>&1")
	perf.Stderr = &out
	if perf.Run() == nil {
		if n, err := strconv.ParseFloat(strings.SplitN(out.String(), ",", 2)[0], 64); err == nil {
			return fmt.Sprintf("   %.0f instructions/file", n/float64(files))
		}
	}
	grind := exec.Command("sh", "-c", "GODEBUG=asyncpreemptoff=1 exec valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-fd=9 "+p.shell+" 9>&2 >/dev/null 2>/dev/null")
	out.Reset()
	grind.Stderr = &out
	_ = grind.Run() // its exit code is the peer's
	if _, after, ok := strings.Cut(out.String(), "Collected : "); ok {
		if n, err := strconv.ParseFloat(strings.Fields(after)[0], 64); err == nil {
			return fmt.Sprintf("   %.0f instructions/file by valgrind", n/float64(files))
		}
	}
	return "   !! NO INSTRUCTIONS: neither perf nor valgrind counted any"
}

func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Fields(string(b))[0]
}
