package userspace

import (
	"bufio"
	"io/fs"
	"path"
	"strings"

	"github.com/abivet/abivet/internal/rootpath"
)

// Owner returns the package that a file belongs to, as the package database of
// the user space has it: that of dpkg, of apk or of a distroless image, which
// is read at the first question. In a set of packages it is the package itself.
//
// The name is one of fs.FS without links. Databases have names from before /lib
// was a link to /usr/lib; those are followed.
func (s *Space) Owner(name string) (pkg string, ok bool) {
	t, ok := s.files.(*tree)
	if l, over := s.files.(*layered); over {
		t, ok = l.upper, true
	}
	if ok && len(s.packages) > 0 {
		if n, err := t.find(name); err == nil && n.owner > 0 {
			return s.packages[n.owner-1], true
		}
		if s.under != nil {
			return s.under.Owner(name)
		}
		return "", false
	}
	pkg, ok = s.owners()[name]
	return pkg, ok
}

// readOwners reads what there is of databases. What of them is damaged is as
// good as not there: who owns a file is a hint and never a verdict.
func (s *Space) readOwners() map[string]string {
	o := owners{files: rootpath.New(s), of: map[string]string{}, names: map[string]string{}}
	for _, e := range o.list(s, "/var/lib/dpkg/info") {
		// Of libc6:amd64.list the package is libc6.
		if pkg, ok := strings.CutSuffix(e.Name(), ".list"); ok {
			pkg, _, _ = strings.Cut(pkg, ":")
			o.lines("/var/lib/dpkg/info/"+e.Name(), func(line string) { o.add(line, pkg) })
		}
	}
	for _, e := range o.list(s, "/var/lib/dpkg/status.d") {
		if pkg, ok := strings.CutSuffix(e.Name(), ".md5sums"); ok {
			o.lines("/var/lib/dpkg/status.d/"+e.Name(), func(line string) {
				if _, name, ok := strings.Cut(line, "  "); ok {
					o.add("/"+name, pkg)
				}
			})
		}
	}
	for _, name := range []string{"/lib/apk/db/installed", "/usr/lib/apk/db/installed"} {
		o.apk(name)
	}
	return o.of
}

type owners struct {
	files *rootpath.Resolver
	of    map[string]string // by the name without links
	names map[string]string // of packages: one string each
}

func (o *owners) list(s *Space, dir string) []fs.DirEntry {
	real, _, err := o.files.Resolve(dir)
	if err != nil {
		return nil
	}
	list, _ := s.ReadDir(rootpath.FSName(real))
	return list
}

// add follows the links of the directory alone: a link is owned too.
func (o *owners) add(name, pkg string) {
	dir, _, err := o.files.Resolve(path.Dir(name))
	if err != nil || !strings.HasPrefix(name, "/") || len(pkg) > 255 {
		return
	}
	if one, ok := o.names[pkg]; ok {
		pkg = one
	} else {
		o.names[pkg] = strings.Clone(pkg)
	}
	o.of[rootpath.FSName(path.Join(dir, path.Base(name)))] = pkg
}

func (o *owners) lines(name string, f func(line string)) {
	file, err := o.files.Open(name)
	if err != nil {
		return
	}
	defer file.Close()
	in := bufio.NewScanner(file)
	for in.Scan() {
		f(in.Text())
	}
}

// apk reads the database of Alpine: P is a package, F a directory, R a file in
// it.
func (o *owners) apk(name string) {
	var pkg, dir string
	o.lines(name, func(line string) {
		switch key, value, _ := strings.Cut(line, ":"); key {
		case "P":
			pkg = value
		case "F":
			dir = value
		case "R":
			o.add("/"+dir+"/"+value, pkg)
		}
	})
}
