package packages

import (
	"bufio"
	"io"
	"path"
	"strings"
)

// A manifest is the file in a container that makes it a package of a kind.
type manifest struct {
	kind string
	// shared says that packages of other kinds may have such a file, too: a
	// wheel may have pages whose package.json is in it, and an application for
	// Android is a jar.
	shared bool
	// read fills in what it says, or says that it is none after all.
	read func(p *Package, r io.Reader) (ok bool, err error)
}

// IsManifest knows manifests by their names, which are asked of every member.
func IsManifest(name string) bool {
	switch path.Base(name) {
	case "WHEEL", "package.json", "metadata.gz", "MANIFEST.MF", "index.json", "Cargo.toml", "control", rpmHeader, ".PKGINFO", "AndroidManifest.xml":
		return manifestOf("", name) != nil || name == "control"
	}
	return strings.HasSuffix(name, ".nuspec") && manifestOf("", name) != nil
}

// manifestOf returns what the file of a name is in a container, or nil.
func manifestOf(in, name string) *manifest {
	dir, base := path.Split(strings.TrimPrefix(name, "./"))
	switch {
	case strings.HasSuffix(dir, ".dist-info/") && strings.Count(dir, "/") == 1 && base == "WHEEL":
		return &manifest{"wheel", false, readWheel}
	case base == "package.json" && strings.Count(dir, "/") == 1:
		return &manifest{"npm", true, readNPM}
	case name == "metadata.gz":
		return &manifest{"gem", false, readGem}
	case name == "META-INF/MANIFEST.MF":
		return &manifest{"jar", true, readNothing}
	case name == "info/index.json":
		return &manifest{"conda", false, readConda}
	case base == "Cargo.toml" && strings.Count(dir, "/") == 1:
		return &manifest{"crate", true, readNothing}
	case base == "control" && dir == "" && strings.HasPrefix(last(in), "control.tar"):
		return &manifest{"deb", false, readDeb}
	case name == rpmHeader:
		return &manifest{"rpm", false, readRPM}
	case name == ".PKGINFO":
		return &manifest{"apk", false, readPkgInfo}
	case name == "AndroidManifest.xml":
		return &manifest{"android", false, readAndroid}
	case dir == "" && strings.HasSuffix(base, ".nuspec"):
		return &manifest{"nuget", false, readNothing}
	}
	return nil
}

// rpmHeader is what the header of an RPM package is called by those who walk
// containers; see audit.Containers.
const rpmHeader = "rpm header"

// last is the name of the innermost container.
func last(in string) string { return in[strings.LastIndexByte(in, '!')+1:] }

// owner is the place of the package that files in a container belong to: of
// some kinds they stand in a tar of their own.
func owner(in string) string {
	inner := last(in)
	for _, part := range []string{"control.tar", "data.tar", "info-", "pkg-"} {
		if strings.HasPrefix(inner, part) && strings.Contains(inner, ".tar") {
			return strings.TrimSuffix(in, "!"+inner)
		}
	}
	return in
}

// mayBeEarly reports whether a file may stand before its manifest: npm sorts
// files by the ends of their names, and conda may put what is about a package
// behind it.
func mayBeEarly(in, name string) bool {
	return strings.HasPrefix(name, "package/") || strings.HasPrefix(last(in), "pkg-")
}

func readNothing(*Package, io.Reader) (bool, error) { return true, nil }

func readWheel(p *Package, r io.Reader) (bool, error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if tag, ok := strings.CutPrefix(lines.Text(), "Tag:"); ok {
			p.Inner = addTags(p.Inner, tag)
		}
	}
	return true, lines.Err()
}
