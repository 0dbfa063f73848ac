package elfcheck

import (
	"debug/elf"
	"fmt"
	"io"
	"path/filepath"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/rawfile"
)

const (
	ptLoad    = elf.PT_LOAD
	ptDynamic = elf.PT_DYNAMIC
)

// ReadFile reads the named file.
func ReadFile(name string, want Want) (*File, error) {
	r, err := rawfile.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	size, regular, err := r.Size()
	if err != nil {
		return nil, err
	}
	if !regular {
		return nil, fmt.Errorf("%s: %w", name, abi.ErrFormat)
	}
	f, err := Read(r, size, want)
	if err == nil {
		f.Name = filepath.Base(name)
	}
	return f, err
}

// Read reads an ELF file of size bytes. It follows the program headers and
// PT_DYNAMIC as a loader does; section headers, which a loader never sees, are
// read of relocatable objects, which have nothing else. Of others they have to lie
// in the file: linkers and strip put them last, and a file cut short lacks them first.
//
// A file without the magic is [abi.ErrFormat], and so is one for a machine that
// is no processor of a user space, such as BPF. A damaged one, and a core
// dump, is an *[abi.FormatError].
func Read(r io.ReaderAt, size int64, want Want) (*File, error) {
	lean := want&WantRules != 0 && want&WantMentions == 0
	if want&WantInstructions != 0 || want&(WantLuaJIT|WantExtensions) != 0 && !lean {
		want |= WantImports
	}
	return read(r, size, want, nil)
}

// EachSymbol reads a linked file as [Read] does with WantSymbols, WantRefs,
// WantRelocations and WantLoading beside what else is wanted, and gives its dynamic symbols to do, one after the other, instead of
// keeping them: a library has thousands, of which a process asks for a few. The
// name stands for the duration of the call alone, and is not in the symbol.
func EachSymbol(r io.ReaderAt, size int64, want Want, do func(name []byte, s *Symbol, imported bool)) (*File, error) {
	return read(r, size, want|WantSymbols|WantRefs|WantRelocations|WantLoading, do)
}

func read(r io.ReaderAt, size int64, want Want, each func([]byte, *Symbol, bool)) (*File, error) {
	s := scratches.Get().(*scratch)
	defer s.release()
	s.spare.collect()
	s.own = decoder{scratch: s, r: r, size: size, want: want, f: &File{}, each: each}
	d := &s.own
	if err := d.header(); err != nil {
		return nil, err
	}
	var err error
	if want&WantLoading != 0 {
		d.f.Loading = &Loading{Headers: d.word(d.head[24+d.wordSize():])}
	}
	if d.f.Kind == Object {
		err = d.object(want)
	} else {
		err = d.image(want)
	}
	if err != nil {
		return nil, err
	}
	d.family()
	if want&WantLuaJIT != 0 {
		if err := d.luaJIT(want); err != nil {
			return nil, err
		}
	}
	if want&WantGo != 0 {
		if err := d.goBuild(); err != nil {
			return nil, err
		}
		d.f.osByGo()
	}
	if want&WantNameService != 0 {
		if err := d.nameService(); err != nil {
			return nil, err
		}
	}
	if want&WantInstructions != 0 {
		if err := d.instructions(); err != nil {
			return nil, err
		}
	}
	if want&WantExtensions != 0 {
		if err := d.extensions(want); err != nil {
			return nil, err
		}
	}
	return d.f, nil
}

// image reads a linked file.
func (d *decoder) image(want Want) error {
	if d.f.Loading == nil {
		if err := d.sectionsInFile(); err != nil {
			return err
		}
	}
	if d.hollow() {
		if !d.separated() {
			if err := d.checkSegments(); err != nil {
				return err
			}
			if d.f.Loading == nil {
				return d.damaged(0, "no PT_LOAD takes anything from the file: nothing could be loaded")
			}
		}
		d.f.Kind = DebugInfo
		return d.notes()
	}
	err := d.linked(want)
	if (err != nil || d.f.Dynamic && d.dyn.strtab == 0) && d.separated() {
		d.f = &File{} // what the tables seemed to say is void
		err = d.header()
		d.f.Kind = DebugInfo
	}
	return err
}

func (d *decoder) linked(want Want) error {
	if err := d.checkSegments(); err != nil {
		return err
	}
	if err := d.notes(); err != nil {
		return err
	}
	if err := d.dynamicTable(); err != nil {
		return err
	}
	if err := d.ofVersions(d.versions()); err != nil {
		return err
	}
	if want&WantTextRelocations != 0 && d.f.DynFlags&elf.DF_TEXTREL != 0 {
		want |= WantRelocations
	}
	if want&(WantRelocations|WantRefs) != 0 {
		if err := d.relocations(want); err != nil {
			return err
		}
	}
	if want&(WantSymbols|WantRules) != 0 {
		return d.dynamicSymbols(want)
	}
	return nil
}
