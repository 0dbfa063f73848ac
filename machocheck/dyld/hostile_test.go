package dyld

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Closures that are made to cost: none may take long, and each ends.
func TestHostileClosures(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const many = 3000
	chained := files{"/app": program(needs("@loader_path/0.dylib"))}
	for i := range many {
		chained[fmt.Sprintf("/%d.dylib", i)] = dylib(fmt.Sprint(i), offers(fmt.Sprintf("@loader_path/%d.dylib", (i+1)%many)))
	}
	chained["/0.dylib"] = dylib("0", offers("@loader_path/1.dylib"), imports(symbol("_lost", 2), symbol("_gone", 2)))

	var paths, names []string
	for i := range 300 {
		paths = append(paths, fmt.Sprintf("@loader_path/%d", i))
		names = append(names, fmt.Sprintf("@rpath/lost%d.dylib", i))
	}
	explosion := files{"/app": program(needs("@loader_path/0.dylib"), rpath(paths...))}
	for i := range 100 {
		explosion[fmt.Sprintf("/%d.dylib", i)] = dylib(fmt.Sprint(i), needs(fmt.Sprintf("@loader_path/%d.dylib", i+1)), needs(names...), rpath(paths...))
	}

	wide := files{}
	var all []string
	for i := range many {
		all = append(all, fmt.Sprintf("@loader_path/%d.dylib", i))
		wide[fmt.Sprintf("/%d.dylib", i)] = dylib(fmt.Sprint(i))
	}
	wide["/app"] = program(needs(all...))

	for name, tt := range map[string]struct {
		files   files
		objects int
	}{
		"a circle of re-exports":  {chained, many + 1},
		"paths times paths":       {explosion, 4}, // and then no more places are looked at
		"thousands of libraries":  {wide, many + 1},
		"itself":                  {files{"/app": program(needs("@loader_path/a")), "/a": dylib("a", offers("@loader_path/a"))}, 2},
		"a link to itself":        {files{"/app": program(weakly("@loader_path/a")), "/a": link("a")}, 1},
		"a name of many thousand": {files{"/app": program(weakly("@loader_path/" + strings.Repeat("x", 9000)))}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			p := load(t, tt.files, Request{})
			assert.Len(t, p.Objects, tt.objects)
			assert.NoError(t, p.WriteTree(io.Discard, true))
			assert.NoError(t, p.WriteMermaid(io.Discard))
			found(p)
			assert.Equal(t, name == "paths times paths", p.Unknown != "", p.Unknown)
			assert.Less(t, time.Since(start), 2*time.Minute)
		})
	}
}

// What is in the files may be anything: nothing panics.
func TestMutatedBundles(t *testing.T) {
	app := program(needs("@rpath/a.dylib"), rpath("@loader_path/lib"), imports(symbol("_f", 2))).Bytes()
	lib := dylib("@rpath/a.dylib", exports("_f"), weakly("@rpath/b.dylib")).Bytes()
	for at := range min(len(app), 2000) {
		for _, b := range []byte{0, 1, 0x7f, 0xff} {
			a, l := append([]byte(nil), app...), append([]byte(nil), lib...)
			a[at] = b
			if at < len(l) {
				l[at] = b
			}
			for _, all := range []files{{"/app": a, "/lib/a.dylib": lib}, {"/app": app, "/lib/a.dylib": l}} {
				p, err := New(bundle(all)).Load(Request{Path: "/app"})
				if (err == nil) == (p == nil) {
					t.Fatalf("byte %d: Load returned %v and error %v", at, p, err)
				}
				if p != nil {
					found(p)
				}
			}
		}
	}
}
