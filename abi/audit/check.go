package audit

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"runtime"
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/packages"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/elfcheck/ldso"
	"github.com/abivet/abivet/machocheck"
	"github.com/abivet/abivet/machocheck/dyld"
)

// ErrNothing says that no native file was found: nothing was checked, which is
// not a pass.
var ErrNothing = errors.New("no ELF or Mach-O file found")

// Options says what is asked of the files. The zero value runs the rules that
// need no target.
type Options struct {
	// Targets are the user spaces that every file must run in: each file is
	// judged against all sets that have its platform, and among these the C
	// library that it is linked with, where one has. In a package of several
	// platforms the files of others than all targets are passed over.
	Targets    []abi.TargetSet
	TargetName string // as it was asked for, for the report
	// Release runs the rules of hygiene and hardening too.
	Release bool
	// ISAScan runs the rule isa-used too, which has all code read and decoded.
	ISAScan bool
	// Only, where it is not empty, is the rules to run, and Disable is rules
	// not to run. An unknown ID is an *[UnknownRuleError].
	Only, Disable []string
	Workers       int // files read at the same time; 0 is as many as processors
	// MaxMemory bounds each file that has to be held in memory, in bytes,
	// because its fs.FS cannot read parts of it; 0 is 1 GiB. Files of the
	// machine are never held.
	MaxMemory int64
	// MaxHeld is about how many bytes of what was read of packages that are unpacked
	// below a directory are held until these end; 64 MiB where it is not positive. A package with more
	// is not judged, and its files are by themselves.
	MaxHeld int64
	// Space, where it is not nil, is the user space that ELF programs and
	// shared objects are laid out in with all that they bring; Load says in
	// what surroundings. Its Path and Outside are not looked at.
	Space *ldso.Space
	Load  ldso.Request
	// MachOSpace is the same for Mach-O files, a bundle, a package or a root,
	// and LoadMachO the surroundings. Of these, what the file and the target
	// say is not looked at: Path, Outside, Arch, Processor and Release.
	MachOSpace *dyld.Space
	LoadMachO  dyld.Request
	// Unpack, where it is not nil, opens a container of files as what it makes when it is
	// unpacked: what the files in it bring is judged as well then. One that makes
	// nothing is [abi.ErrFormat].
	Unpack func(name string, r io.ReaderAt, size int64) (Unpacked, error)
	// Within, where it is not empty, are directories of the user space that
	// every library must come from.
	Within []string
	// Supplied has names that other files of the same link define: no object
	// needs them from the system.
	Supplied map[string]bool
	// Progress, where it is not nil, is called after every candidate with
	// how many there were so far, native or not.
	Progress func(checked int)
}

// Unpacked is a container of files, unpacked.
type Unpacked struct {
	// FS is the directory that it makes where it stands or, where it is Installed,
	// Options.Space with the package in it: what a package of a distribution
	// holds belongs below /.
	FS        fs.FS
	Installed bool
	Close     func() error
}

// maxWorkers is more than helps on any machine: each holds buffers.
const maxWorkers = 256

// rulesWant is all facts that rules ask for.
var rulesWant = Want{
	ELF:   elfcheck.WantImports | elfcheck.WantTextRelocations | elfcheck.WantLuaJIT | elfcheck.WantGo | elfcheck.WantCallers | elfcheck.WantSupplies | elfcheck.WantExtensions | elfcheck.WantNameService,
	MachO: machocheck.WantRules | machocheck.WantLuaJIT | machocheck.WantGo | machocheck.WantSignature | machocheck.WantHashes | machocheck.WantExtensions,

	Packages: true,
	Bytecode: true,
}

// checked is what came of one candidate.
type checked struct {
	results []abi.Result
	lua     []luaFound
	in      *directory // and files of packages that may be unpacked there
	files   []packages.File
}

func workersOf(n int) int {
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	return min(n, maxWorkers)
}

// Check checks all sources and collects the results. With [ErrNothing] comes a
// report too, an empty one.
func Check(ctx context.Context, sources []Source, o Options) (*abi.Report, error) {
	report := &abi.Report{Target: o.TargetName}
	same := shared{}
	for result, err := range Results(ctx, sources, o) {
		if errors.Is(err, ErrNothing) {
			return report, err
		}
		if err != nil {
			return nil, err
		}
		result.Skipped = same.list(result.Skipped)
		report.Results = append(report.Results, result)
	}
	return report, nil
}

