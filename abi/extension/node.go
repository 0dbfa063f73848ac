package extension

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/endian"
)

var nodeModule = compiled(`^node_register_module_v(\d+)$`)

// lookNode tells the version of Node-API, and what the file asks for beside it:
// the classes of V8 and of Node.js change with every major release, and the
// number of these, NODE_MODULE_VERSION, is in the name of the entry, or in the
// structure that a constructor hands to node_module_register.
func lookNode(info *Info, img Image) error {
	var err error
	for _, name := range info.Entries {
		if m := nodeModule().FindStringSubmatch(name); m != nil {
			info.Built = m[1]
		}
		if begins(name, nodeDeclares) && img.Code != nil {
			info.Declared, err = img.declaredNodeAPI(name)
		}
		if err != nil {
			return err
		}
		if name == nodeRegister && info.Built == "" {
			info.Built, err = img.nodeModuleVersion()
		}
	}
	info.Floor, info.Raise, info.Outside = inNodeAPI(img.Imported)
	return err
}

// nodeDeclares returns NAPI_VERSION of the build (node_api.h).
const nodeDeclares = "node_api_module_get_api_version_v"

// nodeAPIMost is above every version: what is built for the experimental parts
// of the interface declares INT_MAX, which every Node.js takes.
const nodeAPIMost = 1 << 10

func (img Image) declaredNodeAPI(name string) (abi.Version, error) {
	var b [24]byte
	n, err := img.Code(name, b[:])
	if err != nil {
		return "", err
	}
	version, ok := returned(b[:n])
	if !ok || version == 0 || version >= nodeAPIMost {
		return "", nil
	}
	return abi.Version(strconv.FormatUint(uint64(version), 10)), nil
}

// byNodeAPI reports whether a file is entered as Node-API has it: no version of
// Node.js is asked for then, whatever names of V8 it uses beside.
func (x Info) byNodeAPI() bool {
	for _, name := range x.Entries {
		if begins(name, "napi_register_module_v") || name == napiRegister {
			return true
		}
	}
	return false
}

// A Pointer is a place that the loader writes an address into.
type Pointer struct {
	Place uint64
	// To is the address, where the file itself has what is there; Own says so.
	To  uint64
	Own bool
}

// maxPointers bounds how many are kept of one file. The largest addon of those
// registered by a constructor has a tenth of it.
const maxPointers = 1 << 20

var errPointers = errors.New("more pointers than are kept")

// nodeModuleVersion looks for the node_module of an addon (node.h): its number
// and flags, a file name, a function, and the addon's name, known by where the
// loader writes addresses into it and where it does not. Where there is none, or
// several that differ, the answer is empty.
func (img Image) nodeModuleVersion() (string, error) {
	if img.Pointers == nil {
		return "", nil
	}
	to := map[uint64]Pointer{}
	err := img.Pointers(func(p Pointer) error {
		if len(to) == maxPointers {
			return errPointers
		}
		to[p.Place] = p
		return nil
	})
	if errors.Is(err, errPointers) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	found, word := "", uint64(img.PointerSize)
	for place, file := range to {
		at := place - 8 - word // nm_version, nm_flags and nm_dso_handle are before it
		has := func(n uint64) bool { _, ok := to[at+8+n*word]; return ok }
		name, named := to[at+8+4*word]
		switch {
		case !file.Own || !named || !name.Own:
		case has(0) || has(6) || !has(2) && !has(3): // a handle, a link; no function
		case at+4 > place: // around the end of all addresses
		default:
			version, err := img.nodeModule(at, file.To, name.To)
			if err != nil {
				return "", err
			}
			if found != "" && version != "" && version != found {
				return "", nil
			}
			if version != "" {
				found = version
			}
		}
	}
	return found, nil
}

// nodeModule reads what a node_module says, or "" where it is none.
func (img Image) nodeModule(at, file, name uint64) (string, error) {
	order := endian.Order(img.BigEndian)
	var head [8]byte
	if ok, err := img.ReadAt(head[:], at); !ok || err != nil {
		return "", err
	}
	version := order.Uint32(head[:])
	if order.Uint32(head[4:]) != 0 || version < 11 || version > 999 { // 11 is of Node.js 0.10
		return "", nil
	}
	source, err := img.text(file)
	if err != nil || !isSource(source) {
		return "", err
	}
	module, err := img.text(name)
	if err != nil || module == "" {
		return "", err
	}
	return strconv.FormatUint(uint64(version), 10), nil
}

// isSource reports whether a text may be __FILE__ of C or C++.
func isSource(name string) bool {
	for _, suffix := range [...]string{".cc", ".cpp", ".cxx", ".c", ".C", ".mm", ".m", ".h", ".hpp", ".hh"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// text reads a text of printable letters that ends with a NUL.
func (img Image) text(at uint64) (string, error) {
	const most = 1 << 10
	var b [most]byte
	for size := most; size >= 8; size /= 2 { // it may stand at the end of its segment
		ok, err := img.ReadAt(b[:size], at)
		if err != nil {
			return "", err
		}
		if !ok {
			continue
		}
		text, _, ended := bytes.Cut(b[:size], []byte{0})
		if !ended || bytes.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return "", nil
		}
		return string(text), nil
	}
	return "", nil
}

// inNodeAPI tells the lowest version of Node-API that has all its functions among
// some imports, which of them make it so, and what is asked of V8 and of Node.js
// beside it. Other names are passed over.
func inNodeAPI(imports []string) (floor abi.Version, raise, outside []string) {
	table := nodeAPI()
	return floorOf(imports, func(name string) (since abi.Version, in, is bool) {
		known, ok := table[name]
		return abi.Version(known), ok, ok || isNodeName(name)
	})
}

// isNodeName knows the functions of V8 and of Node.js, and Node-API's by their
// beginnings.
func isNodeName(name string) bool {
	return begins(name, "napi_", "node_api_", nodeRegister) || isNodeCXX(name)
}
