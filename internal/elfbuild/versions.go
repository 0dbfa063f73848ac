package elfbuild

// versionNumbers gives each version of the image its number: definitions
// first, the base being 1, then needs.
func (m *Image) versionNumbers() (defs map[string]uint16, needs map[[2]string]uint16) {
	defs, needs = map[string]uint16{}, map[[2]string]uint16{}
	next := uint16(2)
	for _, d := range m.Defs {
		if d.Base {
			defs[d.Name] = 1
			continue
		}
		defs[d.Name] = next
		next++
	}
	for _, n := range m.Needs {
		for _, v := range n.Versions {
			needs[[2]string{n.Library, v.Name}] = next
			next++
		}
	}
	return defs, needs
}

// versym writes the version of each symbol.
func (m *Image) versym(c coder, symbols []Symbol) []byte {
	defs, needs := m.versionNumbers()
	b := c.half(nil, 0)
	for _, s := range symbols {
		number := uint16(1)
		if s.Bind == 0 {
			number = 0
		}
		if s.Library != "" {
			number = needs[[2]string{s.Library, s.Version}]
		} else if s.Version != "" {
			number = defs[s.Version]
		}
		if s.Hidden {
			number |= 0x8000
		}
		b = c.half(b, number)
	}
	return b
}

func (m *Image) verneed(c coder, strings *names) []byte {
	_, numbers := m.versionNumbers()
	var b []byte
	for i, n := range m.Needs {
		next := uint32(16 + 16*len(n.Versions))
		if i+1 == len(m.Needs) {
			next = 0
		}
		b = c.half(b, 1, uint16(len(n.Versions)))
		b = c.quad(b, strings.add(n.Library), 16, next)
		for j, v := range n.Versions {
			var flags uint16
			if v.Weak {
				flags = 2
			}
			next := uint32(16)
			if j+1 == len(n.Versions) {
				next = 0
			}
			b = c.quad(b, sysvHash(v.Name))
			b = c.half(b, flags, numbers[[2]string{n.Library, v.Name}])
			b = c.quad(b, strings.add(v.Name), next)
		}
	}
	return b
}

func (m *Image) verdef(c coder, strings *names) []byte {
	numbers, _ := m.versionNumbers()
	var b []byte
	for i, d := range m.Defs {
		var flags uint16
		if d.Base {
			flags |= 1
		}
		if d.Weak {
			flags |= 2
		}
		all := append([]string{d.Name}, d.Parents...)
		next := uint32(20 + 8*len(all))
		if i+1 == len(m.Defs) {
			next = 0
		}
		b = c.half(b, 1, flags, numbers[d.Name], uint16(len(all)))
		b = c.quad(b, sysvHash(d.Name), 20, next)
		for j, name := range all {
			next := uint32(8)
			if j+1 == len(all) {
				next = 0
			}
			b = c.quad(b, strings.add(name), next)
		}
	}
	return b
}
