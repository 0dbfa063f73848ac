package extension

import "github.com/abivet/abivet/abi"

// A Host is what an extension is loaded by.
type Host string

// The hosts.
const (
	CPython    Host = "CPython"
	PyPy       Host = "PyPy"
	Ruby       Host = "Ruby"
	Perl       Host = "Perl"
	PHP        Host = "PHP"
	Node       Host = "Node.js"
	Java       Host = "Java"
	Lua        Host = "Lua"
	R          Host = "R"
	Erlang     Host = "Erlang"
	PostgreSQL Host = "PostgreSQL"
	Go         Host = "Go"
)

// An Info is what a file is as an extension of one host. It is plain data.
type Info struct {
	Host Host
	// Entries are the functions that the host enters the file by, sorted. A
	// library of Java may have thousands: a few of them stand for all.
	Entries []string
	// Built is what the file says it is built for in the host's own words:
	// API20220829,NTS of PHP, v5.36.0 of Perl, 108 of Node.js. It is empty
	// where the file does not say so: the name of an extension of CPython does.
	Built string
	// Floor is the oldest version of the host's stable interface that has all
	// that the file asks of it: the release of CPython's stable ABI, the
	// version of Node-API, or that of Erlang's NIF interface, which the file
	// names itself. It is empty where the host has none or the file does
	// not keep to it.
	Floor abi.Version
	// Declared is the version of Node-API that the file says it is built for, in
	// a function that returns it, where that could be read. From 18.17 and 20.3
	// on, which have 9, Node.js refuses a newer one than its own.
	Declared abi.Version
	// Raise are the names that make Floor what it is, or where there is none
	// those that make Releases what they are.
	Raise []string
	// Outside are the names that the file asks of its host and that are not of
	// the stable interface, sorted.
	Outside []string
	// Releases are those of the host that have all that the file asks for, in
	// rising order, where their interfaces can be told apart: of CPython 3.6 to
	// 3.15; of Lua 5.1 to 5.5, and jit, which is LuaJIT. Names that no release
	// has are another library's and not counted.
	Releases []string
	// Library is the host's own library, where the file needs it.
	Library string
	// Brings are the libraries that the file has in it, exports, and calls
	// through the loader, where a format knows that.
	Brings   []Brought
	Evidence []string
}

// An Image is what a format's package knows of a shared library.
type Image struct {
	Defined  []string // names of the symbols that it offers, as in C
	Imported []string // names of those that it asks for
	// Weak are names that it asks for and can do without.
	Weak      []string
	Libraries []string // sonames or install names that it needs
	// Constants are the parts of the file that hold its constants and its
	// data: where a host's mark is looked for.
	Constants []Region
	BigEndian bool
	// Pointers, where it is not nil, hands over what the loader relocates, and
	// ReadAt reads what the file has at an address, false where it has not all
	// of it. Few extensions are looked at so.
	Pointers    func(do func(Pointer) error) error
	ReadAt      func(b []byte, addr uint64) (bool, error)
	PointerSize int
	// Code, where it is not nil, reads the beginning of a function that the file
	// defines, and says how much it has of it.
	Code func(name string, b []byte) (n int, err error)
	// Returned, where it is not nil, reads what an address leads to that a function
	// returns which the file defines and that does nothing else: nothing where
	// it is another.
	Returned func(name string, b []byte) (n int, err error)
	// Preempted, where it is not nil, hands over the names that the file defines
	// and that the loader may bind to another's: each at least once.
	Preempted func(do func(name string)) error
}