// Results yields the results one after another, in the order of the sources,
// and within these in that of names, slices and members; however many workers
// there are. Files are read as results are taken, so that a tree of any size
// fits in the same memory. Files of bytecode come last: whether a LuaJIT stands
// beside them is known then.
//
// It ends after the first error, which is of the options or the context, or
// [ErrNothing]. A file that could not be checked is a result, not an error.
func Results(ctx context.Context, sources []Source, o Options) iter.Seq2[abi.Result, error] {
	return func(yield func(abi.Result, error) bool) {
		rules, err := newRuleset(o)
		if err != nil {
			yield(abi.Result{}, err)
			return
		}
		want := rulesWant
		if slices.ContainsFunc(rules.elf, func(r abi.Rule[*elfcheck.File]) bool { return r.Costly }) {
			want.ELF |= elfcheck.WantInstructions
		}
		if !slices.ContainsFunc(rules.macho, func(r abi.Rule[*machocheck.File]) bool { return r.ID == "signature-damaged" }) {
			want.MachO &^= machocheck.WantHashes // which has every byte read
		}
		o.Load.Symbols = slices.ContainsFunc(rules.process, func(r abi.Rule[*ldso.Process]) bool { return r.ID == "symbol-interposed" })
		r, j := reader{want: want, memory: o.MaxMemory, given: o.Supplied}, &judge{rules: rules, targets: o.Targets, options: o, hosts: new(hosts)}
		if !forbids(o.Targets) {
			r.lean = new(lean)
		}
		check := func(c candidate) (one checked) {
			var archives members
			in := &laidOut{options: &j.options, from: c}
			defer in.release()
			one.in = c.in
			r.read(ctx, c, func(e Entry) {
				if lua, ok := newLuaFound(c, e); ok {
					one.lua = append(one.lua, lua)
				}
				if e.Bytecode != nil {
					return
				}
				if e.Package != nil {
					forgive(one.results, e.Package)
					j.passOver(e.Package, one.results, false)
				}
				f, held := c.inPackage(e)
				if held {
					one.files = append(one.files, f)
				}
				result := j.result(e)
				if len(result.Findings) > 0 && r.whole(&e) {
					result = j.result(e)
				}
				archives.add(j, len(one.results), e, &result)
				j.load(&result, e, in)
				one.results = append(one.results, result)
				if len(one.files) == 0 && e.Container == "" && e.Member == "" {
					e.recycle() // packages, of any slice of a file, and archives hold their files
				}
			})
			if none, ok := in.none(); ok {
				one.results = append(one.results, none)
			}
			archives.join(one.results)
			return one
		}
		found, looked := false, 0
		var lua chunks
		unpacked := unpacked{judge: j}
		for one := range ordered(ctx, workersOf(o.Workers), candidates(sources), check) {
			lua.add(one.lua)
			looked++
			if o.Progress != nil {
				o.Progress(looked)
			}
			for _, result := range unpacked.add(one) {
				found = true
				if !yield(result, nil) {
					return
				}
			}
		}
		if err := context.Cause(ctx); err != nil {
			yield(abi.Result{}, err)
			return
		}
		for _, result := range unpacked.close() {
			found = true
			if !yield(result, nil) {
				return
			}
		}
		judged := func(r abi.Result) bool { found = true; return yield(r, nil) }
		if lua.judge(j, judged) && !found {
			yield(abi.Result{}, ErrNothing)
		}
	}
}

// Read yields what the sources say of themselves, in the order of [Results],
// and judges nothing. Packages that are unpacked below a directory stand behind
// their files, if they are wanted. A source that is named and not native yields an entry
// with an error.
func Read(ctx context.Context, sources []Source, want Want) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		type one struct {
			entries []Entry
			in      *directory
			files   []packages.File
		}
		r := reader{want: want}
		read := func(c candidate) (o one) {
			o.in = c.in
			r.read(ctx, c, func(e Entry) {
				o.entries = append(o.entries, e)
				if f, ok := c.inPackage(e); ok && want.Packages {
					o.files = append(o.files, f)
				}
			})
			return o
		}
		var open opened
		for o := range ordered(ctx, workersOf(want.Workers), candidates(sources), read) {
			for _, e := range open.leave(o.in) {
				if !yield(e) {
					return
				}
			}
			open.add(o.in, o.files)
			for _, e := range o.entries {
				if !yield(e) {
					return
				}
			}
		}
		for _, e := range open.leave(nil) {
			if !yield(e) {
				return
			}
		}
	}
}

// forbids reports whether a target forbids symbols by their names.
func forbids(sets []abi.TargetSet) bool {
	return slices.ContainsFunc(sets, func(set abi.TargetSet) bool {
		return slices.ContainsFunc(set, func(t abi.Target) bool { return len(t.Forbidden) > 0 })
	})
}

// candidates yields those of all sources. A path of the machine that is given
// twice counts once.
func candidates(sources []Source) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		seen := map[string]bool{}
		for _, s := range sources {
			if s.FS == nil {
				if seen[s.root()] {
					continue
				}
				seen[s.root()] = true
			}
			for c := range s.candidates {
				if !yield(c) {
					return
				}
			}
		}
	}
}
