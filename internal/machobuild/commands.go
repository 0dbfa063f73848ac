package machobuild

// A Segment is mapped into memory. Its Data stands in the file; a segment with
// Size and no Data, such as page zero, has nothing there.
type Segment struct {
	Name              string
	Addr, Size        uint64
	MaxProt, InitProt uint32
	Flags             uint32
	Header            bool // begins at the start of the file, as __TEXT does
	Rest              bool // covers the file from the end of the load commands, as __LINKEDIT does
	Data              []byte
	Sections          []Section
}

// A Section is a part of a segment's Data.
type Section struct {
	Segment, Name string // Segment is empty for that of the segment itself
	Addr, Size    uint64
	At            uint64 // in Data
	Flags         uint32
}

func (s Segment) encode(w *writer) []byte {
	var offset, size uint64
	switch {
	case s.Rest:
		offset = w.rest()
		size = w.end - min(offset, w.end)
	case len(s.Data) > 0 || s.Header:
		c := content{data: s.Data, segment: true}
		if !s.Header {
			c.align = w.image.Page
		}
		offset = w.content(c)
		size = uint64(len(s.Data))
	}
	data := offset
	if s.Header {
		offset, size = 0, offset+size
	}
	var sections []byte
	for _, x := range s.Sections {
		segment := x.Segment
		if segment == "" {
			segment = s.Name
		}
		sections = append(sections, name(x.Name)...)
		sections = append(sections, name(segment)...)
		sections = append(sections, w.sizes(x.Addr, x.Size)...)
		sections = append(sections, w.words(uint32(data+x.At), 0, 0, 0, x.Flags, 0, 0)...)
		if !w.image.Narrow {
			sections = append(sections, 0, 0, 0, 0)
		}
	}
	body := append(name(s.Name), w.sizes(s.Addr, s.Size, offset, size)...)
	body = append(body, w.words(s.MaxProt, s.InitProt, uint32(len(s.Sections)), s.Flags)...)
	body = append(body, sections...)
	if w.image.Narrow {
		return append(w.words(1, uint32(8+len(body))), body...)
	}
	return w.command(0x19, body)
}

// sizes writes addresses in the width of the file.
func (w *writer) sizes(v ...uint64) []byte {
	var b []byte
	for _, x := range v {
		if w.image.Narrow {
			b = w.order.AppendUint32(b, uint32(x))
		} else {
			b = w.order.AppendUint64(b, x)
		}
	}
	return b
}

// Kinds of Library.
const (
	Load     = 0xc
	ID       = 0xd
	Weak     = 0x80000018
	Reexport = 0x8000001f
	Upward   = 0x80000023
	Lazy     = 0x20
)

// A Library is needed, or is the file itself. Kind 0 is Load.
type Library struct {
	Kind                   uint32
	Name                   string
	Current, Compatibility uint32
}

func (l Library) encode(w *writer) []byte {
	kind := l.Kind
	if kind == 0 {
		kind = Load
	}
	return w.text(kind, l.Name, 2, l.Current, l.Compatibility)
}

// A DylibUse is the form of LC_LOAD_DYLIB that has flags.
type DylibUse struct {
	Name  string
	Flags uint32
}

func (l DylibUse) encode(w *writer) []byte {
	return w.text(Load, l.Name, 0x1a741800, 0x10000, 0x10000, l.Flags)
}

// An RPath is LC_RPATH.
type RPath string

func (p RPath) encode(w *writer) []byte { return w.text(0x8000001c, string(p)) }

// A Dylinker is LC_LOAD_DYLINKER.
type Dylinker string

func (p Dylinker) encode(w *writer) []byte { return w.text(0xe, string(p)) }

// An Environment is LC_DYLD_ENVIRONMENT.
type Environment string

func (p Environment) encode(w *writer) []byte { return w.text(0x27, string(p)) }

// A UUID is LC_UUID.
type UUID [16]byte

func (u UUID) encode(w *writer) []byte { return w.command(0x1b, u[:]) }

// Platforms of Build.
const (
	MacOS        = 1
	IOS          = 2
	Catalyst     = 6
	IOSSimulator = 7
)

// A Build is LC_BUILD_VERSION with one tool. Version writes its numbers.
type Build struct{ Platform, MinOS, SDK uint32 }

func (b Build) encode(w *writer) []byte {
	return w.command(0x32, w.words(b.Platform, b.MinOS, b.SDK, 1, 3, 0x010000))
}

// A MinMacOS is LC_VERSION_MIN_MACOSX, the older form.
type MinMacOS struct{ MinOS, SDK uint32 }

func (b MinMacOS) encode(w *writer) []byte { return w.command(0x24, w.words(b.MinOS, b.SDK)) }

// Version packs the numbers of a version.
func Version(major, minor, patch uint32) uint32 { return major<<16 | minor<<8 | patch }

// A Main is LC_MAIN.
type Main struct{ Offset uint64 }

func (m Main) encode(w *writer) []byte {
	return w.command(0x80000028, w.order.AppendUint64(w.order.AppendUint64(nil, m.Offset), 0))
}

// A Raw is a load command of any kind. Its Size is written as it is, where it
// is not 0.
type Raw struct {
	Kind, Size uint32
	Body       []byte
}

func (r Raw) encode(w *writer) []byte {
	b := w.command(r.Kind, append([]byte(nil), r.Body...))
	if r.Size != 0 {
		w.order.PutUint32(b[4:], r.Size)
	}
	return b
}

// Words is the body of a Raw.
func Words(v ...uint32) []byte {
	w := writer{order: little}
	return w.words(v...)
}
