package machocheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/blacktop/go-macho/types"

	"github.com/abivet/abivet/abi"
)

// commandName is for messages.
func commandName(kind types.LoadCmd) string {
	if kind == types.LC_DYLD_INFO_ONLY {
		return "LC_DYLD_INFO_ONLY" // the stringer has the same word for both
	}
	return fmt.Sprintf("%v", kind)
}

// command reads one load command.
func (d *decoder) command(c command) (err error) {
	f := d.file
	d.once(c.kind)
	switch c.kind {
	case types.LC_SEGMENT, types.LC_SEGMENT_64:
		return d.segment(c)
	case types.LC_LOAD_DYLIB, types.LC_LOAD_WEAK_DYLIB, types.LC_REEXPORT_DYLIB,
		types.LC_LOAD_UPWARD_DYLIB, types.LC_LAZY_LOAD_DYLIB:
		lib, err := d.dylib(c)
		if f.Dylibs == nil {
			f.Dylibs = d.spare.Dylibs
		}
		f.Dylibs = append(f.Dylibs, lib)
		return err
	case types.LC_ID_DYLIB:
		f.ID, err = d.dylib(c)
	case types.LC_RPATH:
		path, err := d.str(c, 8)
		f.RPaths = append(f.RPaths, path)
		return err
	case types.LC_LOAD_DYLINKER:
		f.Dylinker, err = d.str(c, 8)
	case types.LC_DYLD_ENVIRONMENT:
		variable, err := d.str(c, 8)
		f.Environment = append(f.Environment, variable)
		return err
	case types.LC_UUID:
		return d.uuid(c)
	case types.LC_BUILD_VERSION, types.LC_VERSION_MIN_MACOSX, types.LC_VERSION_MIN_IPHONEOS,
		types.LC_VERSION_MIN_TVOS, types.LC_VERSION_MIN_WATCHOS:
		return d.build(c)
	case types.LC_MAIN:
		f.Entry = EntryMain
		if err = d.need(c, 24); err == nil {
			d.start = span{d.big.Uint64(c.raw[8:]), 1}
		}
	case types.LC_UNIXTHREAD:
		f.Entry = EntryThread
	case types.LC_ENCRYPTION_INFO, types.LC_ENCRYPTION_INFO_64:
		if err = d.need(c, 20); err == nil && d.big.Uint32(c.raw[16:]) != 0 {
			f.Encrypted = true
		}
	case types.LC_LINKER_OPTION:
		return d.linkerOption(c)
	default:
		return d.linkEdit(c)
	}
	return err
}

// once notes a command that stands for the second time.
func (d *decoder) once(kind types.LoadCmd) {
	f, again := d.file, false
	switch kind {
	case types.LC_ID_DYLIB:
		again = f.ID.Name != ""
	case types.LC_UUID:
		again = f.UUID != ""
	case types.LC_LOAD_DYLINKER:
		again = f.Dylinker != ""
	case types.LC_MAIN, types.LC_UNIXTHREAD:
		again = f.Entry != ""
	case types.LC_CODE_SIGNATURE:
		again = f.Signature.Present
	}
	if !again {
		return
	}
	if name := commandName(kind); !slices.Contains(f.Repeated, name) {
		f.Repeated = append(f.Repeated, name)
	}
}

// linkerOption reads what an object asks of the linker: -framework, Cocoa.
func (d *decoder) linkerOption(c command) error {
	if err := d.need(c, 12); err != nil {
		return err
	}
	count, text := d.big.Uint32(c.raw[8:]), string(c.raw[12:])
	if int64(count) > int64(len(text)) {
		return d.bad(c.at+8, "%s of %d words: its %d bytes have no room for them", commandName(c.kind), count, len(c.raw))
	}
	words := make([]string, count)
	for i := range words {
		end := strings.IndexByte(text, 0)
		if end < 0 {
			return d.bad(c.at+8, "word %d of %s has no end in its command", i, commandName(c.kind))
		}
		words[i], text = text[:end], text[end+1:]
	}
	d.file.LinkerOptions = append(d.file.LinkerOptions, words)
	return nil
}

// linkEdit reads the commands that point into the segment __LINKEDIT.
func (d *decoder) linkEdit(c command) (err error) {
	f := d.file
	switch c.kind {
	case types.LC_CODE_SIGNATURE:
		d.signed, err = d.span(c, 8)
		f.Signature = Signature{Present: true, Offset: d.signed.offset, Size: d.signed.size}
	case types.LC_DYLD_EXPORTS_TRIE:
		f.ExportsTrie = true
		d.trie, err = d.span(c, 8)
	case types.LC_DYLD_CHAINED_FIXUPS:
		f.ChainedFixups = true
		d.chains, err = d.span(c, 8)
	case types.LC_DYLD_INFO, types.LC_DYLD_INFO_ONLY:
		f.DyldInfo = true
		return d.dyldInfo(c)
	case types.LC_SYMTAB:
		return d.symtabCommand(c)
	case types.LC_DYSYMTAB:
		return d.dysymtabCommand(c)
	case types.LC_SEGMENT_SPLIT_INFO:
		var s span
		s, err = d.span(c, 8)
		f.SplitInfo = s.size > 0
	case types.LC_FUNCTION_STARTS, types.LC_DATA_IN_CODE,
		types.LC_DYLIB_CODE_SIGN_DRS, types.LC_LINKER_OPTIMIZATION_HINT, types.LC_ATOM_INFO,
		types.LC_FUNCTION_VARIANTS, types.LC_FUNCTION_VARIANT_FIXUPS, types.LC_LAZY_LOAD_DYLIB_INFO:
		_, err = d.span(c, 8)
	default:
		if !ignored(c.kind) {
			f.Unknown = append(f.Unknown, uint32(c.kind))
		}
	}
	return err
}

