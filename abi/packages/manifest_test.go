package packages

import (
	"bytes"
	"testing"

	"github.com/abivet/abivet/elfcheck"
)

// Whatever a manifest has in it, it says something of a package or is none.
func FuzzManifests(f *testing.F) {
	f.Add([]byte(`{"os":["linux"],"cpu":"x64","libc":["glibc"],"subdir":"linux-64","depends":["__glibc >=2.17"]}`))
	f.Add([]byte("--- !ruby/object:Gem::Specification\nplatform: !ruby/object:Gem::Platform\n  cpu: x86_64\n  os: linux\n"))
	f.Add([]byte("Architecture: amd64\nDepends: libc6 (>= 2.34)\narch = x86_64\n"))
	f.Add([]byte("\x03\x00\x08\x00\x30\x00\x00\x00\x80\x01\x08\x00\x0c\x00\x00\x00\xea\x04\x01\x01\x02\x01\x10\x00\x1c\x00\x00\x00"))
	f.Add([]byte("Tag: cp312-cp312-linux_x86_64\nx.so,sha256=,1\n"))
	f.Add([]byte("{\"name\": \"x\"}\n  s.platform = \"x86_64-linux\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, place := range []struct{ in, name string }{{"", "package/package.json"}, {"", "metadata.gz"}, {"", "info/index.json"}, {"!control.tar.xz", "control"}, {"", ".PKGINFO"}, {"", "AndroidManifest.xml"}, {"", "x.dist-info/WHEEL"}} {
			m := manifestOf(place.in, place.name)
			p := &Package{Kind: m.kind}
			ok, _ := m.read(p, bytes.NewReader(data))
			if !ok && p.Tags != nil {
				t.Fatalf("%s is none and claims %q", m.kind, p.Tags)
			}
			for _, floor := range p.Floors {
				atLeast(floor)
			}
			p.claims()
		}
		var r Reader
		r.Unpacked([]string{"package.json", "x-1.dist-info", "specifications"}, func(string) ([]byte, error) { return data, nil })
		added := 0
		for _, name := range []string{"x.so", "gems/x-1/x.so", string(data)} {
			if r.AddUnpacked(File{Path: name, ELF: &elfcheck.File{Kind: elfcheck.Shared}}) {
				added++
			}
		}
		for p := range r.Packages() {
			added -= len(p.Files)
			p.claims()
		}
		if added != 0 {
			t.Fatalf("%d files are of no package, or of two", added)
		}
	})
}

func TestOldGem(t *testing.T) {
	const text = "--- !ruby/object:Gem::Specification\nname: x\nplatform: !ruby/object:Gem::Platform\n  cpu: x86_64\n  os: linux\n  version: \nauthors: []\n"
	p := &Package{}
	ok, err := readGem(p, bytes.NewReader([]byte(text)))
	if !ok || err != nil || len(p.Tags) != 1 || p.Tags[0] != "x86_64-linux" {
		t.Fatalf("%v %v %q", ok, err, p.Tags)
	}
}
