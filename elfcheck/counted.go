package elfcheck

import (
	"debug/elf"

	"github.com/abivet/abivet/luajit"
)

// Of most files no rule looks at the name of an import before something is found,
// and then the file is read again: to keep their names takes a third of the time
// of all that is read.

// countable reports whether the imports can be counted without their names being
// taken one by one: the table of these is at hand, and each of them ends in it.
func (d *decoder) countable() bool {
	table := d.dyn.strings
	return len(table) > 0 && table[len(table)-1] == 0
}

// count counts what symbols would keep, for the versions that it is of, and keeps the
// name, or its beginning, if that speaks for a LuaJIT.
func (d *decoder) count(name uint32, info byte, need int32, imported bool) error {
	if need > 0 && elf.ST_BIND(info) != elf.STB_WEAK {
		d.f.VersionNeeds[need-1].Strong++
	}
	table := d.dyn.strings
	if uint64(name) >= uint64(len(table)) {
		_, err := d.str(uint64(name), "symbol") // which says so
		return err
	}
	if lead := table[name:]; imported && luajit.Leads(lead) {
		lead = lead[:min(len(lead), maxKnownName)]
		if s, ok := cstring(lead); ok {
			lead = s
		}
		d.listed = append(d.listed, d.intern(lead))
	}
	return nil
}

// uncount has the imports counted anew.
func (d *decoder) uncount() {
	d.f.ImportCount, d.f.ExportCount = 0, 0
	for i := range d.f.VersionNeeds {
		d.f.VersionNeeds[i].Strong = 0
	}
}

// rulesLook reports whether a rule looks at the imports of a file for what that says
// itself: extensions, those that are of Go's making or a LuaJIT, and who asks glibc
// for what is its own.
func (d *decoder) rulesLook() bool {
	if len(d.hosts) > 0 || d.f.Notes.GoBuildID {
		return true
	}
	for i := range d.f.VersionNeeds {
		if d.f.VersionNeeds[i].Version == "GLIBC_PRIVATE" {
			return true
		}
	}
	return false
}

// allImports reads the imports of a file of which they were counted.
func (d *decoder) allImports() error {
	if d.f.Imports != nil || d.f.ImportCount == 0 || d.f.Kind == Object {
		return nil
	}
	d.uncount()
	return d.dynamicSymbols(WantImports)
}
