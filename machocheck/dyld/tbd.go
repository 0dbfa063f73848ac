package dyld

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Stub is one library of an SDK: what a .tbd file says that the real one
// exports. It is plain data.
type Stub struct {
	InstallName string
	Exports     []StubExports
}

// StubExports is what a library exports for some architectures.
type StubExports struct {
	Archs     []string // as lipo names them
	Symbols   []string // as they stand in files, with the underscore of C
	Reexports []string // install names
}

const (
	// maxTBD bounds a .tbd file. The largest of Apple's have 5 MB.
	maxTBD = 64 << 20

	// maxTBDNames bounds all names of a file together, which may not be more
	// than its bytes: a class stands for two symbols.
	maxTBDNames = 8
)

var errTBD = errors.New("not a .tbd file")

// ReadTBD reads a text-based stub: the YAML of versions 1 to 4, as much of it as
// Apple's tools write, or the JSON of version 5. A file may have several
// libraries; the first is the one it is named after.
func ReadTBD(data []byte) ([]Stub, error) {
	if len(data) > maxTBD {
		return nil, fmt.Errorf("%d bytes: want %d at most", len(data), maxTBD)
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	if strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") {
		return readTBDJSON([]byte(text))
	}
	return readTBDText(text)
}

// archOfTarget takes the architecture out of arm64e-macos and the like. That a
// stub names targets of several systems is left aside unless it is a simulator.
func archOfTarget(target string) string {
	arch, system, _ := strings.Cut(target, "-")
	if system != "" && system != "macos" && system != "macosx" {
		return "" // of Mac Catalyst and others: asked by no process here
	}
	return arch
}

func archsOf(targets []string) []string {
	var archs []string
	for _, t := range targets {
		if arch := archOfTarget(t); arch != "" && !slices.Contains(archs, arch) {
			archs = append(archs, arch)
		}
	}
	return archs
}

// classSymbols are what a class of Objective-C exports.
func classSymbols(class string) []string {
	return []string{"_OBJC_CLASS_$_" + class, "_OBJC_METACLASS_$_" + class}
}

// add takes the names of one kind.
func (e *StubExports) add(kind string, names []string, old bool) {
	switch kind {
	case "symbols", "weak-symbols", "weak-def-symbols", "thread-local-symbols", "global", "weak", "thread_local":
		for _, name := range names {
			if !strings.HasPrefix(name, "$ld$") { // is for the linker
				e.Symbols = append(e.Symbols, name)
			}
		}
	case "objc-classes", "objc_class":
		for _, name := range names {
			e.Symbols = append(e.Symbols, classSymbols(plainName(name, old))...)
		}
	case "objc-eh-types", "objc_eh_type":
		for _, name := range names {
			e.Symbols = append(e.Symbols, "_OBJC_EHTYPE_$_"+plainName(name, old))
		}
	case "objc-ivars", "objc_ivar":
		for _, name := range names {
			e.Symbols = append(e.Symbols, "_OBJC_IVAR_$_"+plainName(name, old))
		}
	case "re-exports", "libraries":
		e.Reexports = append(e.Reexports, names...)
	}
}

// plainName takes off the underscore that names of Objective-C have in the first
// two versions.
func plainName(name string, old bool) string {
	if old {
		return strings.TrimPrefix(name, "_")
	}
	return name
}

// The JSON of version 5.
type (
	tbdFile struct {
		Version   int          `json:"tapi_tbd_version"`
		Main      *tbdLibrary  `json:"main_library"`
		Libraries []tbdLibrary `json:"libraries"`
	}
	tbdLibrary struct {
		Targets []struct {
			Target string `json:"target"`
		} `json:"target_info"`
		Names []struct {
			Name string `json:"name"`
		} `json:"install_names"`
		Reexported []struct {
			Targets []string `json:"targets"`
			Names   []string `json:"names"`
		} `json:"reexported_libraries"`
		Exported  []tbdSymbols `json:"exported_symbols"`
		Forwarded []tbdSymbols `json:"reexported_symbols"`
	}
	tbdSymbols struct {
		Targets []string            `json:"targets"`
		Text    map[string][]string `json:"text"`
		Data    map[string][]string `json:"data"`
	}
)

func readTBDJSON(data []byte) ([]Stub, error) {
	var f tbdFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("%w: %w", errTBD, err)
	}
	if f.Main == nil {
		return nil, fmt.Errorf("%w: no main_library", errTBD)
	}
	var stubs []Stub
	for _, lib := range append([]tbdLibrary{*f.Main}, f.Libraries...) {
		stub, err := lib.stub()
		if err != nil {
			return nil, err
		}
		stubs = append(stubs, stub)
	}
	return stubs, nil
}

func (lib tbdLibrary) stub() (Stub, error) {
	if len(lib.Names) == 0 || lib.Names[0].Name == "" {
		return Stub{}, fmt.Errorf("%w: a library without an install name", errTBD)
	}
	stub := Stub{InstallName: lib.Names[0].Name}
	var all []string
	for _, t := range lib.Targets {
		all = append(all, t.Target)
	}
	targets := func(own []string) []string {
		if len(own) == 0 {
			own = all
		}
		return archsOf(own)
	}
	for _, r := range lib.Reexported {
		stub.Exports = append(stub.Exports, StubExports{Archs: targets(r.Targets), Reexports: r.Names})
	}
	for _, group := range append(slices.Clone(lib.Exported), lib.Forwarded...) {
		e := StubExports{Archs: targets(group.Targets)}
		for _, kinds := range []map[string][]string{group.Text, group.Data} {
			for _, kind := range []string{"global", "weak", "thread_local", "objc_class", "objc_eh_type", "objc_ivar"} {
				e.add(kind, kinds[kind], false)
			}
		}
		stub.Exports = append(stub.Exports, e)
	}
	return stub, nil
}
