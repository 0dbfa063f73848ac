package elfcheck

import "github.com/abivet/abivet/internal/elfhash"

// Numbers of the symbol version table that are not versions, and its flag.
// Origin: the GNU symbol versioning of the LSB specification.
const (
	verLocal  = 0
	verGlobal = 1
	verHidden = 0x8000

	verFlagBase = 1
	verFlagWeak = 2
)

// maxVersions is what a symbol version table, with its 15 bits, can tell apart.
const maxVersions = 1 << 15

// versions reads DT_VERNEED and DT_VERDEF, and fills d.index: by version
// number, the place in VersionNeeds plus one, or minus the place in
// VersionDefs minus one.
func (d *decoder) versions() error {
	d.index, d.needs = d.index[:0], d.needs[:0]
	if d.dyn.verneed != 0 {
		err := d.versionNeeds()
		if len(d.needs) > 0 {
			d.f.VersionNeeds = append(room(&d.spare.needs, len(d.needs)), d.needs...)
		}
		if err != nil {
			return err
		}
	}
	if d.dyn.verdef != 0 {
		return d.versionDefs()
	}
	return nil
}

func (d *decoder) setIndex(number uint16, to int) {
	number &^= verHidden
	for len(d.index) <= int(number) {
		d.index = append(d.index, 0)
	}
	d.index[number] = int32(to)
}

func (d *decoder) versionNeeds() error {
	const what = "version needs"
	off := d.dyn.verneed
	for n := int64(0); n < d.dyn.needs || d.f.Loading != nil; n++ {
		b, err := d.record(off, 16, what)
		if err != nil {
			return err
		}
		if v := d.big.Uint16(b); v != 1 {
			err := d.damaged(off, "%s: record of version %d, want 1", what, v)
			if n == 0 && d.f.Loading != nil { // which is the one that glibc looks at
				d.f.Loading.OddRecord, d.f.Loading.VersionRecord = true, v
				return nil
			}
			if d.overlook(err) != nil {
				return err
			}
		}
		count, aux, next := d.big.Uint16(b[2:]), int64(d.big.Uint32(b[8:])), int64(d.big.Uint32(b[12:]))
		name, err := d.str(uint64(d.big.Uint32(b[4:])), what)
		if err != nil {
			return err
		}
		if err := d.versionsOf(d.intern(name), off+aux, count); err != nil {
			return err
		}
		if next == 0 {
			if n+1 < d.dyn.needs {
				return d.overlook(d.damaged(off, "%s: the chain ends after %d of %d records", what, n+1, d.dyn.needs))
			}
			break
		}
		off += next
	}
	return nil
}

// versionsOf reads what is asked of one library.
func (d *decoder) versionsOf(file string, off int64, count uint16) error {
	const what = "version need"
	for n := uint16(0); n < count || d.f.Loading != nil; n++ {
		b, err := d.record(off, 16, what)
		if err != nil {
			return err
		}
		hash, flags, number, next := d.big.Uint32(b), d.big.Uint16(b[4:]), d.big.Uint16(b[6:]), int64(d.big.Uint32(b[12:]))
		name, err := d.str(uint64(d.big.Uint32(b[8:])), what)
		if err != nil {
			return err
		}
		if len(d.needs) == maxVersions {
			return d.damaged(off, "more than %d version needs", maxVersions)
		}
		misfiled := d.f.Loading != nil && hash != elfhash.SysV(name)
		d.needs = append(d.needs, VersionNeed{File: file, Version: d.intern(name), Weak: flags&verFlagWeak != 0, Misfiled: misfiled})
		d.setIndex(number, len(d.needs))
		if next == 0 {
			if n+1 < count {
				return d.overlook(d.damaged(off, "%s: the chain ends after %d of %d records", what, n+1, count))
			}
			break
		}
		off += next
	}
	return nil
}

func (d *decoder) versionDefs() error {
	const what = "version definitions"
	off := d.dyn.verdef
	for n := int64(0); n < d.dyn.defs || d.f.Loading != nil; n++ {
		b, err := d.record(off, 20, what)
		if err != nil {
			return err
		}
		if v := d.big.Uint16(b); v != 1 { // only who asks for a version of the file looks
			if err := d.overlook(d.damaged(off, "%s: record of version %d, want 1", what, v)); err != nil {
				return err
			}
		}
		hash := d.big.Uint32(b[8:])
		flags, number, count := d.big.Uint16(b[2:]), d.big.Uint16(b[4:]), d.big.Uint16(b[6:])
		aux, next := int64(d.big.Uint32(b[12:])), int64(d.big.Uint32(b[16:]))
		if count == 0 {
			if err := d.overlook(d.damaged(off, "%s: a definition without a name", what)); err != nil {
				return err
			}
		}
		name, err := d.versionName(off+aux, what)
		unnamed := err != nil && d.overlook(err) == nil && (flags&verFlagBase != 0 || name != nil)
		if err != nil && !unnamed {
			return err
		}
		if len(d.f.VersionDefs) == maxVersions {
			return d.damaged(off, "more than %d version definitions", maxVersions)
		}
		d.f.VersionDefs = append(d.f.VersionDefs, VersionDef{
			Name: d.intern(name), Base: flags&verFlagBase != 0, Weak: flags&verFlagWeak != 0,
			Misfiled: unnamed || d.f.Loading != nil && hash != elfhash.SysV(name),
		})
		d.setIndex(number, -len(d.f.VersionDefs))
		if next == 0 {
			if n+1 < d.dyn.defs {
				return d.overlook(d.damaged(off, "%s: the chain ends after %d of %d records", what, n+1, d.dyn.defs))
			}
			break
		}
		off += next
	}
	return nil
}

// versionName returns the name of a definition of a version. With an error it is not nil
// where it is the name alone that is not there: loaders look at it when somebody asks for a
// version of that hash, and at nothing of the file's own name.
func (d *decoder) versionName(off int64, what string) ([]byte, error) {
	b, err := d.record(off, 8, what)
	if err != nil {
		return nil, err
	}
	name, err := d.str(uint64(d.big.Uint32(b)), what)
	if err != nil {
		name = []byte{}
	}
	return name, err
}