// ignored reports whether a command is known and of no interest.
func ignored(kind types.LoadCmd) bool {
	switch kind {
	case types.LC_THREAD, types.LC_SYMSEG, types.LC_LOADFVMLIB, types.LC_IDFVMLIB, types.LC_IDENT,
		types.LC_FVMFILE, types.LC_PREPAGE, types.LC_ID_DYLINKER, types.LC_PREBOUND_DYLIB,
		types.LC_ROUTINES, types.LC_ROUTINES_64, types.LC_SUB_FRAMEWORK, types.LC_SUB_UMBRELLA,
		types.LC_SUB_CLIENT, types.LC_SUB_LIBRARY, types.LC_TWOLEVEL_HINTS, types.LC_PREBIND_CKSUM,
		types.LC_SOURCE_VERSION, types.LC_NOTE, types.LC_FILESET_ENTRY,
		types.LC_TARGET_TRIPLE:
		return true
	}
	return false
}

var links = map[types.LoadCmd]Link{
	types.LC_LOAD_WEAK_DYLIB:   Weak,
	types.LC_REEXPORT_DYLIB:    Reexport,
	types.LC_LOAD_UPWARD_DYLIB: Upward,
	types.LC_LAZY_LOAD_DYLIB:   Lazy,
}

// A load command of the newer form has this where the older one has a time
// stamp that nobody reads, and flags behind its versions.
const dylibUseMarker = 0x1a741800

func (d *decoder) dylib(c command) (Dylib, error) {
	if err := d.need(c, 24); err != nil {
		return Dylib{}, err
	}
	name, err := d.str(c, 8)
	if err != nil {
		return Dylib{}, err
	}
	lib := Dylib{
		Name:          name,
		Current:       libraryVersion(d.big.Uint32(c.raw[16:])),
		Compatibility: libraryVersion(d.big.Uint32(c.raw[20:])),
		Link:          links[c.kind],
	}
	if c.kind != types.LC_ID_DYLIB && d.big.Uint32(c.raw[12:]) == dylibUseMarker && d.big.Uint32(c.raw[8:]) == 28 {
		switch flags := d.big.Uint32(c.raw[24:]); {
		case flags&1 != 0:
			lib.Link = Weak
		case flags&2 != 0:
			lib.Link = Reexport
		case flags&4 != 0:
			lib.Link = Upward
		case flags&8 != 0:
			lib.Link = Delayed
		}
	}
	return lib, nil
}

// dyldInfo reads the five spans of the older form of fixups and exports.
func (d *decoder) dyldInfo(c command) error {
	for field := 8; field < 48; field += 8 {
		s, err := d.span(c, field)
		if err != nil {
			return err
		}
		switch {
		case field == 8:
			d.rebases = s
		case field == 40 && s.size > 0:
			d.trie = s
		case field < 40:
			d.binds[field/8-2] = s
		}
	}
	return nil
}

func (d *decoder) uuid(c command) error {
	if err := d.need(c, 24); err != nil {
		return err
	}
	const digits = "0123456789ABCDEF"
	s := make([]byte, 0, 36)
	for i, b := range c.raw[8:24] {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			s = append(s, '-')
		}
		s = append(s, digits[b>>4], digits[b&15])
	}
	d.file.UUID = string(s)
	return nil
}

var oldSystems = map[types.LoadCmd]string{
	types.LC_VERSION_MIN_MACOSX:   darwin,
	types.LC_VERSION_MIN_IPHONEOS: "ios",
	types.LC_VERSION_MIN_TVOS:     "tvos",
	types.LC_VERSION_MIN_WATCHOS:  "watchos",
}

// Tools of mach-o/loader.h: Apple's linker and LLVM's.
const (
	toolLD  = 3
	toolLLD = 4
)

func (d *decoder) build(c command) error {
	if c.kind != types.LC_BUILD_VERSION {
		if err := d.need(c, 16); err != nil {
			return err
		}
		d.file.Builds = append(d.file.Builds, Build{
			OS: oldSystems[c.kind], MinOS: releaseOf(d.big.Uint32(c.raw[8:])), SDK: releaseOf(d.big.Uint32(c.raw[12:])), Old: true,
		})
		return nil
	}
	if err := d.need(c, 24); err != nil {
		return err
	}
	tools := d.big.Uint32(c.raw[20:])
	if int64(tools)*8 > int64(len(c.raw)-24) {
		return d.bad(c.at+20, "%s with %d tools: its %d bytes have room for %d", commandName(c.kind), tools, len(c.raw), (len(c.raw)-24)/8)
	}
	var linker abi.Version
	for t := c.raw[24 : 24+8*tools]; len(t) > 0; t = t[8:] {
		tool, version := d.big.Uint32(t), d.big.Uint32(t[4:])
		if tool == toolLD && version != 0 {
			linker = releaseOf(version)
		}
		d.fillsGaps = d.fillsGaps || tool == toolLD || tool == toolLLD
	}
	d.file.Builds = append(d.file.Builds, Build{
		OS:    systemOf(types.Platform(d.big.Uint32(c.raw[8:]))),
		MinOS: releaseOf(d.big.Uint32(c.raw[12:])),
		SDK:   releaseOf(d.big.Uint32(c.raw[16:])),

		Linker: linker,
	})
	return nil
}
