package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/spelling"
)

// A targetFile is a target as somebody wrote it. Versions are words there: 2.30
// would be the number 2.3.
type targetFile struct {
	Name        string              `yaml:"name"`
	Platform    string              `yaml:"platform"`
	Libc        string              `yaml:"libc"`
	LibcVersion version             `yaml:"libc_version"`
	Symbols     map[string]version  `yaml:"symbols"`
	Markers     map[string]bool     `yaml:"markers"`
	Libraries   []string            `yaml:"libraries"`
	Forbidden   map[string][]string `yaml:"forbidden"`
	MinOS       version             `yaml:"min_os"`
	ISA         string              `yaml:"isa"`
	PageSize    uint64              `yaml:"page_size"`
	Kernel      version             `yaml:"kernel"`
}

type version abi.Version

// UnmarshalYAML takes the word as it stands, with quotes or without.
func (v *version) UnmarshalYAML(node *yaml.Node) error {
	parsed, err := abi.ParseVersion(node.Value)
	if node.Kind != yaml.ScalarNode || err != nil {
		return fmt.Errorf("line %d: %q: want a version, such as 2.34", node.Line, node.Value)
	}
	*v = version(parsed)
	return nil
}

// readTargetFile reads a target in YAML. A field that is not known is an
// error: a promise that is misspelt would silently not be held.
func readTargetFile(name string) (abi.Target, error) {
	file, err := os.Open(name)
	if err != nil {
		return abi.Target{}, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxTargetFile+1))
	if err != nil {
		return abi.Target{}, err
	}
	if len(data) > maxTargetFile {
		return abi.Target{}, fmt.Errorf("%s: more than %d bytes: want a target", name, maxTargetFile)
	}
	t, err := parseTarget(data)
	if err != nil {
		return abi.Target{}, fmt.Errorf("%s: %w", name, err)
	}
	if t.Name == "" {
		t.Name = strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	}
	return t, nil
}

// maxTargetFile is some hundred times what the largest policy has.
const maxTargetFile = 1 << 20

func parseTarget(data []byte) (abi.Target, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	var file targetFile
	switch err := decoder.Decode(&file); {
	case errors.Is(err, io.EOF):
		return abi.Target{}, errors.New("no target in it")
	case err != nil:
		return abi.Target{}, err
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return abi.Target{}, errors.New("more than one document: want one target")
	}
	return file.target()
}

func (f targetFile) target() (abi.Target, error) {
	platform, err := abi.ParsePlatform(f.Platform)
	if err != nil {
		return abi.Target{}, err
	}
	if f.Libc != "" {
		if err := oneOf("libc", f.Libc, string(abi.Glibc), string(abi.Musl), string(abi.Bionic)); err != nil {
			return abi.Target{}, err
		}
	}
	if f.PageSize&(f.PageSize-1) != 0 {
		return abi.Target{}, fmt.Errorf("page_size %d: want a power of 2, in bytes", f.PageSize)
	}
	if err := f.checkWords(platform); err != nil {
		return abi.Target{}, err
	}
	t := abi.Target{
		Name: f.Name, Platform: platform,
		Libc: abi.Libc(f.Libc), LibcVersion: abi.Version(f.LibcVersion),
		Markers: f.Markers, Libraries: f.Libraries, Forbidden: f.Forbidden,
		MinOS: abi.Version(f.MinOS), ISA: f.ISA, PageSize: f.PageSize, Kernel: abi.Version(f.Kernel),
	}
	if f.Symbols != nil {
		t.Symbols = map[string]abi.Version{}
		for namespace, v := range f.Symbols {
			t.Symbols[namespace] = abi.Version(v)
		}
	}
	return t, nil
}

// levels are the words for the instruction sets, by processor.
var levels = map[string]string{"amd64": `^v[1-4]$`, "arm64": `^v[89]\.[0-9]$`, "arm": `^[5-7]$`}

// checkWords refuses words that no rule would understand: what they promise
// would silently not be held.
func (f targetFile) checkWords(p abi.Platform) error {
	if !knownPlatform(p) {
		return fmt.Errorf("platform %q: no target is for it; want GOOS/GOARCH, such as linux/amd64", p)
	}
	if f.ISA != "" {
		words := levels[p.Arch]
		if words == "" {
			return fmt.Errorf("isa %q: no rule judges levels of %s", f.ISA, p.Arch)
		}
		if !regexp.MustCompile(words).MatchString(f.ISA) {
			return fmt.Errorf("isa %q: want v1 to v4 for amd64, v8.0 and so on for arm64, 5 to 7 for arm", f.ISA)
		}
	}
	for _, namespace := range slices.Sorted(maps.Keys(f.Symbols)) {
		if meant := misspelt(namespace); meant != nil {
			return fmt.Errorf("symbols: %q: no target has versions of that name; is it %s?", namespace, strings.Join(meant, " or "))
		}
	}
	if f.MinOS != "" && p.OS != "darwin" {
		return fmt.Errorf("min_os %q: is of darwin alone, and the platform is %s", string(f.MinOS), p)
	}
	return nil
}

// misspelt returns the namespaces of versions that one which no target has is one
// change from: libraries have namespaces of their own, of which nothing is known here, and
// short ones are like one another by chance (GMP and GOMP).
func misspelt(namespace string) (meant []string) {
	const bionic, short = "LIBC", 5
	known := map[string]bool{bionic: true}
	for _, set := range allTargets() {
		for _, t := range set {
			for name := range t.Symbols {
				known[name] = true
			}
		}
	}
	if known[namespace] {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if strings.EqualFold(name, namespace) || len(name) >= short && spelling.Changes(strings.ToUpper(namespace), name) == 1 {
			meant = append(meant, name)
		}
	}
	return meant
}

// knownPlatform reports whether there is any target for a platform.
func knownPlatform(p abi.Platform) bool {
	return slices.ContainsFunc(allTargets(), func(set abi.TargetSet) bool {
		return slices.ContainsFunc(set, func(t abi.Target) bool { return t.Platform == p })
	})
}
