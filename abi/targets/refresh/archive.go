package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
)

// stanza is a paragraph of a Debian control file: fields in lower case.
type stanza map[string]string

// archive is a mirror of Debian packages. What it hands out has been held
// against a hash that hangs from a signature.
type archive struct {
	url, keyring string
}

// findMirror asks apt which archive this machine reads, since nothing else
// knows which one is near.
func findMirror() (string, error) {
	out, err := exec.Command("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").Output()
	if err != nil {
		return "", fmt.Errorf("apt-get indextargets: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		if u := strings.TrimSpace(line); u != "" && !strings.Contains(u, "security") {
			return u, nil
		}
	}
	return "", fmt.Errorf("apt-get indextargets names no archive: want -mirror")
}

func (a archive) get(path string) ([]byte, error) {
	u := strings.TrimRight(a.url, "/") + "/" + path
	resp, err := http.Get(u)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", u, resp.Status)
	}
	return io.ReadAll(resp.Body)
}

func (a archive) getHashed(path, sha string) ([]byte, error) {
	b, err := a.get(path)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != sha {
		return nil, fmt.Errorf("%s: hash %x: want %s", path, sum, sha)
	}
	return b, nil
}

// releaseFile reads the signed head of a suite and the hashes of its indexes.
func (a archive) releaseFile(suite string) (head stanza, hashes map[string]string, err error) {
	signed, err := a.get("dists/" + suite + "/InRelease")
	if err != nil {
		return nil, nil, err
	}
	text, err := filter(signed, "gpgv", "-q", "--keyring", a.keyring, "-o", "-")
	if err != nil {
		return nil, nil, fmt.Errorf("suite %s: %w", suite, err)
	}
	stanzas := parseControl(text)
	if len(stanzas) != 1 {
		return nil, nil, fmt.Errorf("suite %s: %d paragraphs in InRelease: want one", suite, len(stanzas))
	}
	hashes = map[string]string{}
	for line := range strings.Lines(stanzas[0]["sha256"]) {
		if f := strings.Fields(line); len(f) == 3 {
			hashes[f[2]] = f[0]
		}
	}
	return stanzas[0], hashes, nil
}

// packages reads an architecture's index and returns the named packages.
func (a archive) packages(suite, arch string, hashes map[string]string, names []string) (map[string]stanza, error) {
	index := "main/binary-" + arch + "/Packages.xz"
	packed, err := a.getHashed("dists/"+suite+"/"+index, hashes[index])
	if err != nil {
		return nil, err
	}
	text, err := filter(packed, "xz", "-dc")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", index, err)
	}
	found := map[string]stanza{}
	for _, name := range names {
		// Stanzas are many and names few: look for the text before parsing.
		at := bytes.Index(text, []byte("\nPackage: "+name+"\n"))
		if at < 0 {
			continue
		}
		end := bytes.Index(text[at+1:], []byte("\n\n"))
		if end < 0 {
			end = len(text) - at - 1
		}
		found[name] = parseControl(text[at+1 : at+1+end])[0]
	}
	return found, nil
}

// unpack returns the tar inside a package.
func (a archive) unpack(pkg stanza) ([]byte, error) {
	deb, err := a.getHashed(pkg["filename"], pkg["sha256"])
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp("", "refresh-*.deb")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(deb); err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	return filter(nil, "dpkg-deb", "--fsys-tarfile", f.Name())
}

func filter(in []byte, name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Stdin = bytes.NewReader(in)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", name, err, bytes.TrimSpace(complaint.Bytes()))
	}
	return out.Bytes(), nil
}

func parseControl(text []byte) []stanza {
	var all []stanza
	var cur stanza
	var key string
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.TrimSpace(line) == "":
			cur = nil
		case (line[0] == ' ' || line[0] == '\t') && cur != nil:
			cur[key] += line + "\n"
		default:
			k, v, _ := strings.Cut(line, ":")
			if cur == nil {
				cur = stanza{}
				all = append(all, cur)
			}
			key = strings.ToLower(k)
			cur[key] = strings.TrimSpace(v)
			if cur[key] == "" {
				cur[key] = "\n"
			}
		}
	}
	return all
}
